// Columns of a table with the types that all of their values have: found in one pass over all rows.
import type { LongRun, Sql } from '../sql/index.js'
import {
  type Cell,
  type CellTable,
  type CellType,
  explain,
  openCells,
  type TableFile,
} from '../tables/index.js'
import { type Measure, measureAll, ROWS } from './measure.js'

export type ColumnType = CellType | 'other' | 'empty'

export interface TypedColumn {
  name: string
  type: ColumnType
  /** Rows without a value. */
  missing: number
  /** Those of them that are NaN, where there are any. */
  nan?: number
  /** About how many different numbers there are, of types that are numbers. */
  distinct?: number
  /** In SQL: the value as text, NULL where it is missing. */
  text: string
  /** In SQL: the value as a number, of types that are numbers. Dates and times are seconds since 1970. */
  number?: string
}

export interface TypedTable {
  path: string
  /** What stands behind FROM; columns are expressions over its rows. */
  from: string
  rows: number
  columns: TypedColumn[]
}

/** Reads the file through. Throws DV_BAD_TABLE and DV_BAD_ENCODING. */
export async function typeColumns(db: Sql, file: TableFile, work: LongRun = {}): Promise<TypedTable> {
  const table = await openCells(db, file)
  try {
    const { from } = table
    const measures = [ROWS, ...(await typeMeasures(db, table))]
    const [rows, ...columns] = await measureAll<number | TypedColumn>(db, { from, measures }, work)
    return { path: file.path, from, rows: rows as number, columns: columns as TypedColumn[] }
  } catch (error) {
    throw await explain(error, [file])
  }
}

/** What is to be counted for the type of each column. */
export async function typeMeasures(db: Sql, { cells, from }: CellTable): Promise<Measure<TypedColumn>[]> {
  const all = cells.map((cell) => ({ cell, candidates: candidatesOf(cell) }))
  const first = `(SELECT * FROM ${from} LIMIT ${FIRST_ROWS})`
  const measures = all.flatMap(({ cell, candidates }) => candidates.map((one) => couldBe(cell, one)))
  const possible = await measureAll(db, { from: first, measures })
  return all.map(({ cell, candidates }) =>
    typeMeasure(
      cell,
      candidates.filter(() => possible.shift()),
    ),
  )
}

/** A value that is there shows for these of which types not all are: they need not be looked for in a billion rows. */
const FIRST_ROWS = 10_000

/** What a column could be. */
interface Candidate {
  type: ColumnType
  /** In SQL: whether a value is such; absent: every value is. */
  test?: string
  number?: string
}

/** In the order in which they are told from one another. */
const TYPES: readonly CellType[] = ['integer', 'number', 'boolean', 'date', 'timestamp', 'string', 'nested']

/** What is a number, and as what it is one. */
const NUMBERS: Partial<Record<CellType, 'number' | 'seconds'>> = {
  integer: 'number',
  number: 'number',
  date: 'seconds',
  timestamp: 'seconds',
}

function candidatesOf(cell: Cell): Candidate[] {
  const candidates: Candidate[] = []
  for (const type of TYPES) {
    const is = cell.is(type)
    const number = NUMBERS[type]
    if (is === false) continue
    candidates.push({ type, ...(is !== true && { test: is }), ...(number && { number: cell[number] }) })
    // All values are of it: nothing else is looked for.
    if (is === true) return candidates
  }
  return [...candidates, { type: 'other' }]
}

function couldBe({ text }: Cell, { test }: Candidate): Measure<boolean> {
  if (test === undefined) return { sql: [], read: () => true }
  return {
    sql: [`count(*) FILTER (${text} IS NOT NULL AND (${test}) IS NOT true)`],
    read: ([others]) => Number(others) === 0,
  }
}

/** The type is the first that all values have. The last that is left is one of any value. */
function typeMeasure({ name, text }: Cell, candidates: readonly Candidate[]): Measure<TypedColumn> {
  return {
    sql: [`count(${text})`, ...candidates.flatMap((one) => countsOf(text, one))],
    read([count, ...counts], rows) {
      const values = Number(count)
      const each = candidates.map((one, i) => ({
        ...one,
        counts: counts.slice(4 * i, 4 * i + 4).map(Number),
      }))
      const { type, number, counts: found } = each.find(({ counts: [passed] }) => passed === values)!
      if (number === undefined) {
        const missing = rows - values
        return missing === rows ? { name, missing, ...EMPTY } : { name, type, missing, text }
      }
      const [, all, nans, distinct] = found as [number, number, number, number]
      const numbers = all - nans
      const nan = values - numbers
      const head = { name, missing: rows - numbers, ...(nan > 0 && { nan }) }
      if (numbers === 0) return { ...head, ...EMPTY }
      if (nan === 0) return { ...head, type, distinct, text, number }
      const some = `nullif(${number}, 'nan'::DOUBLE)`
      return { ...head, type, distinct, text: `CASE WHEN ${some} IS NOT NULL THEN ${text} END`, number: some }
    },
  }
}

const EMPTY = { type: 'empty', text: 'NULL', number: 'NULL' } as const

/** Values that pass, numbers, those of them that are NaN, and about how many different numbers there are. */
function countsOf(text: string, { test, number }: Candidate): string[] {
  const passed = test === undefined ? `count(${text})` : `count(*) FILTER (${test})`
  if (number === undefined) return [passed, '0', '0', '0']
  return [
    passed,
    `count(${number})`,
    `count(*) FILTER (isnan(${number}))`,
    `approx_count_distinct(${number})`,
  ]
}
