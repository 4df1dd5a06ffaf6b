// The order of values. What cannot be compared is unknown, never unequal.
import type { MetadataScalar } from '../objects/index.js'
import type { CompareOperator, Value } from './syntax.js'

/** Below 0, 0, or above 0; undefined: unknown. Numbers compare by value whatever their types; NaN equals itself and is
 * above all others, so that sorting by a column is an order. */
export function compareValues(a: Value, b: Value): number | undefined {
  if (a === undefined || b === undefined || a.type === 'list' || b.type === 'list') return undefined
  if (isNumber(a) && isNumber(b)) return compareNumbers(a.value, b.value)
  if (a.type === 'string' && b.type === 'string')
    return Buffer.compare(Buffer.from(a.value), Buffer.from(b.value))
  if (a.type === 'boolean' && b.type === 'boolean') return Number(a.value) - Number(b.value)
  if (a.type === 'date' && b.type === 'date') return a.value - b.value
  return undefined
}

type NumberValue = Extract<MetadataScalar, { type: 'int64' | 'float64' }>

function isNumber(value: MetadataScalar): value is NumberValue {
  return value.type === 'int64' || value.type === 'float64'
}

/** A bigint and a number compare exactly in the language itself. */
function compareNumbers(a: bigint | number, b: bigint | number): number {
  const [aIsNaN, bIsNaN] = [Number.isNaN(a), Number.isNaN(b)]
  if (aIsNaN || bIsNaN) return Number(aIsNaN) - Number(bIsNaN)
  return a < b ? -1 : a > b ? 1 : 0
}

/** What an operator makes of an order. */
export function holds(operator: CompareOperator, order: number | undefined): boolean | undefined {
  if (order === undefined) return undefined
  switch (operator) {
    case '=':
      return order === 0
    case '<>':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}
