// Without a key a row is what its cells say: equal rows are counted, and what one side has more of was added or removed.
import type { Sql, SqlRow } from '../sql/index.js'
import { cellValue } from './cell.js'
import type { Plan, TableComparison } from './compare.js'
import { comparable, type PairColumn } from './pair.js'
import type { RowChange } from './types.js'

type Ways = Pick<TableComparison, 'rows' | 'counts'>

export function asMultiset(
  db: Sql,
  { pair, compared, rows }: Plan & { rows: { before: number; after: number } },
  signal?: AbortSignal,
): Ways {
  const columns = compared.length > 0 ? compared : pair.columns
  const cells = columns.map((_, i) => `v${i}`).join(', ')
  const side = (view: 'before' | 'after', sign: number) => {
    const list = columns.map(
      (column, i) => `${column[view] === undefined ? 'NULL' : comparable(column, pair)} AS v${i}`,
    )
    return `SELECT ${list.join(', ')}, ${sign} AS s, r FROM ${view}`
  }
  const surplus = `SELECT ${cells}, sum(s) AS n, min(r) FILTER (WHERE s < 0) AS b, min(r) FILTER (WHERE s > 0) AS a
    FROM (${side('before', -1)} UNION ALL ${side('after', 1)}) GROUP BY ${cells} HAVING sum(s) <> 0`
  return {
    async *rows() {
      const sql = `SELECT n::BIGINT, b, a, ${cells} FROM (${surplus}) ORDER BY coalesce(a, b), n`
      const { batches } = await db.query(sql, signal ? { signal } : {})
      for await (const batch of batches) yield batch.map((row) => toChange(row, columns, pair))
    },
    async counts() {
      const [found] = await db.run(
        `SELECT coalesce(sum(n) FILTER (WHERE n > 0), 0)::BIGINT, coalesce(-sum(n) FILTER (WHERE n < 0), 0)::BIGINT
          FROM (${surplus})`,
      )
      const [added, removed] = found!.map(Number) as [number, number]
      return { added, removed, changed: 0, unchanged: rows.after - added, cells: {} }
    },
  }
}

/** `row`: how many more the new side has, the first such row on either side, the cells. */
function toChange(row: SqlRow, columns: readonly PairColumn[], pair: Plan['pair']): RowChange {
  const [surplus, before, after, ...cells] = row
  const values = Object.fromEntries(columns.map(({ name }, i) => [name, cellValue(cells[i], pair)]))
  const count = Math.abs(Number(surplus))
  return Number(surplus) > 0
    ? { change: 'added', after: Number(after), count, values }
    : { change: 'removed', before: Number(before), count, values }
}
