// What a ref holds. Format: spec/08-refs.md, "Values"
import { corrupt, isDvError } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import { type CommitId, parseId, type TagId, toHex } from '../hash/index.js'

export interface RefValue {
  target: CommitId
  /** The annotated tag that names the commit, if the ref is such a tag. */
  tag?: TagId
  /** The commit it was at before; absent when the ref was made by this change. */
  previous?: CommitId
  /** The operation that set it: how a writer knows its own work again. */
  operation: string
  /** Milliseconds since 1970 UTC. */
  updated: number
}

export const OPERATION_CHARS_MAX = 128

export function encodeRefValue(value: RefValue): Buffer {
  const { target, tag, previous, operation, updated } = value
  return seal({
    version: 1,
    target: toHex(target),
    ...(tag && { tag: toHex(tag) }),
    ...(previous && { previous: toHex(previous) }),
    operation,
    updated,
  })
}

/** Reads a ref's bytes. Throws DV_CORRUPT, naming `what`, when they are damaged or make no sense. */
export function decodeRefValue(bytes: Uint8Array, what: string): RefValue {
  const record = unseal(bytes, what)
  const bad = (field: string) =>
    corrupt(`The ${what} is damaged: its ${field} makes no sense`, { what, field })
  const { version, operation, updated } = record
  if (version !== 1) throw bad('version')
  if (typeof operation !== 'string' || operation === '' || operation.length > OPERATION_CHARS_MAX)
    throw bad('operation')
  if (!Number.isSafeInteger(updated)) throw bad('updated')
  const id = (field: 'target' | 'tag' | 'previous') => {
    try {
      if (typeof record[field] === 'string') return parseId<never>(record[field])
    } catch (error) {
      if (!isDvError(error)) throw error
    }
    throw bad(field)
  }
  return {
    target: id('target'),
    ...(record.tag === undefined ? {} : { tag: id('tag') }),
    ...(record.previous === undefined ? {} : { previous: id('previous') }),
    operation,
    updated: updated as number,
  }
}
