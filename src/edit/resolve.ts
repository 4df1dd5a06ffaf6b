// Changes held against a tree: what is to stand at each path. The changes are one, not steps: what is deleted goes
// first, so that a path that is both deleted and put begins anew.
import { DvError, isWithin, parentPath } from '../base/index.js'
import { quotePath } from '../files/index.js'
import { type ManifestId, sameId, toHex } from '../hash/index.js'
import {
  type Edit,
  loadMetadata,
  lookupMany,
  sameEntry,
  storeMetadata,
  summarize,
} from '../manifest/index.js'
import { type Entry, entrySize, isFile, type Metadata } from '../objects/index.js'
import type { ObjectWriter } from '../store/index.js'
import { atLine, badLine } from './line-error.js'
import type { Change, SortedChanges } from './sorted-changes.js'

/** What differs from the tree before: files, links and recorded directories. */
export interface EditSums {
  added: number
  modified: number
  deleted: number
  /** Of added entries and of the new side of modified ones. */
  bytesAdded: number
  bytesRemoved: number
}

export interface ResolveOptions {
  /** Reads the tree, takes large metadata. */
  nodes: ObjectWriter
  base: ManifestId | undefined
  /** Counted up. */
  sums: EditSums
}

/** The edits that make `base` what the changes ask for, in order. Failures name their line. */
export async function* resolveChanges(
  changes: SortedChanges,
  options: ResolveOptions,
): AsyncGenerator<Edit[]> {
  let last: string | undefined
  for await (const groups of groupsOf(changes)) {
    const places: Place[] = []
    for (const group of groups) {
      places.push(...parentsOf(group.path, last), group)
      last = group.path
    }
    const before = await entriesAt(places, options)
    const edits: Edit[] = []
    for (const [i, place] of places.entries()) {
      const after =
        place.changes.length > 0 ? await settle(place, before[i], options) : withoutEmpty(before[i])
      if (sameEntry(before[i], after)) continue
      count(options.sums, before[i], after)
      edits.push([place.path, after])
    }
    yield edits
  }
}

/** A path with all that is asked of it; without changes, a directory above such a path. */
interface Place {
  path: string
  changes: Change[]
}

async function* groupsOf(changes: SortedChanges): AsyncGenerator<Place[]> {
  let open: Place | undefined
  for await (const batch of changes) {
    const done: Place[] = []
    for (const change of batch) {
      if (open?.path === change.path) {
        open.changes.push(change)
        continue
      }
      if (open) done.push(open)
      open = { path: change.path, changes: [change] }
    }
    yield done
  }
  if (open) yield [open]
}

/** The directories above a path, from the top, that were not above the last one. */
function parentsOf(path: string, last: string | undefined): Place[] {
  const parents: Place[] = []
  for (let parent = parentPath(path); parent !== ''; parent = parentPath(parent)) {
    if (last !== undefined && isWithin(last, parent)) break
    parents.unshift({ path: parent, changes: [] })
  }
  return parents
}

async function entriesAt(
  places: readonly Place[],
  { nodes, base }: ResolveOptions,
): Promise<readonly (Entry | undefined)[]> {
  const paths = places.map(({ path }) => path)
  return base ? lookupMany(nodes, base, paths) : paths.map(() => undefined)
}

/** A directory is recorded for itself only while it is empty, or carries metadata. */
function withoutEmpty(entry: Entry | undefined): Entry | undefined {
  return entry?.kind === 'directory' && !entry.metadata ? undefined : entry
}

async function settle(
  { path, changes }: Place,
  before: Entry | undefined,
  options: ResolveOptions,
): Promise<Entry | undefined> {
  for (const change of changes) checkExpected(change, before)
  const [setting, other] = changes.filter((change) => change.type !== 'remove')
  if (setting && other) throw badLine(other.line, `${quotePath(path)} is set on line ${setting.line} already`)
  const start = changes.some(({ type }) => type === 'remove') ? undefined : before
  try {
    return setting && (await entryFor(setting, start, options))
  } catch (error) {
    throw atLine(setting!.line, error)
  }
}

function checkExpected({ path, line, expect }: Change, before: Entry | undefined): void {
  if (expect === undefined) return
  const content = before && isFile(before) ? before.content : undefined
  const holds = expect === 'absent' ? before === undefined : content && sameId(content, expect)
  if (holds) return
  const is = content ? `has content '${toHex(content)}'` : before ? `is a ${before.kind}` : 'is not there'
  const wanted = expect === 'absent' ? 'nothing' : toHex(expect)
  throw new DvError('DV_NOT_AS_EXPECTED', `Line ${line}: ${quotePath(path)} ${is}, not '${wanted}'`, {
    data: {
      ...{ line, path },
      ...(expect !== 'absent' && { expected: wanted }),
      ...(content && { actual: toHex(content) }),
    },
    hint: 'nothing was changed; look at it again and decide anew',
  })
}

async function entryFor(
  change: Exclude<Change, { type: 'remove' }>,
  start: Entry | undefined,
  options: ResolveOptions,
): Promise<Entry | undefined> {
  if (change.type === 'meta') return withMetadata(change, start, options)
  const metadata = await changedMetadata(start, { set: change.set }, options)
  if (change.type === 'symlink') return { kind: 'symlink', target: change.target, ...metadata }
  const { size, content, recipe } = change
  const was = start?.kind === 'executable'
  const kind = (change.executable ?? was) ? 'executable' : 'file'
  return { kind, size, content, recipe, ...metadata }
}

/** A directory that is only there because of what lies in it gets an entry of its own to carry the metadata. */
async function withMetadata(
  { path, set, unset }: Extract<Change, { type: 'meta' }>,
  start: Entry | undefined,
  options: ResolveOptions,
): Promise<Entry | undefined> {
  const below = await countBelow(path, start, options)
  if (!start && below === 0) {
    throw new DvError('DV_UNKNOWN_PATH', `There is nothing at ${quotePath(path)} to carry metadata`, {
      data: { path },
      hint: "'put' it on a line of its own, with 'meta' on that line",
    })
  }
  const metadata = await changedMetadata(start, { set, unset }, options)
  const { metadata: _, ...rest } = start ?? { kind: 'directory' as const }
  const entry = { ...rest, ...metadata } as Entry
  return below > 0 ? withoutEmpty(entry) : entry
}

async function countBelow(
  path: string,
  start: Entry | undefined,
  { nodes, base }: ResolveOptions,
): Promise<number> {
  if (!base || (start && start.kind !== 'directory')) return 0
  return (await summarize(nodes, base, path)).entries - (start ? 1 : 0)
}

async function changedMetadata(
  start: Entry | undefined,
  { set, unset = [] }: { set?: Metadata | undefined; unset?: readonly string[] },
  { nodes }: ResolveOptions,
): Promise<Pick<Entry, 'metadata'>> {
  if (!set && unset.length === 0) return start?.metadata ? { metadata: start.metadata } : {}
  const changed = new Map(start && (await loadMetadata(nodes, start)))
  for (const name of unset) changed.delete(name)
  for (const [name, value] of set ?? []) changed.set(name, value)
  const metadata = await storeMetadata(nodes, changed)
  return metadata ? { metadata } : {}
}

function count(sums: EditSums, before: Entry | undefined, after: Entry | undefined): void {
  if (before && after) sums.modified++
  else if (after) sums.added++
  else sums.deleted++
  if (after) sums.bytesAdded += entrySize(after)
  if (before) sums.bytesRemoved += entrySize(before)
}
