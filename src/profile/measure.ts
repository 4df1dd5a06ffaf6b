// Many aggregates over one table, in as few passes as memory allows.
import type { LongRun, Sql, SqlValue } from '../sql/index.js'

/** Aggregates of one column, and what their values say. */
export interface Measure<T> {
  sql: readonly string[]
  read(values: readonly SqlValue[]): T
}

/** Columns that are looked at in one pass: a profile of thousands would hold too much at once. */
const AT_ONCE = 64

/** What each measure says, in their order. `from`: what stands behind FROM. */
export async function measureAll<T>(
  db: Sql,
  { from, measures }: { from: string; measures: readonly Measure<T>[] },
  { signal, onShare }: LongRun,
): Promise<T[]> {
  const all: T[] = []
  for (let at = 0; at < measures.length; at += AT_ONCE) {
    const some = measures.slice(at, at + AT_ONCE)
    const share = (part: number) => onShare?.((at + part * some.length) / measures.length)
    const list = ['count(*)', ...some.flatMap(({ sql }) => sql)].join(', ')
    const [row] = await db.run(`SELECT ${list} FROM ${from}`, [], { signal, onShare: share })
    let next = 1
    for (const { sql, read } of some) all.push(read(row!.slice(next, (next += sql.length))))
  }
  return all
}
