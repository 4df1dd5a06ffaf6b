// What an expression means for one entry, in SQL's three-valued logic: true, false, or unknown.
import type { ColumnName, Row } from './columns.js'
import { compareValues, holds } from './compare.js'
import { likeParts, matchesLike } from './like.js'
import type { Expression, Value } from './syntax.js'

/** Only what is known to be true is meant. */
export function isTrue(expression: Expression, row: Row): boolean {
  return truth(expression, row) === true
}

/** The expression's value; undefined: unknown. */
export function valueOf(expression: Expression, row: Row): Value {
  switch (expression.type) {
    case 'literal':
      return expression.value
    case 'column':
      return row.column(expression.name as ColumnName)
    case 'metadata':
      return row.metadata.get(expression.key)
    default: {
      const value = truth(expression, row)
      return value === undefined ? undefined : { type: 'boolean', value }
    }
  }
}

function truth(expression: Expression, row: Row): boolean | undefined {
  switch (expression.type) {
    case 'literal':
    case 'column':
    case 'metadata': {
      const value = valueOf(expression, row)
      return value?.type === 'boolean' ? value.value : undefined
    }
    case 'not':
      return not(truth(expression.of, row))
    case 'and':
      return decide(expression.of, row, false)
    case 'or':
      return decide(expression.of, row, true)
    case 'compare':
      return holds(
        expression.operator,
        compareValues(valueOf(expression.left, row), valueOf(expression.right, row)),
      )
    case 'among':
      return isAmong(
        valueOf(expression.value, row),
        expression.items.map((item) => valueOf(item, row)),
      )
    case 'within': {
      const list = valueOf(expression.list, row)
      return list?.type === 'list' ? isAmong(valueOf(expression.value, row), list.value) : undefined
    }
    case 'like':
      return isLike(expression, row)
    case 'missing':
      return valueOf(expression.of, row) === undefined
  }
}

/** As if each were asked with `=`, joined by OR. */
function isAmong(value: Value, items: readonly Value[]): boolean | undefined {
  const answers = items.map((item) => holds('=', compareValues(value, item)))
  return answers.includes(true) ? true : answers.includes(undefined) ? undefined : false
}

function isLike(
  { value, pattern, escape, anyCase }: Extract<Expression, { type: 'like' }>,
  row: Row,
): boolean | undefined {
  const [text, form, sign] = [value, pattern, escape].map((part) => part && valueOf(part, row))
  if (text?.type !== 'string' || form?.type !== 'string') return undefined
  const fold = (folded: string) => (anyCase ? folded.toLowerCase() : folded)
  const parts = likeParts(fold(form.value), sign?.type === 'string' ? fold(sign.value) : undefined)
  return parts && matchesLike(fold(text.value), parts)
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value
}

/** `deciding`: the answer that settles it alone: false for AND, true for OR. Else one unknown makes it unknown. */
function decide(parts: readonly Expression[], row: Row, deciding: boolean): boolean | undefined {
  let isUnknown = false
  for (const part of parts) {
    const answer = truth(part, row)
    if (answer === deciding) return deciding
    isUnknown ||= answer === undefined
  }
  return isUnknown ? undefined : !deciding
}
