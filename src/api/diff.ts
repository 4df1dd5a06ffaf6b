// dv diff: two commits of one store, or a commit and the working directory.
import { DvError } from '../base/index.js'
import { type CommitId, type ManifestId, toHex } from '../hash/index.js'
import { formatRevision, isRange, mergeBases, parseRange } from '../history/index.js'
import { currentHead, manifestOf, type StoreView } from './context.js'
import type { Details } from './diff-details.js'
import { treeRecords } from './diff-trees.js'
import { workdirRecords } from './diff-workdir.js'
import { pathScope, requirePaths } from './pathspec.js'
import { short } from './present.js'
import { resolve } from './revisions.js'
import type { DiffRecord, DiffSide } from './results.js'
import { allOfOne, type Stores } from './stores.js'
import type { TreesCompared } from './table-diff.js'
import type { DiffOptions, RowsOptions } from './types.js'

export async function* diff(stores: Stores, options: DiffOptions): AsyncGenerator<DiffRecord> {
  const { view, sides } = await sidesOf(stores, options)
  const scope = pathScope(view, options.paths)
  const from = await oldSide(view, sides)
  const to = sides.to === undefined ? undefined : await namedSide(view, sides.to)
  const workdir = to === undefined
  if (workdir && view !== stores.context) throw noWorkdir(options.from ?? 'HEAD')
  await requirePaths(view, options.paths, { manifests: [from.manifest, to?.manifest], workdir })
  yield { type: 'diff', from: from.shown, to: to?.shown ?? { name: 'working directory' } }
  const names = { before: `${from.shown.name}:`, after: to ? `${to.shown.name}:` : '' }
  const trees = { from: from.manifest, to: to?.manifest, workdir, names }
  const details = options.rows && (await detailsOf(view, trees, { ...options, rows: options.rows }))
  const fixed = { ...options, scope, ...(details && { details }) }
  const records = to
    ? treeRecords(view, [from.manifest, to.manifest], fixed)
    : workdirRecords(stores.here, from.manifest, fixed)
  yield* details ? withDetails(records, details) : records
}

async function detailsOf(
  view: StoreView,
  trees: TreesCompared,
  options: DiffOptions & { rows: RowsOptions },
): Promise<Details> {
  const { paths, rows } = options
  const mayBeTable = rows.required || paths.length === 1
  const table = mayBeTable && (await (await import('./table-diff.js')).openTableDiff(view, trees, options))
  return table || (await import('./diff-details.js')).openDetails(view, trees, options)
}

/** What is said of a file, behind its change. */
async function* withDetails(
  records: AsyncIterable<DiffRecord>,
  details: Details,
): AsyncGenerator<DiffRecord> {
  try {
    for await (const record of records) {
      yield record
      if (record.type === 'change') yield* details.records()
    }
  } finally {
    await details.close()
  }
}

/** What is compared, as typed, in the store it is of. */
type Sides = Pick<DiffOptions, 'from' | 'to' | 'mergeBase'>

async function sidesOf(stores: Stores, options: DiffOptions): Promise<{ view: StoreView; sides: Sides }> {
  const typed = [options.from, options.to].filter((text) => text !== undefined)
  const { view, texts } = await allOfOne(stores, typed)
  const [from, to] = texts
  if (from === undefined || to !== undefined) {
    return {
      view,
      sides: {
        mergeBase: options.mergeBase,
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      },
    }
  }
  const range = parseRange(from)
  if (!isRange(range)) return { view, sides: { from, mergeBase: options.mergeBase } }
  const ends = { from: formatRevision(range.from), to: formatRevision(range.to) }
  return { view, sides: { ...ends, mergeBase: range.kind !== 'difference' } }
}

function noWorkdir(revision: string): DvError {
  return new DvError(
    'DV_USAGE',
    `'${revision}' is in another store, which has no working directory to compare it with`,
    {
      data: { revision },
      hint: 'name two revisions of it: dv diff REPO@A..B',
    },
  )
}

interface Side {
  shown: DiffSide
  /** Absent before the first commit. */
  manifest: ManifestId | undefined
}

async function namedSide(view: StoreView, text: string): Promise<Side> {
  return sideOf(view, text, (await resolve(view, text)).commit)
}

async function sideOf(view: StoreView, name: string, commit: CommitId): Promise<Side> {
  return { shown: { name, commit: toHex(commit) }, manifest: await manifestOf(view, commit) }
}

async function oldSide(view: StoreView, { from, to, mergeBase }: Sides): Promise<Side> {
  if (mergeBase) return baseSide(view, from ?? 'HEAD', to ?? 'HEAD')
  if (from !== undefined) return namedSide(view, from)
  const { commit } = await currentHead(view)
  return commit ? sideOf(view, 'HEAD', commit) : { shown: { name: 'HEAD' }, manifest: undefined }
}

/** Of several merge bases the newest. */
async function baseSide(view: StoreView, a: string, b: string): Promise<Side> {
  const [ours, theirs] = [(await resolve(view, a)).commit, (await resolve(view, b)).commit]
  const [base] = await mergeBases(view.store, ours, theirs)
  if (base) return sideOf(view, short(base), base)
  throw new DvError('DV_UNRELATED_HISTORIES', `'${a}' and '${b}' have no common ancestor`, {
    data: { from: a, to: b },
    hint: `compare the two themselves: dv diff ${a} ${b}`,
  })
}
