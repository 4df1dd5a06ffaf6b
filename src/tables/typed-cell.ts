// Cells of a column in SQL, and which type each is of: what rules ask and what profiles say are the same types. What CSV holds is
// text; it has the type that it is written as. Rules: spec/29-profile.md, "Columns"
import { quoteText } from '../sql/index.js'
import type { TableFormat } from './format.js'

export type ValueType = 'integer' | 'number' | 'boolean' | 'date' | 'timestamp' | 'string'
export type CellType = ValueType | 'nested'

/** In SQL, over the rows of a view of cells. */
export interface TypedCell {
  /** Its text; NULL where there is no value. */
  text: string
  /** As DOUBLE and TIMESTAMP; NULL where it is none. */
  number: string
  time: string
  /** The time in seconds since 1970, as DOUBLE. */
  seconds: string
  /** Whether a value that is there is of a type, NULL or false where none is; an answer for all where there is one. */
  is(type: CellType): string | boolean
}

export interface MadeCell {
  cell: TypedCell
  /** The columns of the view: the text, made of the value; then all else, made of both. */
  made: [string, string]
}

/** The cell of the value `v…`. `stored`: the type of that. */
export function typedCell(format: TableFormat, { at, stored }: { at: number; stored: string }): MadeCell {
  const [value, text, number, time] = [`v${at}`, `t${at}`, `n${at}`, `w${at}`]
  const cell = { text, number, time, seconds: `epoch(${time})` }
  const asNumber = `try_cast(${text} AS DOUBLE)`
  const asTime = `try_cast(${text} AS TIMESTAMP)`
  const made = (written: string, double = asNumber): MadeCell['made'] => [
    `${written} AS ${text}`,
    `${double} AS ${number}, ${asTime} AS ${time}`,
  ]
  switch (format) {
    case 'csv':
    case 'tsv':
      return { cell: { ...cell, is: (type) => isWrittenAs(type, cell) }, made: made(`nullif(${value}, '')`) }
    case 'json':
    case 'jsonl':
      return { cell: { ...cell, is: (type) => isJson(type, value, cell) }, made: made(`${value} ->> '$'`) }
    default: {
      const seconds = STORED_AS.timestamp.test(stored) ? `epoch(${value})` : cell.seconds
      const double = STORED_AS.number.test(stored) ? `${value}::DOUBLE` : asNumber
      const is = (type: CellType) => STORED_AS[type].test(stored)
      return { cell: { ...cell, seconds, is }, made: made(`${value}::VARCHAR`, double) }
    }
  }
}

type Written = Pick<TypedCell, 'text' | 'number' | 'time'>

/** Infinity is no time. */
function isWrittenAs(type: CellType, { text, number, time }: Written): string | boolean {
  switch (type) {
    case 'integer':
      // Where there is a point the slower test need not be made.
      return `(NOT contains(${text}, '.') AND regexp_full_match(${text}, '[+-]?[0-9]+'))`
    case 'number':
      return `${number} IS NOT NULL`
    case 'boolean':
      return `lower(${text}) IN ('true', 'false')`
    case 'date':
      return `(isfinite(${time}) AND regexp_full_match(${text}, '[0-9]{4}-[0-9]{2}-[0-9]{2}'))`
    case 'timestamp':
      return `isfinite(${time})`
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

function isJson(type: CellType, value: string, cell: Written): string {
  const is = `json_type(${value}) IN (${JSON_TYPES[type].map(quoteText).join(', ')})`
  return type === 'date' || type === 'timestamp' ? `(${is} AND ${isWrittenAs(type, cell)})` : is
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
