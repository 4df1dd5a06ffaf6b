// Cells of a column in SQL, and which type each is of: what rules ask and what profiles say are the same types. What CSV holds is
// text; it has the type that it is written as. Rules: spec/29-profile.md, "Columns"
import { quoteText } from '../sql/index.js'
import type { TableFormat } from './format.js'

export type ValueType = 'integer' | 'number' | 'boolean' | 'date' | 'timestamp' | 'string'
export type CellType = ValueType | 'nested'

/** In SQL, over the rows of the table. */
export interface TypedCell {
  /** Its text; NULL where there is no value. */
  text: string
  /** As DOUBLE and TIMESTAMP; NULL where it is none. */
  number: string
  time: string
  /** The time in seconds since 1970, as DOUBLE. */
  seconds: string
  /** Whether a value that is there is of a type; an answer for all where there is one. */
  is(type: CellType): string | boolean
}

/** `value`: how the column is called; `stored`: the type it is stored with. */
export function typedCell(
  format: TableFormat,
  { value, stored }: { value: string; stored: string },
): TypedCell {
  switch (format) {
    case 'csv':
    case 'tsv': {
      const text = `nullif(${value}, '')`
      return { ...ofText(text), is: (type) => isWrittenAs(type, text) }
    }
    case 'json':
    case 'jsonl':
      return { ...ofText(`(${value} ->> '$')`), is: (type) => isJson(type, value) }
    default:
      return { ...ofStored(value, stored), is: (type) => STORED_AS[type].test(stored) }
  }
}

const cast = (text: string, type: string) => `try_cast(${text} AS ${type})`

function ofText(text: string): Omit<TypedCell, 'is'> {
  const time = cast(text, 'TIMESTAMP')
  return { text, number: cast(text, 'DOUBLE'), time, seconds: `epoch(${time})` }
}

function ofStored(value: string, stored: string): Omit<TypedCell, 'is'> {
  return {
    ...ofText(`${value}::VARCHAR`),
    ...(STORED_AS.number.test(stored) && { number: `${value}::DOUBLE` }),
    ...(STORED_AS.timestamp.test(stored) && { seconds: `epoch(${value})` }),
  }
}

function isWrittenAs(type: CellType, text: string): string | boolean {
  const isTime = `coalesce(isfinite(${cast(text, 'TIMESTAMP')}), false)`
  switch (type) {
    case 'integer':
      return `regexp_full_match(${text}, '[+-]?[0-9]+')`
    case 'number':
      return `${cast(text, 'DOUBLE')} IS NOT NULL`
    case 'boolean':
      return `lower(${text}) IN ('true', 'false')`
    case 'date':
      return `(regexp_full_match(${text}, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND ${isTime})`
    case 'timestamp':
      return isTime
    case 'string':
      return true
    case 'nested':
      return false
  }
}

const INTEGERS = ['BIGINT', 'UBIGINT', 'HUGEINT']
const JSON_TYPES: Record<CellType, readonly string[]> = {
  integer: INTEGERS,
  number: [...INTEGERS, 'DOUBLE'],
  boolean: ['BOOLEAN'],
  date: ['VARCHAR'],
  timestamp: ['VARCHAR'],
  string: ['VARCHAR'],
  nested: ['ARRAY', 'OBJECT'],
}

function isJson(type: CellType, value: string): string {
  const is = `json_type(${value}) IN (${JSON_TYPES[type].map(quoteText).join(', ')})`
  if (type !== 'date' && type !== 'timestamp') return is
  return `(${is} AND ${isWrittenAs(type, `(${value} ->> '$')`)})`
}

const STORED_AS: Record<CellType, RegExp> = {
  integer: /^U?(TINY|SMALL|BIG|HUGE)?INT$|^U?INTEGER$/,
  number: /^U?(TINY|SMALL|BIG|HUGE)?INT$|^U?INTEGER$|^(FLOAT|DOUBLE|DECIMAL\(.*)$/,
  boolean: /^BOOLEAN$/,
  date: /^DATE$/,
  timestamp: /^TIMESTAMP|^DATE$/,
  string: /^(VARCHAR|ENUM\(.*)$/,
  nested: /\[\d*\]$|^(STRUCT|MAP|UNION)\(/,
}
