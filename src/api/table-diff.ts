// dv diff of one file that is a table: its two versions as files of a folder that DuckDB may read, and what differs.
import fs from 'node:fs'
import path from 'node:path'
import { addAbortSignal } from 'node:stream'
import type { Attributes } from '../attributes/index.js'
import { DvError, fromSystemError, isDvError } from '../base/index.js'
import { assertNoSymlinkParents, openForReading } from '../files/index.js'
import type { ManifestId } from '../hash/index.js'
import { lookup } from '../manifest/index.js'
import { type FileEntry, isFile } from '../objects/index.js'
import { openSql, type Sql } from '../sql/index.js'
import {
  compareTables,
  emptyCounts,
  formOf,
  isTable,
  type TableComparison,
  type TableFile,
  type TableFormat,
  type TableRequest,
  tableFormat,
  tally,
} from '../tables/index.js'
import { isGlob, scanPath } from '../workspace/index.js'
import { asUtf8, treeAttributes, workingAttributes } from './attributes.js'
import { bringFiles } from './bring.js'
import { cacheFolder } from './cache.js'
import { fromTop, type StoreView } from './context.js'
import type { Details } from './diff-details.js'
import { streamFile } from './file-content.js'
import { rowRecord } from './present-rows.js'
import type { DiffRecord } from './results.js'
import { scratchPath } from './scratch.js'
import type { DiffOptions, RowsOptions, Work } from './types.js'

export interface TreesCompared {
  from: ManifestId | undefined
  /** Absent: the working directory. */
  to: ManifestId | undefined
  workdir: boolean
  /** How the sides are called in messages: 'v1:' before a path; nothing for the working directory. */
  names: { before: string; after: string }
}

/** The rows of the one file that `options.paths` names; undefined when it is no table with two versions. What is wrong
 * with a table is thrown when rows were asked for, else told as a warning. */
export async function openTableDiff(
  view: StoreView,
  trees: TreesCompared,
  options: DiffOptions & { rows: RowsOptions },
): Promise<Details | undefined> {
  const { rows } = options
  const file = namedFile(view, options.paths)
  try {
    const sides = file === undefined ? undefined : await sidesOf(view, trees, { file, work: options })
    if (file !== undefined && sides && haveRows(sides)) {
      const table = await compareIn(view, { file, sides, names: trees.names, options })
      if (table) return table
    }
    if (rows.required) throw notTable(options.paths)
  } catch (error) {
    if (rows.required || !isDvError(error) || !OF_THE_TABLE.includes(error.code)) throw error
    view.surroundings.warn?.(`${error.message}; its lines are compared`)
  }
  return undefined
}

/** What is wrong with the file, or with what its attributes say of it. */
const OF_THE_TABLE: string[] = [
  ...['DV_BAD_TABLE', 'DV_BAD_ENCODING', 'DV_BAD_ATTRIBUTES'],
  ...['DV_BAD_KEY', 'DV_UNKNOWN_COLUMN'],
]

const isText = (format: TableFormat) => format === 'csv' || format === 'tsv'

/** Rows of two formats are not compared, unless both are delimited text. */
function haveRows({ before, after }: Sides): boolean {
  if (before.format === undefined || after.format === undefined) return false
  return before.format === after.format || (isText(before.format) && isText(after.format))
}

async function compareIn(view: StoreView, compared: Compared): Promise<Details | undefined> {
  const folder = temporaryFolder(view)
  try {
    const table = await compare(folder, compared)
    if (!table) fs.rmSync(folder, { recursive: true, force: true })
    return table
  } catch (error) {
    fs.rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

function notTable(paths: readonly string[]): DvError {
  const [file] = paths
  const what = paths.length === 1 ? `'${file}' is no table with two versions` : 'Rows are those of one file'
  return new DvError('DV_NOT_A_TABLE', what, {
    data: { paths: [...paths] },
    hint: 'dv diff A B -- data.csv --key id: a CSV, TSV, JSON, Parquet or Arrow file that is in both',
  })
}

function namedFile(view: StoreView, paths: readonly string[]): string | undefined {
  const [typed, ...more] = paths
  if (typed === undefined || more.length > 0) return undefined
  const file = fromTop(view.prefix, typed)
  return isGlob(file) || file.startsWith('!') ? undefined : file
}

interface Side {
  format: TableFormat | undefined
  attributes: Attributes
  bytes: () => AsyncIterable<Uint8Array>
}

interface Sides {
  before: Side
  after: Side
}

interface Named {
  file: string
  work: Work
}

async function sidesOf(
  view: StoreView,
  { from, to, workdir }: TreesCompared,
  named: Named,
): Promise<Sides | undefined> {
  const before = from && (await recordedSide(view, from, named))
  const after = workdir ? await workingSide(view, named) : to && (await recordedSide(view, to, named))
  return before && after ? { before, after } : undefined
}

async function recordedSide(
  view: StoreView,
  tree: ManifestId,
  { file, work }: Named,
): Promise<Side | undefined> {
  const entry = await lookup(view.store, tree, file)
  if (!entry || !isFile(entry)) return undefined
  async function* bytes() {
    ;(await view.store.purged()).refuse(entry as FileEntry, file)
    await bringFiles(view, [[entry as FileEntry]], work)
    yield* streamFile(view.store, entry as FileEntry, work.signal ? { signal: work.signal } : {})
  }
  return asSide(file, await treeAttributes(view, tree, work)(file), bytes)
}

function asSide(file: string, attributes: Attributes, bytes: Side['bytes']): Side {
  return { format: tableFormat(file, attributes.driver), attributes, bytes }
}

/** A copy, so that nothing changes the file while it is compared. */
async function workingSide(view: StoreView, { file, work: { signal } }: Named): Promise<Side | undefined> {
  const { root } = view.workdir!
  const kind = scanPath(root, file)?.kind
  if (kind !== 'file' && kind !== 'executable') return undefined
  async function* bytes(): AsyncGenerator<Uint8Array> {
    assertNoSymlinkParents(root, file)
    const stream = fs.createReadStream('', { fd: openForReading(root, file) })
    try {
      for await (const part of signal ? addAbortSignal(signal, stream) : stream) yield part as Uint8Array
    } catch (error) {
      throw signal?.aborted ? signal.reason : fromSystemError(error, 'read', file)
    }
  }
  return asSide(file, await workingAttributes(view)(file), bytes)
}

async function writeAll(target: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const fd = fs.openSync(target, 'wx')
  try {
    for await (const piece of bytes)
      for (let done = 0; done < piece.length;) done += fs.writeSync(fd, piece, done)
  } finally {
    fs.closeSync(fd)
  }
}

function temporaryFolder({ workdir, surroundings }: StoreView): string {
  const folder = scratchPath(workdir?.dvDir ?? cacheFolder(surroundings), 'diff')
  try {
    fs.mkdirSync(folder, { recursive: true })
    return folder
  } catch (error) {
    throw fromSystemError(error, 'write', folder)
  }
}

/** Bytes: with what Node and DuckDB hold besides, five million rows take less than a gigabyte. */
const MEMORY = 320 * 1024 * 1024

interface Compared {
  file: string
  sides: Sides
  names: TreesCompared['names']
  options: DiffOptions & { rows: RowsOptions }
}

async function compare(
  folder: string,
  { file, sides, names, options }: Compared,
): Promise<Details | undefined> {
  const { rows, signal } = options
  const written = async (name: 'before' | 'after'): Promise<TableFile> => {
    const { bytes, attributes } = sides[name]
    const format = sides[name].format!
    const target = path.join(folder, `${name}.${format}`)
    await writeAll(target, asUtf8(bytes(), { path: file, ...attributes }))
    const form = formOf(attributes)
    return { path: `${names[name]}${file}`, file: target, format, ...(form && { form }) }
  }
  const [before, after] = [await written('before'), await written('after')]
  const { format } = after
  if (!isTable(before.file, before.format) || !isTable(after.file, format)) return undefined
  const key = keyOf(rows, sides)
  const request = {
    ...{ before, after },
    ...(key && { key }),
    ...(rows.columns && { columns: rows.columns }),
    ...(signal && { signal }),
  }
  const db = await openSql({ temporary: path.join(folder, 'sql'), readable: [folder], memory: MEMORY })
  const close = () => closeAll(db, folder)
  try {
    const comparison = await compareTables(db, request)
    return {
      open: async () => true,
      records: () => recordsOf(comparison, { file, format, summary: rows.summary }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The key that is asked for, else that which attributes name: those of the new side first. */
function keyOf(rows: RowsOptions, { before, after }: Sides): TableRequest['key'] {
  if (rows.key) return { names: rows.key, source: 'given' }
  const names = after.attributes.key ?? before.attributes.key
  return names && { names, source: 'attributes' }
}

async function closeAll(db: Sql, folder: string): Promise<void> {
  await db.close()
  fs.rmSync(folder, { recursive: true, force: true })
}

async function* recordsOf(
  { head, rows, counts }: TableComparison,
  { file, format, summary }: { file: string; format: TableFormat; summary: boolean },
): AsyncGenerator<DiffRecord> {
  yield { type: 'table', path: file, format, ...head }
  if (summary) {
    yield { type: 'rows', ...(await counts()) }
    return
  }
  const counted = emptyCounts(head)
  for await (const batch of rows()) {
    for (const row of batch) {
      tally(counted, row)
      yield rowRecord(row)
    }
  }
  yield { type: 'rows', ...counted }
}
