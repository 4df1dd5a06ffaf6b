// Columns of a table in SQL: what a rule asks of a value, whatever the format. What CSV holds is text; it has the type that it is
// written as. Rules: spec/25-checks.md, "tables"
import { quoteText, type Sql } from '../sql/index.js'
import type { TableSource } from '../tables/index.js'
import type { ValueType } from './rules.js'

export interface Cell {
  name: string
  /** Its text; NULL where there is no value. */
  text: string
  /** As DOUBLE and TIMESTAMP; NULL where it is none. */
  number: string
  time: string
  /** Whether a value that is there is of a type: in SQL, or one answer for all. */
  is(type: ValueType): string | boolean
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
  return { path: source.path, from, numbered, cells: source.columns.map((_, i) => cellOf(source, i)) }
}

function cellOf(source: TableSource, index: number): Cell {
  const { name, type: stored } = source.columns[index]!
  const value = `c${index}`
  switch (source.format) {
    case 'csv':
    case 'tsv': {
      const text = `nullif(${value}, '')`
      return { name, ...ofText(text), stored, is: (type) => WRITTEN_AS[type](text) }
    }
    case 'json':
    case 'jsonl':
      return { name, ...ofText(`(${value} ->> '$')`), stored, is: (type) => jsonIs(value, type) }
    default:
      return { name, ...ofStored(value, stored), stored, is: (type) => STORED_AS[type].test(stored) }
  }
}

function ofText(text: string): Pick<Cell, 'text' | 'number' | 'time'> {
  return { text, number: `try_cast(${text} AS DOUBLE)`, time: `try_cast(${text} AS TIMESTAMP)` }
}

function ofStored(value: string, stored: string): Pick<Cell, 'text' | 'number' | 'time'> {
  const written = ofText(`${value}::VARCHAR`)
  return STORED_AS.number.test(stored) ? { ...written, number: `${value}::DOUBLE` } : written
}

const WRITTEN_AS: Record<ValueType, (text: string) => string> = {
  integer: (text) => `regexp_full_match(${text}, '[+-]?[0-9]+')`,
  number: (text) => `try_cast(${text} AS DOUBLE) IS NOT NULL`,
  boolean: (text) => `lower(${text}) IN ('true', 'false')`,
  date: (text) =>
    `(regexp_full_match(${text}, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND try_cast(${text} AS DATE) IS NOT NULL)`,
  timestamp: (text) => `try_cast(${text} AS TIMESTAMP) IS NOT NULL`,
  string: () => 'true',
}

const JSON_TYPES: Record<ValueType, readonly string[]> = {
  integer: ['BIGINT', 'UBIGINT', 'HUGEINT'],
  number: ['BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE'],
  boolean: ['BOOLEAN'],
  date: ['VARCHAR'],
  timestamp: ['VARCHAR'],
  string: ['VARCHAR'],
}

function jsonIs(value: string, type: ValueType): string {
  const is = `json_type(${value}) IN (${JSON_TYPES[type].map(quoteText).join(', ')})`
  return type === 'date' || type === 'timestamp'
    ? `(${is} AND ${WRITTEN_AS[type](`(${value} ->> '$')`)})`
    : is
}

const STORED_AS: Record<ValueType, RegExp> = {
  integer: /^U?(TINY|SMALL|BIG|HUGE)?INT$|^U?INTEGER$/,
  number: /^U?(TINY|SMALL|BIG|HUGE)?INT$|^U?INTEGER$|^(FLOAT|DOUBLE|DECIMAL\(.*)$/,
  boolean: /^BOOLEAN$/,
  date: /^DATE$/,
  timestamp: /^TIMESTAMP|^DATE$/,
  string: /^(VARCHAR|ENUM\(.*)$/,
}
