// Rows that have the same key on both sides are the same row.
import type { Sql, SqlRow } from '../sql/index.js'
import type { Plan, TableComparison } from './compare.js'
import { cellValue } from './cell.js'
import { comparable, type PairColumn } from './pair.js'
import type { RowChange } from './types.js'

type Ways = Pick<TableComparison, 'rows' | 'counts'>

export function byKey(
  db: Sql,
  plan: Plan & { rows: { before: number; after: number } },
  signal?: AbortSignal,
): Ways {
  const { key, compared, pair, rows } = plan
  const differs = compared.map((column) => differsIn(column, plan))
  const any = differs.length === 0 ? 'false' : differs.join(' OR ')
  const joined = `before a FULL JOIN after b ON ${key.map((column) => meets(column, plan)).join(' AND ')}`
  return {
    async *rows() {
      const cells = pair.columns.flatMap((column) => [of('a', column), of('b', column)])
      const sql = `SELECT ${['a.r', 'b.r', ...cells, ...differs].join(', ')} FROM ${joined} WHERE a.r IS NULL OR b.r IS NULL OR ${any}
        ORDER BY coalesce(b.r, a.r), b.r IS NULL`
      const { batches } = await db.query(sql, signal ? { signal } : {})
      for await (const batch of batches) yield batch.map((row) => toChange(row, plan))
    },
    async counts() {
      const both = 'a.r IS NOT NULL AND b.r IS NOT NULL'
      const one = (condition: string) => `count(*) FILTER (WHERE ${condition})`
      const sums = [
        'a.r IS NULL',
        'b.r IS NULL',
        `${both} AND (${any})`,
        ...differs.map((by) => `${both} AND (${by})`),
      ]
      const [found] = await db.run(`SELECT ${sums.map(one).join(', ')} FROM ${joined}`)
      const [added, removed, changed, ...cells] = found!.map(Number) as [number, number, number, ...number[]]
      const byColumn = compared.flatMap(({ name }, i) => (cells[i]! > 0 ? [[name, cells[i]!] as const] : []))
      return {
        ...{ added, removed, changed, unchanged: rows.after - added - changed },
        cells: Object.fromEntries(byColumn),
      }
    },
  }
}

function meets(column: PairColumn, { pair }: Plan): string {
  const name = comparable(column, pair)
  return `a.${name} = b.${name}`
}

function differsIn(column: PairColumn, { pair }: Plan): string {
  if (column.before === undefined || column.after === undefined)
    return `${of(column.after === undefined ? 'a' : 'b', column)} IS NOT NULL`
  const name = comparable(column, pair)
  return `a.${name} IS DISTINCT FROM b.${name}`
}

export function of(side: 'a' | 'b', { index, before, after }: PairColumn): string {
  return (side === 'a' ? before : after) === undefined ? 'NULL' : `${side}.c${index}`
}

/** `row`: both numbers, for each column the old and the new value, for each compared one whether they differ. */
function toChange(row: SqlRow, { pair, key, compared }: Plan): RowChange {
  const [before, after] = [row[0], row[1]].map((r) => (r === undefined ? undefined : Number(r)))
  const cell = ({ index }: PairColumn, side: 0 | 1) => cellValue(row[2 + 2 * index + side], pair)
  const values = (columns: readonly PairColumn[], side: 0 | 1) =>
    Object.fromEntries(columns.map((column) => [column.name, cell(column, side)]))
  const has = (side: 'before' | 'after') => pair.columns.filter((column) => column[side] !== undefined)
  if (before === undefined)
    return { change: 'added', after: after!, count: 1, values: values(has('after'), 1) }
  if (after === undefined) return { change: 'removed', before, count: 1, values: values(has('before'), 0) }
  const cells = compared
    .filter((_, i) => row[2 + 2 * pair.columns.length + i] === true)
    .map((column) => ({ column: column.name, before: cell(column, 0), after: cell(column, 1) }))
  return { change: 'changed', before, after, key: values(key, 1), cells }
}
