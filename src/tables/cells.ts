// A table file as cells: what a rule or a profile asks of a value, whatever the format. They are columns of a view, so that a
// text is looked at once, however many ask for its number. Rules: spec/29-profile.md, "Columns"
import type { Sql } from '../sql/index.js'
import { explain } from './explain.js'
import { openTable, type TableFile } from './source.js'
import { typedCell, type TypedCell } from './typed-cell.js'

export interface Cell extends TypedCell {
  name: string
  /** The type that the column was stored with. */
  stored: string
}

/** A table whose columns have names that no other name can meet. */
export interface CellTable {
  path: string
  /** What it was made of. */
  file: TableFile
  cells: Cell[]
  /** What stands behind FROM. */
  from: string
  /** The same with the number of each row as `r`, from 1. */
  numbered: string
}

let views = 0

/** Makes views of it in the database. Throws what is wrong with the head of the file, by its name in the tree. */
export async function openCells(db: Sql, file: TableFile): Promise<CellTable> {
  try {
    const { columns, format, reference, relation } = await openTable(db, file)
    const typed = columns.map(({ type }, i) => typedCell(format, { at: i, stored: type }))
    const values = columns.map((_, i) => `${reference(i)} AS v${i}`)
    const [texts, others] = [typed.map(({ made }) => made[0]), typed.map(({ made }) => made[1])]
    const rows = (more: readonly string[]) =>
      `SELECT *, ${others.join(', ')} FROM (SELECT *, ${texts.join(', ')} FROM (
        SELECT ${[...more, ...values].join(', ')} FROM ${relation}))`
    const [from, numbered] = [`cells_${++views}`, `cells_${views}_rows`]
    await db.run(`CREATE TEMP VIEW ${from} AS ${rows([])}`)
    await db.run(`CREATE TEMP VIEW ${numbered} AS ${rows(['row_number() OVER () AS r'])}`)
    const cells = columns.map(({ name, type: stored }, i) => ({ name, stored, ...typed[i]!.cell }))
    return { path: file.path, file, cells, from, numbered }
  } catch (error) {
    throw await explain(error, [file])
  }
}
