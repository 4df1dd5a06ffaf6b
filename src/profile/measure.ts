// Many aggregates over one table, in as few passes as memory allows.
import type { LongRun, Sql, SqlValue } from '../sql/index.js'

/** Aggregates, and what their values say of a table with so many rows. */
export interface Measure<T> {
  sql: readonly string[]
  read(values: readonly SqlValue[], rows: number): T
}

/** How many rows there are. */
export const ROWS: Measure<number> = { sql: [], read: (_, rows) => rows }

export interface Measuring<T> {
  /** What stands behind FROM. */
  from: string
  measures: readonly Measure<T>[]
  /** So many in one pass: what each holds must fit into memory together. Default: as many as there are. */
  atOnce?: number
}

/** What each measure says, in their order. */
export async function measureAll<T>(
  db: Sql,
  { from, measures, atOnce = Math.max(1, measures.length) }: Measuring<T>,
  { signal, onShare }: LongRun = {},
): Promise<T[]> {
  const all: T[] = []
  for (let at = 0; at < measures.length; at += atOnce) {
    const some = measures.slice(at, at + atOnce)
    const share = onShare && ((part: number) => onShare((at + part * some.length) / measures.length))
    const list = ['count(*)', ...some.flatMap(({ sql }) => sql)].join(', ')
    const [row] = await db.run(`SELECT ${list} FROM ${from}`, [], { signal, onShare: share })
    const rows = Number(row![0])
    let next = 1
    for (const { sql, read } of some) all.push(read(row!.slice(next, (next += sql.length)), rows))
  }
  return all
}
