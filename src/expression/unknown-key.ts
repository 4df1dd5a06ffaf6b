// A key of metadata that nothing has, as whoever asked for it is told: by an expression or by a search.
import { DvError, nearest } from '../base/index.js'
import { COLUMNS } from './columns.js'

export interface KeysKnown {
  known: Iterable<string>
  /** Columns besides those of expressions. */
  columns?: readonly string[]
  /** The expression it stands in. */
  expression?: string
  /** How many entries were looked at. */
  entries?: number
  /** What to type when nothing is near. Absent: names of what there is. */
  otherwise?: string
}

const NAMED_MAX = 10

export function unknownKey(
  key: string,
  { known, columns = [], expression, entries, otherwise }: KeysKnown,
): DvError {
  const keys = [...known].sort()
  const near = nearest(key, [...COLUMNS, ...columns, ...keys])
  const looked =
    entries === undefined
      ? ''
      : ` (${entries.toLocaleString('en')} ${entries === 1 ? 'was' : 'were'} looked at)`
  return new DvError('DV_UNKNOWN_COLUMN', `No entry has the metadata '${key}'${looked}`, {
    data: {
      ...{ column: key, nearest: near },
      ...(expression !== undefined && { expression }),
      ...(entries !== undefined && { entries }),
    },
    hint:
      near.length > 0
        ? `did you mean ${near.map((name) => `'${name}'`).join(', ')}?`
        : (otherwise ?? whatThereIs(keys)),
  })
}

function whatThereIs(keys: readonly string[]): string {
  if (keys.length === 0) return `the tree has no metadata; columns are ${COLUMNS.join(', ')}`
  return `these there are: ${keys.slice(0, NAMED_MAX).join(', ')}${keys.length > NAMED_MAX ? ' …' : ''}`
}
