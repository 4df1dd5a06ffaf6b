// One change of refs or of a working directory, as it is recorded before it is made. Format: spec/08-refs.md,
// "Operation log"
import { corrupt, isDvError } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import { type CommitId, type Id, type ManifestId, parseId, type TagId, toHex } from '../hash/index.js'
import type { RefName } from '../refs/index.js'

/** What a ref was, or is to be. */
export interface RefState {
  target: CommitId
  tag?: TagId
}

export interface RefChange {
  ref: RefName
  /** Absent: the ref was not there. `operation` is the one that had set it: so the log can be followed back. */
  before?: RefState & { operation: string }
  /** Absent: the ref is deleted. */
  after?: RefState
}

/** What is checked out: a branch (short name) or no branch, and the commit, absent before the first one. */
export interface HeadState {
  branch?: string
  commit?: CommitId
}

export interface NewOperation {
  /** Milliseconds since 1970 UTC. */
  time: number
  /** The command: `commit`, `merge`, `branch`. */
  verb: string
  args: readonly string[]
  refs: readonly RefChange[]
  /** The head, when what is checked out changes: also by a commit on the current branch. */
  head?: { before: HeadState; after: HeadState }
  /** The manifest of uncommitted work that this operation replaces, saved so that it can be brought back. */
  saved?: ManifestId
  /** The files of the working directory before and after. */
  worktree?: { before: ManifestId; after: ManifestId }
  /** The edits of metadata that wait for a commit, before and after; absent: none did. */
  metadata?: { before?: ManifestId; after?: ManifestId }
  /** The operation that this one takes back. */
  undoes?: string
}

export interface Operation extends NewOperation {
  /** 1 for the first of a working directory, then one more for each: no gaps. */
  n: number
  /** `<working directory>-<n>-<nonce>`: what the refs it sets carry. */
  id: string
}

const VERSION = 1
const ID = /^([a-z0-9]{1,64})-([1-9]\d{0,14})-([0-9a-f]{8})$/

/** Takes an operation's id apart; undefined when it is none. */
export function parseOperationId(id: string): { workdir: string; n: number } | undefined {
  const match = ID.exec(id)
  return match === null ? undefined : { workdir: match[1]!, n: Number(match[2]) }
}

export function encodeOperation(operation: Operation): Buffer {
  const { n, id, time, verb, args, refs, head, saved, worktree, metadata, undoes } = operation
  return seal({
    version: VERSION,
    n,
    id,
    time,
    verb,
    args,
    refs: refs.map(({ ref, before, after }) => ({ ref, before: hexes(before), after: hexes(after) })),
    head: head && { before: hexes(head.before), after: hexes(head.after) },
    saved: saved && toHex(saved),
    worktree: hexes(worktree),
    metadata: hexes(metadata),
    undoes,
  })
}

/** Reads a record. Throws DV_CORRUPT, naming `what`, when it is damaged or makes no sense. */
export function decodeOperation(bytes: Uint8Array, what: string): Operation {
  const record = unseal(bytes, what)
  try {
    return readOperation(record)
  } catch (error) {
    const field = error instanceof BadField || isDvError(error) ? error.message : undefined
    if (field === undefined) throw error
    throw corrupt(`The ${what} makes no sense: ${field}`, { what })
  }
}

class BadField extends Error {}

type Json = Record<string, unknown>

function readOperation(record: Json): Operation {
  if (record['version'] !== VERSION) throw new BadField('its version is unknown')
  const id = text(record, 'id')
  const n = integer(record, 'n')
  if (parseOperationId(id)?.n !== n) throw new BadField("its id and its number don't fit")
  const operation: Operation = {
    n,
    id,
    time: integer(record, 'time'),
    verb: text(record, 'verb'),
    args: texts(record, 'args'),
    refs: list(record, 'refs').map((change) => readChange(fields(change))),
  }
  if (record['head'] !== undefined) {
    const head = fields(record['head'])
    operation.head = { before: readHead(fields(head['before'])), after: readHead(fields(head['after'])) }
  }
  if (record['saved'] !== undefined) operation.saved = id32(record, 'saved')
  if (record['worktree'] !== undefined) {
    const worktree = fields(record['worktree'])
    operation.worktree = { before: id32(worktree, 'before'), after: id32(worktree, 'after') }
  }
  if (record['metadata'] !== undefined) {
    const metadata = fields(record['metadata'])
    operation.metadata = {
      ...(metadata['before'] !== undefined && { before: id32<'manifest'>(metadata, 'before') }),
      ...(metadata['after'] !== undefined && { after: id32<'manifest'>(metadata, 'after') }),
    }
  }
  if (record['undoes'] !== undefined) operation.undoes = text(record, 'undoes')
  return operation
}

function readChange(record: Json): RefChange {
  const change: RefChange = { ref: text(record, 'ref') }
  if (record['before'] !== undefined) {
    const before = fields(record['before'])
    change.before = { ...readState(before), operation: text(before, 'operation') }
  }
  if (record['after'] !== undefined) change.after = readState(fields(record['after']))
  return change
}

function readState(record: Json): RefState {
  const state: RefState = { target: id32(record, 'target') }
  if (record['tag'] !== undefined) state.tag = id32(record, 'tag')
  return state
}

function readHead(record: Json): HeadState {
  const head: HeadState = {}
  if (record['branch'] !== undefined) head.branch = text(record, 'branch')
  if (record['commit'] !== undefined) head.commit = id32(record, 'commit')
  return head
}

/** The same record with its ids as hex. */
function hexes(record: object | undefined): Json | undefined {
  if (record === undefined) return undefined
  return Object.fromEntries(
    Object.entries(record).map(([field, value]) => [
      field,
      value instanceof Uint8Array ? toHex(value) : value,
    ]),
  )
}

function fields(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadField('a part of it is no record')
  return value as Json
}

function text(record: Json, field: string): string {
  const value = record[field]
  if (typeof value !== 'string' || value === '') throw new BadField(`its '${field}' is no text`)
  return value
}

function integer(record: Json, field: string): number {
  const value = record[field]
  if (!Number.isSafeInteger(value)) throw new BadField(`its '${field}' is no whole number`)
  return value as number
}

function list(record: Json, field: string): unknown[] {
  const value = record[field]
  if (!Array.isArray(value)) throw new BadField(`its '${field}' is no list`)
  return value
}

function texts(record: Json, field: string): string[] {
  const items = list(record, field)
  if (!items.every((item) => typeof item === 'string'))
    throw new BadField(`its '${field}' is no list of texts`)
  return items
}

function id32<K extends string>(record: Json, field: string): Id<K> {
  return parseId<K>(text(record, field))
}
