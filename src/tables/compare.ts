// Two tables, row by row: by a key, or as multisets where there is none. DuckDB joins and sorts, and puts on disk what does
// not fit into memory; what is here holds a few thousand rows at a time.
import type { Sql } from '../sql/index.js'
import { explain } from './explain.js'
import { findKey, namedKey } from './keys.js'
import { byKey } from './keyed.js'
import { asMultiset } from './multiset.js'
import { commonColumns, openPair, type PairColumn, type TablePair } from './pair.js'
import { namedColumns, type TableFile } from './source.js'
import type { KeySource, RowChange, RowCounts, TableHead } from './types.js'

export interface TableRequest {
  before: TableFile
  after: TableFile
  /** Names of columns as they were typed; absent: dv looks for a key. */
  key?: { names: readonly string[]; source: KeySource }
  /** Only these are compared; they may be of one side. Absent: those of both. */
  columns?: readonly string[]
  signal?: AbortSignal
}

export interface TableComparison {
  head: TableHead
  /** In the order of rows: of the new table, a removed one where it was in the old. To be read once. */
  rows(): AsyncGenerator<RowChange[]>
  counts(): Promise<RowCounts>
}

/** What a way of comparing needs. */
export interface Plan {
  pair: TablePair
  key: PairColumn[]
  compared: PairColumn[]
}

/** Both files are read through before this returns: what is wrong with a row is known then. Throws DV_BAD_TABLE,
 * DV_BAD_ENCODING, DV_BAD_KEY, DV_UNKNOWN_COLUMN. */
export async function compareTables(db: Sql, request: TableRequest): Promise<TableComparison> {
  try {
    return await prepare(db, request)
  } catch (error) {
    throw await explain(error, [request.before, request.after])
  }
}

async function prepare(db: Sql, request: TableRequest): Promise<TableComparison> {
  const pair = await openPair(db, request)
  const rows = { before: await countRows(db, 'before'), after: await countRows(db, 'after') }
  const key = request.key ? await namedKey(db, pair, request.key.names) : await findKey(db, pair)
  const keySource = key ? (request.key?.source ?? 'automatic') : 'none'
  const compared = comparedColumns(pair, { typed: request.columns, key: key ?? [] })
  const head: TableHead = {
    key: (key ?? []).map(({ name }) => name),
    keySource,
    rows,
    columns: pair.columns.map(({ name, before, after }) => ({
      name,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    })),
    compared: compared.map(({ name }) => name),
  }
  const plan = { pair, key: key ?? [], compared, rows }
  const { signal } = request
  return { head, ...(key ? byKey(db, plan, signal) : asMultiset(db, plan, signal)) }
}

async function countRows(db: Sql, view: string): Promise<number> {
  return Number((await db.run(`SELECT count(*) FROM (SELECT * FROM ${view})`))[0]![0])
}

function comparedColumns(
  pair: TablePair,
  { typed, key }: { typed: readonly string[] | undefined; key: readonly PairColumn[] },
): PairColumn[] {
  const all = pair.columns
  if (typed === undefined) return commonColumns(pair).filter((column) => !key.includes(column))
  const names = namedColumns(typed, { known: all.map(({ name }) => name), path: pair.after.path })
  return all.filter((column) => names.includes(column.name) && !key.includes(column))
}
