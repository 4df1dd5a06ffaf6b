// Columns of a table with the types that all of their values have: found in one pass over all rows.
import type { LongRun, Sql } from '../sql/index.js'
import {
  type CellType,
  explain,
  openTable,
  type TableFile,
  type TableSource,
  typedCell,
} from '../tables/index.js'

export type ColumnType = CellType | 'other' | 'empty'

export interface TypedColumn {
  name: string
  type: ColumnType
  /** Rows without a value. */
  missing: number
  /** Those of them that are NaN, where there are any. */
  nan?: number
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

/** What a column could be. */
interface Candidate {
  type: ColumnType
  /** In SQL: whether a value is such; absent: every value is. */
  test?: string
  number?: string
}

interface Plan {
  name: string
  /** In SQL, NULL where nothing is. */
  text: string
  /** The first whose test all values pass is the type. */
  candidates: Candidate[]
}

/** Reads the file through. Throws DV_BAD_TABLE and DV_BAD_ENCODING. */
export async function typeColumns(db: Sql, file: TableFile, work: LongRun = {}): Promise<TypedTable> {
  try {
    const source = await openTable(db, file)
    const plans = source.columns.map((_, i) => planOf(source, i))
    const counts = plans.flatMap(({ text, candidates }) => [
      `count(${text})`,
      ...candidates.flatMap(({ test = 'true', number }) => [
        `count(*) FILTER (${text} IS NOT NULL AND ${test})`,
        number === undefined
          ? '0'
          : `count(*) FILTER (${text} IS NOT NULL AND coalesce(isnan(${number}), true))`,
      ]),
    ])
    const sql = `SELECT ${['count(*)', ...counts].join(', ')} FROM ${source.relation}`
    const [found] = await db.run(sql, [], work)
    const [rows, ...numbers] = found!.map(Number) as [number, ...number[]]
    const columns = plans.map((plan) => typed(plan, { rows, counts: numbers.splice(0, countsOf(plan)) }))
    return { path: file.path, from: source.relation, rows, columns }
  } catch (error) {
    throw await explain(error, [file])
  }
}

function countsOf({ candidates }: Plan): number {
  return 1 + 2 * candidates.length
}

function typed(
  { name, text, candidates }: Plan,
  { rows, counts }: { rows: number; counts: readonly number[] },
): TypedColumn {
  const [values, ...passed] = counts as [number, ...number[]]
  const at = candidates.findIndex((_, i) => passed[2 * i] === values)
  const { type, number } = candidates[at]!
  const nan = passed[2 * at + 1]!
  const head = { name, missing: rows - values + nan, ...(nan > 0 && { nan }) }
  if (head.missing === rows) return { ...head, type: 'empty', text: 'NULL', number: 'NULL' }
  if (number === undefined) return { ...head, type, text }
  const some = `nullif(${number}, 'nan'::DOUBLE)`
  return { ...head, type, text: `CASE WHEN ${some} IS NOT NULL THEN ${text} END`, number: some }
}

function planOf(source: TableSource, index: number): Plan {
  const { name, type: stored } = source.columns[index]!
  const cell = typedCell(source.format, { value: source.reference(index), stored })
  const isText = source.format === 'csv' || source.format === 'tsv'
  const candidates: Candidate[] = []
  for (const type of isText ? likely(stored) : TYPES) {
    const is = cell.is(type)
    const number = NUMBERS[type]
    if (is === false) continue
    candidates.push({ type, ...(is !== true && { test: is }), ...(number && { number: cell[number] }) })
    // All values are of it: nothing else is looked for.
    if (is === true) return { name, text: cell.text, candidates }
  }
  return { name, text: cell.text, candidates: [...candidates, { type: 'other' }] }
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

/** What texts that DuckDB guessed to be of a type can be. 'inf' and 'nan' in the first rows are no numbers to its guess, but times. */
function likely(guess: string): readonly CellType[] {
  if (guess === 'BOOLEAN') return ['boolean', 'string']
  return [...(/^(DATE|TIMESTAMP)/.test(guess) ? TIMES : []), 'integer', 'number', 'string']
}

const TIMES = ['date', 'timestamp'] as const
