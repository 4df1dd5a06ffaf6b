// Options of verbs that set metadata: K=V and K=TYPE.
import type { MetaType } from './api-types.js'
import { usageError } from './arguments.js'

type Usage = Parameters<typeof usageError>[0]

const TYPES: readonly MetaType[] = ['string', 'int64', 'float64', 'boolean', 'date', 'list']

/** Names and values of 'K=V', each name once. */
export function readPairs(items: readonly string[], usage: Usage): Record<string, string> {
  const pairs = new Map<string, string>()
  for (const item of items) {
    const at = item.indexOf('=')
    if (at <= 0) throw usageError(usage, `'${item}' is no metadata: it takes NAME=VALUE`)
    const name = item.slice(0, at)
    if (pairs.has(name)) throw usageError(usage, `'${name}' is set twice`)
    pairs.set(name, item.slice(at + 1))
  }
  return Object.fromEntries(pairs)
}

export function readTypes(items: readonly string[], usage: Usage): Record<string, MetaType> {
  const types = readPairs(items, usage)
  for (const type of Object.values(types))
    if (!TYPES.includes(type as MetaType))
      throw usageError(usage, `'${type}' is no type: there are ${TYPES.join(', ')}`)
  return types as Record<string, MetaType>
}
