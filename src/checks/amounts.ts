// Ranges and limits of rules: what is in them, and how they are said.
import { type Limit, type Range, shareOf } from './rules.js'

export function isIn(value: number, range: Range): boolean {
  const { min = 0, max = Infinity } = typeof range === 'number' ? { min: range, max: range } : range
  return value >= min && value <= max
}

/** '96', 'at least 1', 'at most 9', '1 to 9'. */
export function rangeText(range: Range): string {
  if (typeof range === 'number') return String(range)
  const { min, max } = range
  if (min === undefined) return `at most ${max}`
  return max === undefined ? `at least ${min}` : `${min} to ${max}`
}

/** How many a limit allows, of so many rows. */
export function allowed(limit: Limit, rows: number): number {
  return typeof limit === 'number' ? limit : Math.floor(shareOf(limit) * rows)
}

/** '1 value', '3 values'. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** A number as people read it: at most four digits behind what counts. */
export function rounded(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
}
