// One store as `dv serve` shows it: any revision, any path, read where it lies. Rules: spec/15-serve.md
import { DvError, isDvError } from '../base/index.js'
import { type CommitId, toHex } from '../hash/index.js'
import { parseRevision, readCommit, resolveRevision, type RevisionContext } from '../history/index.js'
import { lookup, summarize } from '../manifest/index.js'
import { type Entry, isFile } from '../objects/index.js'
import { listAllRefs, refsOfKind, shortRefName, type StoredRef } from '../refs/index.js'
import { currentHead, type StoreView } from './context.js'
import { readFile } from './file-content.js'
import { listChildren } from './listing.js'
import type { Published, PublishedItem, PublishedRef } from './results.js'
import { revisionContext } from './revisions.js'
import { closeStores, openStores } from './stores.js'
import type { Surroundings } from './types.js'

/** Segments of a path that the name of a branch may have. */
const NAME_SEGMENTS_MAX = 8
/** How long a branch of a store elsewhere is taken to be where it was, in milliseconds. */
const REMEMBERED_MS = 1000
const REMEMBERED_MAX = 1000

/** Opens the store of an address's REPO part, or the one here. The caller closes it. */
export async function publish(surroundings: Surroundings, { repo }: { repo?: string }): Promise<Published> {
  const stores = await openStores(surroundings)
  try {
    const view = await stores.at(repo)
    const resolve = remembering(view, (text) => commitOf(view, text))
    return {
      location: view.workdir?.root ?? view.storage.properties.location,
      refs: () => refsOf(view),
      find: (segments) => find(view, resolve, segments),
      close: () => closeStores(stores),
    }
  } catch (error) {
    await closeStores(stores)
    throw error
  }
}

async function refsOf(view: StoreView): ReturnType<Published['refs']> {
  const { ref, commit } = await currentHead(view)
  const refs = await listAllRefs(view.storage, ['heads', 'tags'])
  return {
    head: {
      ...(ref !== undefined && { branch: shortRefName(ref) }),
      ...(commit && { commit: toHex(commit) }),
    },
    branches: refsOfKind(refs, 'heads').map(toPublished),
    tags: refsOfKind(refs, 'tags').map(toPublished),
  }
}

function toPublished({ ref, value }: StoredRef): PublishedRef {
  return { name: shortRefName(ref), commit: toHex(value.target) }
}

type Resolve = (text: string) => Promise<CommitId | undefined>

async function find(view: StoreView, resolve: Resolve, segments: readonly string[]): Promise<PublishedItem> {
  const { commit, revision, path } = await split(resolve, segments)
  const { manifest, committer } = await readCommit(view.store, commit)
  const about = { commit: toHex(commit), time: committer.time, isPinned: revision === toHex(commit), path }
  const entry = path === '' ? undefined : await lookup(view.store, manifest, path)
  if (entry && entry.kind !== 'directory') return { ...about, ...(await leaf(view, { path, entry })) }
  const isThere =
    path === '' || entry !== undefined || (await summarize(view.store, manifest, path)).entries > 0
  // Programs ask for much that is not there: nothing near is looked for.
  if (!isThere)
    throw new DvError('DV_UNKNOWN_PATH', `There is no '${path}' in '${revision}'`, {
      data: { path, revision },
    })
  return { ...about, kind: 'directory', entries: () => listChildren({ view, manifest, path }) }
}

async function leaf(
  { store }: StoreView,
  { path, entry }: { path: string; entry: Exclude<Entry, { kind: 'directory' }> },
) {
  if (isFile(entry)) {
    if (store.storage.properties.localRoot !== undefined) await store.index.refresh()
    ;(await store.purged()).refuse(entry, path)
    const { size, content } = entry
    return {
      ...{ kind: 'file' as const, bytes: size, tag: toHex(content) },
      read: (range: { offset: number; length: number; signal?: AbortSignal }) =>
        readFile(store, entry, range),
    }
  }
  const text = Buffer.from(entry.target, 'utf8')
  return {
    ...{ kind: 'symlink' as const, bytes: text.length, tag: text.toString('base64url') },
    async *read({ offset, length }: { offset: number; length: number }) {
      yield text.subarray(offset, offset + length)
    },
  }
}

/** The first segment is the revision; where none is called so, the fewest that name one together. */
async function split(resolve: Resolve, segments: readonly string[]) {
  for (let count = 1; count <= Math.min(segments.length, NAME_SEGMENTS_MAX); count++) {
    const revision = segments.slice(0, count).join('/')
    const commit = await resolve(revision)
    if (commit) return { commit, revision, path: segments.slice(count).join('/') }
  }
  const revision = segments[0] ?? ''
  throw new DvError('DV_UNKNOWN_REVISION', `No branch, tag or commit is called '${revision}'`, {
    data: { revision },
  })
}

/** Undefined for what names no commit. Searches nothing: beginnings of ids and what was before are not for the public. */
async function commitOf(view: StoreView, text: string): Promise<CommitId | undefined> {
  const context: RevisionContext = {
    ...revisionContext(view),
    listRefs: () => Promise.resolve([]),
    earlier: () => Promise.resolve(undefined),
    previousBranch: () => Promise.resolve(undefined),
  }
  const { commitsWithPrefix } = context
  context.commitsWithPrefix = (digits) =>
    digits.length === 64 ? commitsWithPrefix(digits) : Promise.resolve([])
  try {
    return (await resolveRevision(parseRevision(text), context)).commit
  } catch (error) {
    if (isDvError(error, 'DV_BAD_REVISION') || isDvError(error, 'DV_UNKNOWN_REVISION')) return undefined
    throw error
  }
}

/** A store elsewhere is not asked for the same branch with every chunk of an array. */
function remembering({ storage, surroundings }: StoreView, resolve: Resolve): Resolve {
  if (storage.properties.localRoot !== undefined) return resolve
  const known = new Map<string, { at: number; commit: CommitId | undefined }>()
  return async (text) => {
    const found = known.get(text)
    if (found && surroundings.clock() - found.at < REMEMBERED_MS) return found.commit
    const commit = await resolve(text)
    if (known.size >= REMEMBERED_MAX) known.clear()
    known.set(text, { at: surroundings.clock(), commit })
    return commit
  }
}
