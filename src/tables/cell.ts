import type { SqlValue } from '../sql/index.js'
import type { TablePair } from './pair.js'

/** More digits than a number of JavaScript holds. */
const LONG_NUMBER = /^-?\d[\d.]{15,}/

/** A cell as plain data: of JSON the value that its text says, unless a number would lose digits. */
export function cellValue(value: SqlValue, { isJson }: Pick<TablePair, 'isJson'>): SqlValue {
  if (!isJson || typeof value !== 'string' || LONG_NUMBER.test(value)) return value
  return (JSON.parse(value) as SqlValue | null) ?? undefined
}
