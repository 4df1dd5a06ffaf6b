// dv status: what differs from the last commit, grouped, with new directories as one line each.
import { parentPath } from '../base/index.js'
import { hashFiles } from '../content/index.js'
import { idKey, type ManifestId, toHex } from '../hash/index.js'
import { countAheadBehind } from '../history/index.js'
import { summarize } from '../manifest/index.js'
import { entrySize, isFile } from '../objects/index.js'
import { readRef, remoteRef } from '../refs/index.js'
import {
  type MergeState,
  type PathFilter,
  readPendingMetadata,
  readSparse,
  readUnfinishedCheckout,
  type WorkingChange,
  workingChanges,
  type WorkTree,
} from '../workspace/index.js'
import {
  type Context,
  type CurrentHead,
  currentHead,
  effectiveConfig,
  manifestOf,
  pathFilter,
  workTree,
} from './context.js'
import { requirePaths } from './pathspec.js'
import { short } from './present.js'
import type { StatusGroup, StatusItem, StatusResult } from './results.js'
import { conflictsLeft, sidesOf, statusConflict, unfinishedMerge } from './conflicts.js'
import { gatherSkipped, type SkippedItem } from './skipped.js'
import type { StatusOptions, Work } from './types.js'

export async function status(context: Context, options: StatusOptions): Promise<StatusResult> {
  const head = await currentHead(context)
  const base = await manifestOf(context, head.commit)
  const tree = workTree(context)
  const merge = await unfinishedMerge(context, head)
  const sides = new Set(merge?.conflicts.flatMap(sidesOf))
  const holes = { purged: { files: 0, bytes: 0 }, lost: { files: 0, bytes: 0, paths: [] as string[] } }
  const skipped = gatherSkipped(options.limit ?? Infinity)
  const found = await collectChanges(context, tree, { base, options, holes, onSkipped: skipped.take })
  const changes = found.filter(({ path }) => !sides.has(path))
  const renames = await findRenames(tree, changes, options)
  const groups = await groupChanges(context, { changes, renames, base, options })
  const sparse = readSparse(context.workdir)
  const metadata = await pendingMetadata(context, options)
  const conflicts = merge ? conflictsLeft(context, merge).map(statusConflict) : []
  return {
    ...(head.head.kind === 'branch' && { branch: head.head.branch }),
    ...(head.commit && { commit: { id: toHex(head.commit), short: short(head.commit) } }),
    ...(await upstream(context, head)),
    ...unfinished(context, merge),
    ...(sparse && { sparse: [...sparse] }),
    ...(sparse && tree.sparse && (await notHere(context, base, { list: sparse, filter: tree.sparse }))),
    ...(holes.purged.files > 0 && { purged: holes.purged }),
    ...(holes.lost.files > 0 && { lost: holes.lost }),
    groups: { ...groups.byType, conflicts: { count: conflicts.length, bytes: 0, items: conflicts } },
    newDirectories: groups.newDirectories,
    ...(metadata && { metadata }),
    ...skipped.result(),
    clean: changes.length === 0 && !merge && !metadata,
  }
}

async function pendingMetadata(context: Context, options: StatusOptions): Promise<StatusResult['metadata']> {
  if (!readPendingMetadata(context.workdir)) return undefined
  return (await import('./status-metadata.js')).statusMetadata(context, options)
}

async function notHere(
  context: Context,
  manifest: ManifestId | undefined,
  sparse: { list: readonly string[]; filter: PathFilter },
): Promise<Pick<StatusResult, 'notHere'>> {
  if (!manifest) return {}
  const { sumNotHere } = await import('./not-here.js')
  const sum = await sumNotHere(context, manifest, sparse)
  return sum.files > 0 ? { notHere: sum } : {}
}

/** A merge or revert, or a checkout that was interrupted. */
function unfinished({ workdir }: Context, merge: MergeState | undefined): Pick<StatusResult, 'unfinished'> {
  if (merge) return { unfinished: { kind: merge.kind, theirs: merge.theirsName, short: short(merge.theirs) } }
  const to = readUnfinishedCheckout(workdir)
  return to ? { unfinished: { kind: 'checkout', theirs: short(to), short: short(to) } } : {}
}

type HoleSums = Required<Pick<StatusResult, 'purged' | 'lost'>>

interface ToCollect {
  base: ManifestId | undefined
  options: StatusOptions
  holes: HoleSums
  onSkipped: (item: SkippedItem) => void
}

async function collectChanges(
  context: Context,
  tree: WorkTree,
  { base, options, holes, onSkipped }: ToCollect,
): Promise<WorkingChange[]> {
  const include = pathFilter(context, options.paths)
  if (include) await requirePaths(context, options.paths, { manifests: [base], workdir: true })
  const all: WorkingChange[] = []
  const looked = workingChanges(tree, base, {
    // What a status learns is only remembered when no other process is at work.
    remember: 'if-free',
    rehash: options.rehash,
    onSkipped,
    onHole({ path, entry, reason }) {
      holes[reason].files++
      holes[reason].bytes += entry.size
      if (reason === 'lost' && holes.lost.paths.length < (options.limit ?? Infinity))
        holes.lost.paths.push(path)
    },
    ...(include && { include }),
    ...(options.onProgress && { onProgress: options.onProgress }),
    ...(options.signal && { signal: options.signal }),
  })
  for await (const batch of looked) for (const change of batch) all.push(change)
  return all
}

/** Added files that have the content of a deleted one: new path to old path. */
export async function findRenames(
  tree: WorkTree,
  changes: readonly WorkingChange[],
  options: Work,
): Promise<Map<string, string>> {
  const deleted = new Map<string, string[]>()
  const sizes = new Set<number>()
  for (const { type, path, before } of changes) {
    if (type !== 'deleted' || !before || !isFile(before) || before.size === 0) continue
    deleted.set(idKey(before.content), [...(deleted.get(idKey(before.content)) ?? []), path])
    sizes.add(before.size)
  }
  const candidates = changes.filter(
    (change) => change.type === 'added' && change.kind !== 'symlink' && sizes.has(change.size),
  )
  const renames = new Map<string, string>()
  const take = (path: string, content: Uint8Array) => {
    const from = deleted.get(idKey(content))?.shift()
    if (from !== undefined) renames.set(path, from)
  }
  for (const { path, content } of candidates) if (content) take(path, content)
  const unknown = candidates.filter((change) => !change.content)
  for await (const batch of hashFiles(unknown, { pool: tree.pool, ...options })) {
    for (const { path, content } of batch) take(path, content)
  }
  return renames
}

interface ToGroup {
  changes: readonly WorkingChange[]
  renames: ReadonlyMap<string, string>
  base: ManifestId | undefined
  options: StatusOptions
}

async function groupChanges(context: Context, { changes, renames, base, options }: ToGroup) {
  const byType = { added: emptyGroup(), modified: emptyGroup(), deleted: emptyGroup(), renamed: emptyGroup() }
  const renamedFrom = new Set(renames.values())
  const fresh = new NewDirectories(context, base, options.all)
  for (const change of changes) {
    const { path, type } = change
    const from = renames.get(path)
    if (from !== undefined) addTo(byType.renamed, { ...toItem(change), from }, options.limit)
    else if (type === 'deleted' && renamedFrom.has(path)) continue
    else if (type === 'added' && (await fresh.take(change))) countIn(byType.added, change.size)
    else addTo(byType[type], toItem(change), options.limit)
  }
  return { byType, newDirectories: fresh.list }
}

/** Gathers added files under the topmost directory in which nothing was recorded. */
class NewDirectories {
  readonly list: { path: string; files: number; bytes: number }[] = []
  readonly #context: Context
  readonly #base: ManifestId | undefined
  readonly #off: boolean
  readonly #recorded = new Map<string, boolean>()

  constructor(context: Context, base: ManifestId | undefined, off: boolean) {
    this.#context = context
    this.#base = base
    this.#off = off
  }

  async take({ path, size, kind }: WorkingChange): Promise<boolean> {
    if (this.#off) return false
    const last = this.list.at(-1)
    const directory = last && path.startsWith(`${last.path}/`) ? last.path : await this.#topmostNew(path)
    if (directory === undefined) return false
    const row = directory === last?.path ? last : { path: directory, files: 0, bytes: 0 }
    if (row !== last) this.list.push(row)
    if (kind !== 'directory') row.files++
    row.bytes += size
    return true
  }

  async #topmostNew(path: string): Promise<string | undefined> {
    let topmost: string | undefined
    for (let folder = parentPath(path); folder !== ''; folder = parentPath(folder)) {
      if (await this.#holdsRecorded(folder)) break
      topmost = folder
    }
    return topmost
  }

  async #holdsRecorded(folder: string): Promise<boolean> {
    if (!this.#base) return false
    let known = this.#recorded.get(folder)
    if (known === undefined) {
      known = (await summarize(this.#context.store, this.#base, folder)).entries > 0
      this.#recorded.set(folder, known)
    }
    return known
  }
}

function emptyGroup(): StatusGroup {
  return { count: 0, bytes: 0, items: [] }
}

function countIn(group: StatusGroup, bytes: number): void {
  group.count++
  group.bytes += bytes
}

function addTo(group: StatusGroup, item: StatusItem, limit = Infinity): void {
  countIn(group, item.bytes)
  if (group.items.length < limit) group.items.push(item)
}

function toItem({ path, type, kind, size, before }: WorkingChange): StatusItem {
  const had = before && entrySize(before)
  return {
    path,
    kind,
    bytes: type === 'deleted' ? had! : size,
    ...(type === 'modified' && { before: had! }),
    ...(type === 'modified' && before!.kind !== kind && { kindBefore: before!.kind }),
  }
}

async function upstream(
  context: Context,
  { head, commit }: CurrentHead,
): Promise<Pick<StatusResult, 'upstream'>> {
  if (head.kind !== 'branch') return {}
  const followed = (await effectiveConfig(context)).branches.get(head.branch)
  if (!followed?.remote || !followed.merge) return {}
  const name = `${followed.remote}/${followed.merge}`
  const theirs = await readRef(context.storage, remoteRef(followed.remote, followed.merge))
  if (!theirs || !commit) return { upstream: { name, ahead: 0, behind: 0, gone: !theirs } }
  const { ahead, behind } = await countAheadBehind(context.store, commit, theirs.value.target)
  return { upstream: { name, ahead, behind, gone: false } }
}
