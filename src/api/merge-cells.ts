// Conflicts in cells of a table settled by one side: the file keeps all else that was merged, and what was edited since.
import fs from 'node:fs'
import type { Attributes } from '../attributes/index.js'
import { DvError } from '../base/index.js'
import { chunkerParams } from '../chunker/index.js'
import { readBytes, storeBytes } from '../content/index.js'
import { TEXT_BYTES_MAX } from '../diff/index.js'
import { assertNoSymlinkParents, openForReading } from '../files/index.js'
import type { ManifestId } from '../hash/index.js'
import { type Edit, lookup } from '../manifest/index.js'
import { type FileEntry, isFile } from '../objects/index.js'
import type { StoreWriter } from '../store/index.js'
import {
  decodeBytes,
  encodeText,
  formOf,
  hasRowText,
  mergeRows,
  takeCells,
  tableFormat,
  type TextForm,
} from '../tables/index.js'
import { type MergeConflict, type MergeState, scanPath } from '../workspace/index.js'
import { treeAttributes } from './attributes.js'
import type { Context } from './context.js'
import { CELLS_MAX } from './three-way.js'
import type { CellsMeant, Work } from './types.js'

export interface CellChoice {
  merge: MergeState
  conflict: MergeConflict
  /** The tree of the side that is taken, and of ours, whose attributes hold. */
  from: ManifestId
  ours: ManifestId
  /** Absent: all that are left. */
  meant?: CellsMeant
  work: Work
}

export interface CellsTaken {
  edit: Edit
  /** The cells that are left. */
  left: MergeConflict | undefined
}

/** Whether a conflict is one of cells alone. */
export function isOfCells({ cells, metadataKeys }: MergeConflict): boolean {
  return cells !== undefined && metadataKeys === undefined
}

/** Throws DV_NO_MATCH for a cell that is in no conflict, DV_NOT_A_TABLE when the file can no longer be read by rows. */
export async function takeConflictCells(
  context: Context,
  writers: Record<'nodes' | 'data', StoreWriter>,
  choice: CellChoice,
): Promise<CellsTaken> {
  const { conflict, merge, from, ours, meant, work } = choice
  const { path, cells = [], cellCount = cells.length } = conflict
  const attributes = await treeAttributes(context, ours, work)(path)
  const { encoding = 'utf-8' } = attributes
  const format = tableFormat(path, attributes.driver)
  const current = (await lookup(writers.nodes, merge.tree, path)) as FileEntry
  if (!hasRowText(format)) throw noRows(path)
  const form = formOf(attributes)
  const table: ConflictTable = { path, format, attributes, ...(form && { form }) }
  const textIn = async (tree: ManifestId) => {
    const entry = await lookup(writers.nodes, tree, path)
    if (!entry || !isFile(entry)) throw noRows(path)
    return textOf(table, await readBytes(context.store, entry))
  }
  const side = await textIn(from)
  const chosen = meant ? cells.filter((cell) => isMeant(cell, meant)) : [...cells]
  if (meant && chosen.length === 0) throw noCell(conflict, meant)
  if (!meant && cellCount > cells.length) {
    if (!merge.base) throw tooMany(conflict)
    chosen.push(
      ...cellsBeyond(table, [await textIn(merge.base), await textIn(ours), await textIn(merge.theirsTree)]),
    )
  }
  const now = onDisk(context.workdir.root, path) ?? (await readBytes(context.store, current))
  const taken = takeCells({ text: textOf(table, now), side }, { ...table, cells: chosen })
  if (taken === undefined) throw noRows(path)
  const params = chunkerParams(context.format.chunker.avg)
  const stored = await storeBytes(encodeText(taken, encoding), { ...writers, params, previous: current })
  const left = cellCount - chosen.length
  return {
    edit: [path, { ...current, ...stored }],
    left:
      left > 0
        ? { ...conflict, cells: cells.filter((cell) => !chosen.includes(cell)), cellCount: left }
        : undefined,
  }
}

interface ConflictTable {
  path: string
  format: 'csv' | 'tsv' | 'jsonl'
  attributes: Attributes
  form?: TextForm
}

function textOf({ path, attributes }: ConflictTable, bytes: Uint8Array): string {
  const text = decodeBytes(bytes, attributes.encoding ?? 'utf-8')
  if (text === undefined) throw noRows(path)
  return text
}

/** The cells behind those that are remembered one by one: found again, as the merge found them. */
function cellsBeyond(
  { path, format, form, attributes: { key } }: ConflictTable,
  trio: readonly [base: string, ours: string, theirs: string],
): readonly Cell[] {
  const merged = mergeRows(trio, { format, ...(form && { form }), ...(key && { key }) })
  if (!merged) throw noRows(path)
  return merged.conflicts.slice(CELLS_MAX)
}

/** What was edited by hand stays. */
function onDisk(root: string, path: string): Uint8Array | undefined {
  const found = scanPath(root, path)
  if (found?.kind !== 'file' && found?.kind !== 'executable') return undefined
  assertNoSymlinkParents(root, path)
  const descriptor = openForReading(root, path)
  try {
    if (fs.fstatSync(descriptor).size > TEXT_BYTES_MAX) throw noRows(path)
    return fs.readFileSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

type Cell = NonNullable<MergeConflict['cells']>[number]

/** Values of JSON may be typed with or without their quotes. */
function isMeant({ key, column }: Cell, { row, columns }: CellsMeant): boolean {
  const isRow = Object.entries(row).every(([name, value]) =>
    [value, JSON.stringify(value)].includes(key[name]!),
  )
  return isRow && (columns.length === 0 || (column !== undefined && columns.includes(column)))
}

function noCell(
  { path, cells = [], cellCount = cells.length }: MergeConflict,
  { row, columns }: CellsMeant,
): DvError {
  const names = Object.entries(row).map(([name, value]) => `${name}=${value}`)
  const where = [...names, ...columns.map((column) => `column ${column}`)].join(', ')
  const isWhole = cellCount === cells.length
  const among = isWhole ? '' : ` among the ${cells.length} that are settled one by one`
  return new DvError('DV_NO_MATCH', `No cell of '${path}' is in conflict at ${where}${among}`, {
    data: { path, row, columns: [...columns] },
    hint: isWhole
      ? "'dv status' lists the cells in conflict with the keys of their rows"
      : `'dv merge --ours ${path}' or '--theirs' settles all ${cellCount} that are left`,
  })
}

function tooMany({ path, cellCount }: MergeConflict): DvError {
  return new DvError(
    'DV_UNSUPPORTED',
    `'${path}' has ${cellCount} cells in conflict, more than are remembered one by one`,
    {
      data: { path, count: cellCount },
      hint: "'dv merge --abort', then 'dv merge --ours BRANCH' or '--theirs' settles every cell by one side",
    },
  )
}

function noRows(path: string): DvError {
  return new DvError('DV_NOT_A_TABLE', `The rows of '${path}' are no longer those that were merged`, {
    data: { path },
    hint: 'edit it by hand, then delete the files that hold its sides',
  })
}
