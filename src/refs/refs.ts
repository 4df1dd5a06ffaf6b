// Reading and moving refs. Format: spec/08-refs.md
import { DvError } from '../base/index.js'
import { type CommitId, toHex } from '../hash/index.js'
import type { ListOptions, Storage } from '../storage/index.js'
import { encodeKeyPart } from './key-encoding.js'
import {
  parseRef,
  REF_KINDS,
  refFromKey,
  type RefKind,
  refKey,
  type RefName,
  shortRefName,
  validateRemoteName,
} from './names.js'
import { changesRefNames, readRefNames, refreshRefNames } from './ref-names.js'
import { decodeRefValue, encodeRefValue, type RefValue } from './value.js'

/** A ref as it was read: `version` is what a later change is compared with. */
export interface StoredRef {
  ref: RefName
  value: RefValue
  version: string
}

/** What a ref is to be set to. The commit it was at before is filled in. */
export type NextRefValue = Omit<RefValue, 'previous'>

export interface RefChangeOptions {
  /** The ref as it was read; undefined when it must not exist. */
  expected: StoredRef | undefined
  /** Undefined deletes the ref. */
  next: NextRefValue | undefined
  /** One of many: the caller calls refreshRefNames() after the last. */
  namesLater?: boolean
}

/** The present value of a ref, or undefined. Throws DV_CORRUPT when it is damaged. */
export async function readRef(storage: Storage, ref: RefName): Promise<StoredRef | undefined> {
  const found = await storage.read(refKey(ref))
  if (found === undefined) return undefined
  return { ref, value: decodeRefValue(found.bytes, `ref '${ref}'`), version: found.version }
}

/** All refs of a kind (of one remote, if given), by name. */
export async function listRefs(
  storage: Storage,
  kind: RefKind,
  options: { remote?: string } = {},
): Promise<StoredRef[]> {
  return readRefs(storage, await namesBelow(storage, prefixOf(kind, options), { maybeDeleted: true }))
}

/** Names only: no value is read, so that damage to one ref does not hide the others. */
export async function listRefNames(
  storage: Storage,
  kind: RefKind,
  options: { remote?: string } = {},
): Promise<RefName[]> {
  return namesBelow(storage, prefixOf(kind, options))
}

/** Every ref of these kinds, kind by kind. One listing, however many there are. `known` are looked for whether listed or
 * not: a listing may be old. */
export async function listAllRefs(
  storage: Storage,
  kinds: readonly RefKind[] = REF_KINDS,
  known: readonly RefName[] = [],
): Promise<StoredRef[]> {
  const listed = await namesBelow(storage, 'refs/', { maybeDeleted: true })
  const names = [...new Set([...listed, ...known])]
  return readRefs(
    storage,
    kinds.flatMap((kind) => names.filter((ref) => parseRef(ref).kind === kind)),
  )
}

export function refsOfKind(refs: readonly StoredRef[], kind: RefKind): StoredRef[] {
  return refs.filter(({ ref }) => parseRef(ref).kind === kind)
}

function prefixOf(kind: RefKind, { remote }: { remote?: string }): string {
  const of = remote === undefined ? '' : `${encodeKeyPart(validateRemoteName(remote))}/`
  return `refs/${kind}/${of}`
}

async function namesBelow(storage: Storage, prefix: string, options: ListOptions = {}): Promise<RefName[]> {
  const names = storage.properties.withoutListing
    ? (await readRefNames(storage)).filter((ref) => refKey(ref).startsWith(prefix))
    : (await storage.listMutable(prefix, options)).map(refFromKey).filter((ref) => ref !== undefined)
  return names.sort((a, b) => (a < b ? -1 : 1))
}

async function readRefs(storage: Storage, names: readonly RefName[]): Promise<StoredRef[]> {
  const refs = await Promise.all(names.map((ref) => readRef(storage, ref)))
  return refs.filter((ref) => ref !== undefined)
}

/** Moves, creates or deletes a ref if it is still as `expected`. Durable when it resolves. Throws DV_REF_MOVED, with
 * both values in its data, when it is not: then nothing was changed. Returns the new state. */
export async function updateRef(
  storage: Storage,
  ref: RefName,
  change: RefChangeOptions,
): Promise<StoredRef | undefined> {
  const { expected, next } = change
  if (expected === undefined && next === undefined) return undefined
  const stored = await swap(storage, ref, change)
  if (!change.namesLater && changesRefNames({ ref, expected, next }))
    await refreshRefNames(storage, next ? [ref] : [])
  return stored
}

async function swap(
  storage: Storage,
  ref: RefName,
  change: RefChangeOptions,
): Promise<StoredRef | undefined> {
  const { expected, next } = change
  const value: RefValue | undefined = next && {
    ...next,
    ...(expected && { previous: expected.value.target }),
  }
  const bytes = value && encodeRefValue(value)
  let version: string | undefined
  try {
    version = await storage.compareAndSwap(refKey(ref), expected?.version, bytes)
  } catch (error) {
    return await settle(storage, ref, change, error)
  }
  if (version !== undefined) return value && { ref, value, version }
  const now = await readRef(storage, ref)
  if (isOwn(now, next)) return now
  throw moved(ref, change, now)
}

/** After a failure nobody knows whether the swap happened: the ref itself says so. */
async function settle(
  storage: Storage,
  ref: RefName,
  change: RefChangeOptions,
  failure: unknown,
): Promise<StoredRef | undefined> {
  const now = await readRef(storage, ref).catch(() => 'unreadable' as const)
  if (now === 'unreadable') throw failure
  if (isOwn(now, change.next) || (now === undefined && change.next === undefined)) return now
  if (now?.version === change.expected?.version) throw failure
  throw moved(ref, change, now)
}

function isOwn(now: StoredRef | undefined, next: NextRefValue | undefined): boolean {
  return (
    now !== undefined &&
    next !== undefined &&
    now.value.operation === next.operation &&
    same(now.value.target, next.target)
  )
}

function same(a: CommitId, b: CommitId): boolean {
  return toHex(a) === toHex(b)
}

function moved(ref: RefName, { expected, next }: RefChangeOptions, now: StoredRef | undefined): DvError {
  const hex = (value: NextRefValue | undefined) => value && toHex(value.target)
  const name = shortRefName(ref)
  const what =
    now === undefined
      ? `'${name}' was deleted`
      : expected === undefined
        ? `'${name}' was created`
        : `'${name}' was moved`
  return new DvError('DV_REF_MOVED', `${what} by another process in the meantime`, {
    hint: "run the command again; 'dv log' shows what changed",
    data: { ref, expected: hex(expected?.value), actual: hex(now?.value), wanted: hex(next) },
  })
}
