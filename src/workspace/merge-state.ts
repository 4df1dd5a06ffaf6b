// A merge or revert that waits for the user, kept in `.dv/merge`; and, in `.dv/merges`, what it was before the last
// operations that changed it, so that `dv undo` gives back not only the files but also the merge they belong to.
// Format: spec/10-working-directory.md, "Unfinished merges".
import { whyNever } from '../files/index.js'
import { type CommitId, type Id, type ManifestId, parseId, toHex } from '../hash/index.js'
import { damaged, isTexts, readState, type Workdir, writeState } from './workdir-state.js'

export interface MergeState {
  kind: 'merge' | 'revert'
  /** What was checked out when it began. */
  ours: CommitId
  /** The commit merged in or taken back. */
  theirs: CommitId
  /** What the user called it: a branch, a revision. */
  theirsName: string
  /** What the sides are called in conflict markers. */
  labels: { ours: string; theirs: string }
  /** The tree of the other side: that of `theirs`, or of its parent for a revert. */
  theirsTree: ManifestId
  /** The tree that both sides come from, where there is one and this dv wrote the record. */
  base?: ManifestId
  /** What going back leads to: the tree of `ours` without what had been deleted, uncommitted, in the merge's way. */
  before: ManifestId
  /** The merged tree as far as it is settled: what is recorded is recorded over this. */
  tree: ManifestId
  /** The same with the sides of conflicts: what was put into the working directory. */
  shown: ManifestId
  /** A tree that is being put in the place of `shown`. When it is found, a crash left files of either. */
  pending?: ManifestId
  message: string
  /** Those not yet settled by taking a side. */
  conflicts: readonly MergeConflict[]
  /** Paths outside a sparse checkout that were written because they are in conflict. */
  beyond: readonly string[]
}

export interface MergeConflict {
  path: string
  /** In the words of `dv status`. */
  kind: string
  /** The files that hold the sides. */
  ours?: string
  theirs?: string
  /** Both sides stand in the file, between markers. */
  markers: boolean
  /** Keys of metadata that both sides set differently. */
  metadataKeys?: readonly string[]
  /** Cells of a table that both sides set differently, the first of them; `cellCount`: of so many. */
  cells?: readonly MergeCell[]
  cellCount?: number
}

/** Without `column`: a row that one side changed and the other deleted. */
export interface MergeCell {
  key: Readonly<Record<string, string>>
  column?: string
  base?: string
  ours?: string
  theirs?: string
}

/** So many operations are remembered, and only as long as they have no more conflicts than this in all. */
const REMEMBERED_MAX = 20
const REMEMBERED_CONFLICTS_MAX = 50_000

/** The merge under way, or undefined. Throws DV_CORRUPT when the record is damaged. */
export function readMerge({ dvDir }: Workdir): MergeState | undefined {
  const record = readState(dvDir, 'merge')
  return record && decodeMerge(record, 'merge')
}

export function writeMerge({ dvDir }: Workdir, merge: MergeState | undefined): void {
  writeState(dvDir, 'merge', merge && encodeMerge(merge))
}

export interface MergeChange {
  /** Id of the operation that changes it. */
  operation: string
  before: MergeState | undefined
  after: MergeState | undefined
}

/** Sets the merge under way and remembers, for an undo of the operation, what it was. */
export function changeMerge(workdir: Workdir, { operation, before, after }: MergeChange): void {
  remember(workdir, operation, before)
  writeMerge(workdir, after)
}

/** Takes back what operation `target` did to the merge under way, if it did anything; `operation` is the undo's. */
export function undoMerge(
  workdir: Workdir,
  { target, operation }: { target: string; operation: string },
): void {
  const found = readRemembered(workdir).find((item) => item.operation === target)
  if (!found) return
  changeMerge(workdir, { operation, before: readMerge(workdir), after: found.before })
}

/** What merges were before operations that can be undone. */
export function readMergesBefore(workdir: Workdir): MergeState[] {
  return readRemembered(workdir).flatMap(({ before }) => before ?? [])
}

interface Remembered {
  operation: string
  before: MergeState | undefined
}

function remember(workdir: Workdir, operation: string, before: MergeState | undefined): void {
  const others = readRemembered(workdir).filter((item) => item.operation !== operation)
  const kept = [...others, { operation, before }].slice(-REMEMBERED_MAX)
  const count = () => kept.reduce((sum, item) => sum + (item.before?.conflicts.length ?? 0), 0)
  while (count() > REMEMBERED_CONFLICTS_MAX) kept.shift()
  writeState(workdir.dvDir, 'merges', {
    changes: kept.map((item) => ({
      operation: item.operation,
      before: item.before && encodeMerge(item.before),
    })),
  })
}

function readRemembered({ dvDir }: Workdir): Remembered[] {
  const record = readState(dvDir, 'merges')
  if (record === undefined) return []
  const { changes } = record
  if (!Array.isArray(changes)) throw damaged('merges')
  return changes.map((item: unknown) => {
    const { operation, before } = fieldsOf(item, 'merges')
    if (typeof operation !== 'string') throw damaged('merges')
    const state = before === undefined ? undefined : decodeMerge(fieldsOf(before, 'merges'), 'merges')
    return { operation, before: state }
  })
}

function encodeMerge(merge: MergeState): object {
  const { ours, theirs, theirsTree, base, before, tree, shown, pending } = merge
  return {
    ...merge,
    ours: toHex(ours),
    theirs: toHex(theirs),
    theirsTree: toHex(theirsTree),
    base: base && toHex(base),
    before: toHex(before),
    tree: toHex(tree),
    shown: toHex(shown),
    pending: pending && toHex(pending),
  }
}

type Fields = Record<string, unknown>

function decodeMerge(record: Fields, file: string): MergeState {
  const text = (field: string, from = record): string => {
    const value = from[field]
    if (typeof value !== 'string') throw damaged(file)
    return value
  }
  const id = <K extends string>(field: string): Id<K> => parseId<K>(text(field))
  const { kind, conflicts, beyond } = record
  const labels = fieldsOf(record['labels'], file)
  const isWhole = (kind === 'merge' || kind === 'revert') && Array.isArray(conflicts) && isPaths(beyond)
  if (!isWhole || !conflicts.every(isConflict)) throw damaged(file)
  return {
    kind,
    ours: id('ours'),
    theirs: id('theirs'),
    theirsName: text('theirsName'),
    labels: { ours: text('ours', labels), theirs: text('theirs', labels) },
    theirsTree: id('theirsTree'),
    ...(record['base'] !== undefined && { base: id<'manifest'>('base') }),
    before: id('before'),
    tree: id('tree'),
    shown: id('shown'),
    ...(record['pending'] !== undefined && { pending: id<'manifest'>('pending') }),
    message: text('message'),
    conflicts,
    beyond,
  }
}

function fieldsOf(value: unknown, file: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged(file)
  return value as Fields
}

function isConflict(value: unknown): value is MergeConflict {
  const fields = (value ?? {}) as Partial<Record<keyof MergeConflict, unknown>>
  const { path, kind, ours, theirs, markers, metadataKeys, cells, cellCount } = fields
  const isText = (item: unknown) => typeof item === 'string'
  return (
    isPath(path) &&
    isText(kind) &&
    typeof markers === 'boolean' &&
    [ours, theirs].every((side) => side === undefined || isPath(side)) &&
    (metadataKeys === undefined || isTexts(metadataKeys)) &&
    (cells === undefined || (Array.isArray(cells) && cells.every(isCell))) &&
    (cellCount === undefined || Number.isSafeInteger(cellCount))
  )
}

function isCell(value: unknown): value is MergeCell {
  const { key, ...fields } = (value ?? {}) as Partial<Record<keyof MergeCell, unknown>>
  const areTexts = (record: object) => Object.values(record).every((item) => typeof item === 'string')
  return typeof key === 'object' && key !== null && areTexts(key) && areTexts(fields)
}

/** Side files are deleted in the end: none may be anything that no tree holds. */
function isPath(value: unknown): value is string {
  return typeof value === 'string' && whyNever(value) === undefined
}

function isPaths(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isPath)
}
