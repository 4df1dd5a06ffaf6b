// Columns of a table with the types that all of their values have: found in one pass over all rows.
import { type LongRun, quoteText, type Sql } from '../sql/index.js'
import { explain, openTable, type TableFile, type TableSource } from '../tables/index.js'

export type ColumnType =
  'integer' | 'number' | 'boolean' | 'date' | 'timestamp' | 'string' | 'nested' | 'other' | 'empty'

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
  const { name, type } = source.columns[index]!
  const column = source.reference(index)
  switch (source.format) {
    case 'csv':
    case 'tsv': {
      const text = `nullif(${column}, '')`
      return { name, text, candidates: [...writtenAs(type, text), { type: 'string' }] }
    }
    case 'json':
    case 'jsonl':
      return { name, ...jsonPlan(column) }
    default:
      return { name, ...storedPlan(column, type) }
  }
}

const cast = (text: string, type: string) => `try_cast(${text} AS ${type})`

/** What texts that DuckDB guessed to be of a type can be. 'inf' and 'nan' in the first rows are no numbers to its guess, but times. */
function writtenAs(guess: string, text: string): Candidate[] {
  if (guess === 'BOOLEAN') return [{ type: 'boolean', test: `lower(${text}) IN ('true', 'false')` }]
  return [...(/^(DATE|TIMESTAMP)/.test(guess) ? timesIn(text) : []), ...numbersIn(text)]
}

function numbersIn(text: string): Candidate[] {
  const number = cast(text, 'DOUBLE')
  return [
    { type: 'integer', test: `regexp_full_match(${text}, '[+-]?[0-9]+')`, number },
    { type: 'number', test: `${number} IS NOT NULL`, number },
  ]
}

function timesIn(text: string): Candidate[] {
  const time = cast(text, 'TIMESTAMP')
  const [test, number] = [`isfinite(${time})`, `epoch(${time})`]
  return [
    { type: 'date', test: `regexp_full_match(${text}, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND ${test}`, number },
    { type: 'timestamp', test, number },
  ]
}

function jsonPlan(column: string): Omit<Plan, 'name'> {
  const text = `(${column} ->> '$')`
  const isOf = (...types: string[]) => `json_type(${column}) IN (${types.map(quoteText).join(', ')})`
  const isString = isOf('VARCHAR')
  const number = cast(text, 'DOUBLE')
  const integers = ['BIGINT', 'UBIGINT', 'HUGEINT']
  return {
    text,
    candidates: [
      { type: 'integer', test: isOf(...integers), number },
      { type: 'number', test: isOf(...integers, 'DOUBLE'), number },
      { type: 'boolean', test: isOf('BOOLEAN') },
      ...timesIn(text).map((one) => ({ ...one, test: `${isString} AND ${one.test}` })),
      { type: 'string', test: isString },
      { type: 'nested', test: isOf('ARRAY', 'OBJECT') },
      { type: 'other' },
    ],
  }
}

const STORED: [RegExp, ColumnType, ((column: string) => string)?][] = [
  [/^U?(TINY|SMALL|BIG|HUGE)?INT$|^U?INTEGER$/, 'integer', (column) => `${column}::DOUBLE`],
  [/^(FLOAT|DOUBLE|DECIMAL\(.*)$/, 'number', (column) => `${column}::DOUBLE`],
  [/^BOOLEAN$/, 'boolean'],
  [/^DATE$/, 'date', (column) => `epoch(${column})`],
  [/^TIMESTAMP/, 'timestamp', (column) => `epoch(${column})`],
  [/\[\d*\]$|^(STRUCT|MAP|UNION)\(/, 'nested'],
  [/^(VARCHAR|ENUM\(.*)$/, 'string'],
]

function storedPlan(column: string, stored: string): Omit<Plan, 'name'> {
  const [, type = 'other' as const, number] = STORED.find(([pattern]) => pattern.test(stored)) ?? []
  const candidate = { type, ...(number && { number: number(column) }) }
  return { text: `${column}::VARCHAR`, candidates: [candidate] }
}
