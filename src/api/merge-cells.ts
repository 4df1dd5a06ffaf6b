// Conflicts in cells of a table settled by one side: the file keeps all else that was merged, and what was edited since.
import fs from 'node:fs'
import { DvError } from '../base/index.js'
import { chunkerParams } from '../chunker/index.js'
import { readBytes, storeBytes } from '../content/index.js'
import { TEXT_BYTES_MAX } from '../diff/index.js'
import { assertNoSymlinkParents, openForReading } from '../files/index.js'
import type { ManifestId } from '../hash/index.js'
import { type Edit, lookup } from '../manifest/index.js'
import { type FileEntry, isFile } from '../objects/index.js'
import type { StoreWriter } from '../store/index.js'
import { decodeBytes, encodeText, formOf, hasRowText, takeCells, tableFormat } from '../tables/index.js'
import { type MergeConflict, type MergeState, scanPath } from '../workspace/index.js'
import { treeAttributes } from './attributes.js'
import type { Context } from './context.js'
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
  const { path, cells = [] } = conflict
  const chosen = meant ? cells.filter((cell) => isMeant(cell, meant)) : cells
  if (chosen.length === 0) throw noCell(path, meant!)
  if (!meant && (conflict.cellCount ?? 0) > cells.length) throw tooMany(conflict)
  const attributes = await treeAttributes(context, ours, work)(path)
  const encoding = attributes.encoding ?? 'utf-8'
  const format = tableFormat(path, attributes.driver)
  const current = (await lookup(writers.nodes, merge.tree, path)) as FileEntry
  const other = await lookup(writers.nodes, from, path)
  if (!hasRowText(format) || !other || !isFile(other)) throw noRows(path)
  const now = onDisk(context.workdir.root, path) ?? (await readBytes(context.store, current))
  const [text, side] = [now, await readBytes(context.store, other)].map((bytes) =>
    decodeBytes(bytes, encoding),
  )
  const form = formOf(attributes)
  const taken =
    text !== undefined && side !== undefined
      ? takeCells({ text, side }, { format, cells: chosen, ...(form && { form }) })
      : undefined
  if (taken === undefined) throw noRows(path)
  const params = chunkerParams(context.format.chunker.avg)
  const stored = await storeBytes(encodeText(taken, encoding), { ...writers, params, previous: current })
  const left = cells.filter((cell) => !chosen.includes(cell))
  return {
    edit: [path, { ...current, ...stored }],
    left:
      left.length > 0
        ? { ...conflict, cells: left, cellCount: (conflict.cellCount ?? cells.length) - chosen.length }
        : undefined,
  }
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

function noCell(path: string, { row, columns }: CellsMeant): DvError {
  const names = Object.entries(row).map(([name, value]) => `${name}=${value}`)
  const where = [...names, ...columns.map((column) => `column ${column}`)].join(', ')
  return new DvError('DV_NO_MATCH', `No cell of '${path}' is in conflict at ${where}`, {
    data: { path, row, columns: [...columns] },
    hint: "'dv status' lists the cells in conflict with the keys of their rows",
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
