// Options of verbs that set metadata: K=V and K=TYPE.
import type { MetaTarget, MetaType } from './api-types.js'
import { usageError } from './arguments.js'
import { given } from './command.js'
import { messageOption } from './message-option.js'

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

/** Of verbs that can commit what they set at once. */
export const toOptions = {
  to: {
    type: 'string',
    value: '[REMOTE@]BRANCH',
    describe: 'commit it there at once; REMOTE is a name, a folder or a URL',
    complete: 'remote',
  },
  message: messageOption,
  author: { type: 'string', value: "'NAME <EMAIL>'", describe: 'with --to: the author, when it is not you' },
} as const

interface ToTyped {
  to: string | undefined
  message: readonly string[]
  author: string | undefined
}

/** Undefined: what is set waits in the working directory. */
export function targetOf({ to, message, author }: ToTyped, usage: Usage): MetaTarget | undefined {
  if (to === undefined && (message.length > 0 || author !== undefined))
    throw usageError(usage, '-m and --author are of a commit: they stand with --to')
  if (to === undefined) return undefined
  if (message.length === 0) throw usageError(usage, "A commit needs a message: -m 'what changed'")
  return { target: to, message: message.join('\n\n'), ...given({ author }) }
}
