// What an expression says of paths, so that the rest of a tree need not be read.
import { comparePaths } from '../base/index.js'
import { likeParts, likePrefix } from './like.js'
import type { Expression, Value } from './syntax.js'

/** Paths that begin with a text; with `isWhole`, the one path that is the text. */
export interface PathBound {
  text: string
  isWhole: boolean
}

/** No entry outside all of these can be meant, in the order of paths, none within another; undefined: any may be. */
export function boundsOf(expression: Expression): readonly PathBound[] | undefined {
  const bounds = boundsIn(expression)
  return bounds && disjoint(bounds)
}

type Bounds = readonly PathBound[] | undefined

function boundsIn(expression: Expression): Bounds {
  switch (expression.type) {
    case 'and':
      return expression.of.map(boundsIn).reduce(both)
    case 'or':
      return eachOf(expression.of.map(boundsIn))
    case 'compare': {
      if (expression.operator !== '=') return undefined
      const { left, right } = expression
      return equals(left, right) ?? equals(right, left)
    }
    case 'among':
      return eachOf(expression.items.map((item) => equals(expression.value, item)))
    case 'like':
      return like(expression)
    default:
      return undefined
  }
}

function equals(column: Expression, value: Expression): Bounds {
  const text = textOf(value)
  if (column.type !== 'column' || text === undefined) return undefined
  if (column.name === 'path') return text === '' ? [] : [{ text, isWhole: true }]
  return column.name === 'directory' ? below(text) : undefined
}

function below(directory: string): Bounds {
  return directory === '' ? undefined : [{ text: `${directory}/`, isWhole: false }]
}

function like({ value, pattern, escape, anyCase }: Extract<Expression, { type: 'like' }>): Bounds {
  const form = textOf(pattern)
  if (value.type !== 'column' || form === undefined || anyCase) return undefined
  const parts = likeParts(form, escape && textOf(escape))
  if (!parts) return []
  const { prefix, isWhole } = likePrefix(parts)
  if (value.name === 'path') return equalsOrBegins(prefix, isWhole)
  if (value.name !== 'directory') return undefined
  return isWhole ? below(prefix) : equalsOrBegins(prefix, false)
}

function equalsOrBegins(text: string, isWhole: boolean): Bounds {
  return text === '' ? undefined : [{ text, isWhole }]
}

function textOf(expression: Expression): string | undefined {
  const value: Value = expression.type === 'literal' ? expression.value : undefined
  return value?.type === 'string' ? value.value : undefined
}

function eachOf(parts: readonly Bounds[]): Bounds {
  return parts.includes(undefined) ? undefined : parts.flatMap((part) => part!)
}

function both(a: Bounds, b: Bounds): Bounds {
  if (!a || !b) return a ?? b
  return [...a.filter((one) => isWithinAny(one, b)), ...b.filter((one) => isWithinAny(one, a))]
}

function isWithinAny(one: PathBound, others: readonly PathBound[]): boolean {
  return others.some((other) => isWithinBound(one, other))
}

function isWithinBound(one: PathBound, other: PathBound): boolean {
  return other.isWhole ? one.isWhole && one.text === other.text : one.text.startsWith(other.text)
}

/** What begins with a text stands together, behind the text itself. */
function disjoint(bounds: readonly PathBound[]): PathBound[] {
  const sorted = [...bounds].sort(
    (a, b) => comparePaths(a.text, b.text) || Number(a.isWhole) - Number(b.isWhole),
  )
  const kept: PathBound[] = []
  for (const bound of sorted) {
    const last = kept.at(-1)
    const isTold = last && (last.isWhole ? last.text === bound.text : bound.text.startsWith(last.text))
    if (!isTold) kept.push(bound)
  }
  return kept
}
