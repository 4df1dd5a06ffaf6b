import type { PendingMetadata, TypedValue } from '../api-types.js'
import { safe } from './escape.js'

/** A value as it could be typed: text that would pass for a number, a date or the like stands in quotes. */
export function metaText(value: TypedValue): string {
  if (Array.isArray(value)) return `[${value.map(metaText).join(', ')}]`
  if (typeof value === 'string') return isTextOnly(value) ? safe(value) : `"${safe(value)}"`
  if (typeof value !== 'object') return String(value)
  if ('date' in value) return safe(value.date.replace(/T00:00:00\.000Z$/, ''))
  return safe('int64' in value ? value.int64 : floatText(value.float64))
}

function isTextOnly(text: string): boolean {
  return text !== '' && !/^([-\d["]|(true|false)$)/i.test(text)
}

/** 1.0 is told from 1. */
function floatText(value: number | string): string {
  return typeof value === 'number' && Number.isInteger(value) ? `${value}.0` : String(value)
}

/** 'plate = 7, line = AICS-23, without note'. */
export function editText({ set, unset }: Pick<PendingMetadata, 'set' | 'unset'>): string {
  const names = Object.entries(set).map(([name, value]) => `${safe(name)} = ${metaText(value)}`)
  return [...names, ...unset.map((name) => `without ${safe(name)}`)].join(', ')
}
