// Columns of a table in SQL: what a rule asks of a value, whatever the format. Rules: spec/25-checks.md, "tables"
import type { Sql } from '../sql/index.js'
import { type TableSource, typedCell, type TypedCell } from '../tables/index.js'

export interface Cell extends TypedCell {
  name: string
  /** The type that the column was stored with. */
  stored: string
}

/** A table whose columns have names that no other name can meet. */
export interface Table {
  path: string
  cells: Cell[]
  /** What stands behind FROM. */
  from: string
  /** The same with the number of each row as `r`, from 1. */
  numbered: string
}

let views = 0

/** Makes views of it in the database. */
export async function openCells(db: Sql, source: TableSource): Promise<Table> {
  const [from, numbered] = [`checked_${++views}`, `checked_${views}_rows`]
  const columns = source.columns.map((_, i) => `${source.reference(i)} AS c${i}`).join(', ')
  await db.run(`CREATE TEMP VIEW ${from} AS SELECT ${columns} FROM ${source.relation}`)
  await db.run(
    `CREATE TEMP VIEW ${numbered} AS SELECT row_number() OVER () AS r, ${columns} FROM ${source.relation}`,
  )
  const cells = source.columns.map(({ name, type: stored }, i) => ({
    ...{ name, stored },
    ...typedCell(source.format, { value: `c${i}`, stored }),
  }))
  return { path: source.path, from, numbered, cells }
}
