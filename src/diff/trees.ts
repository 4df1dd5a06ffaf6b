import type { ManifestId } from '../hash/index.js'
import { type Change, diffManifests, iterEntries } from '../manifest/index.js'
import type { ObjectReader } from '../store/index.js'
import { classify, type TreeChange } from './change.js'
import { pairRenames } from './renames.js'

export interface TreeDiffOptions {
  /** Only this path and what lies below it. */
  prefix?: string
  /** Only paths this accepts. */
  matches?: (path: string) => boolean
  /** Whether to pair deleted and added files. Default true. */
  renames?: boolean
  /** With more added and deleted paths than this they are given as such. */
  renameLimit?: number
}

export interface TreeDiff {
  /** In the order of paths; when renames are looked for, added, deleted and renamed ones follow behind all others. */
  changes: AsyncGenerator<TreeChange[], void, undefined>
  /** Once `changes` has ended: whether there was too much to find all renames. */
  renamesLimited(): boolean
}

/** Keeps the memory for waiting changes below about 100 MB. */
export const RENAME_LIMIT = 200_000
const BATCH = 512

/** What changed from the tree `before` to `after`; undefined is the tree of nothing. */
export function diffTrees(
  reader: ObjectReader,
  [before, after]: readonly [before: ManifestId | undefined, after: ManifestId | undefined],
  options: TreeDiffOptions = {},
): TreeDiff {
  const result = { limited: false }
  const plain = plainChanges(reader, [before, after], options)
  const changes = options.renames === false ? plain : withRenames(reader, plain, { result, options })
  return { changes, renamesLimited: () => result.limited }
}

async function* plainChanges(
  reader: ObjectReader,
  sides: readonly [ManifestId | undefined, ManifestId | undefined],
  { prefix, matches }: TreeDiffOptions,
): AsyncGenerator<TreeChange[], void, undefined> {
  for await (const batch of changesBetween(reader, sides, prefix === undefined ? {} : { prefix })) {
    const changes: TreeChange[] = []
    for (const item of batch) {
      const change = matches === undefined || matches(item.path) ? classify(item) : undefined
      if (change !== undefined) changes.push(change)
    }
    if (changes.length > 0) yield changes
  }
}

/** The difference of two manifests, either of which may be that of nothing. */
async function* changesBetween(
  reader: ObjectReader,
  [before, after]: readonly [ManifestId | undefined, ManifestId | undefined],
  range: { prefix?: string },
): AsyncGenerator<Change[], void, undefined> {
  if (before !== undefined && after !== undefined) {
    yield* diffManifests(reader, [before, after], range)
    return
  }
  const only = before ?? after
  if (only === undefined) return
  for await (const batch of iterEntries(reader, only, range)) {
    yield batch.map(([path, entry]) =>
      before === undefined ? { path, after: entry } : { path, before: entry },
    )
  }
}

interface Renaming {
  result: { limited: boolean }
  options: TreeDiffOptions
}

async function* withRenames(
  reader: ObjectReader,
  plain: AsyncGenerator<TreeChange[], void, undefined>,
  { result, options }: Renaming,
): AsyncGenerator<TreeChange[], void, undefined> {
  const limit = options.renameLimit ?? RENAME_LIMIT
  let waiting: TreeChange[] = []
  for await (const batch of plain) {
    const ready: TreeChange[] = []
    for (const change of batch) {
      const waits = !result.limited && (change.type === 'added' || change.type === 'deleted')
      ;(waits ? waiting : ready).push(change)
    }
    if (ready.length > 0) yield ready
    if (waiting.length > limit) {
      result.limited = true
      yield* inBatches(waiting)
      waiting = []
    }
  }
  const added = waiting.filter(({ type }) => type === 'added')
  if (added.length === 0 || added.length === waiting.length) return yield* inBatches(waiting)
  const deleted = waiting.filter(({ type }) => type === 'deleted')
  const paired = await pairRenames(reader, deleted, added)
  result.limited ||= paired.limited
  yield* inBatches(paired.changes)
}

function* inBatches(changes: readonly TreeChange[]): Generator<TreeChange[], void, undefined> {
  for (let at = 0; at < changes.length; at += BATCH) yield changes.slice(at, at + BATCH)
}
