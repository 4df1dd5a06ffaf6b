// The chain of operations of each working directory: objects `operations/<working directory>/<n>`, written once.
// Local: never sent to a remote. Format: spec/08-refs.md, "Operation log"
import { corrupt, DvError, isDvError, randomHex } from '../base/index.js'
import type { Storage } from '../storage/index.js'
import {
  decodeOperation,
  encodeOperation,
  type HeadState,
  type NewOperation,
  type Operation,
  parseOperationId,
} from './operation.js'
import { redactArguments } from './remote-url.js'

const ROOT = 'operations/'
const ATTEMPTS = 1000

/** A name for a new working directory in the log: 16 hex digits, random. */
export function newWorkdirId(): string {
  return randomHex(8)
}

/** Records an operation as the next of its working directory. Durable when it resolves: only then may its refs move.
 * Another process that took the number first costs one more try. */
export async function appendOperation(
  storage: Storage,
  workdir: string,
  operation: NewOperation,
): Promise<Operation> {
  let n = await nextNumber(storage, workdir)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++, n++) {
    const id = `${workdir}-${n}-${randomHex(4)}`
    const record: Operation = { ...operation, args: redactArguments(operation.args), n, id }
    await storage.put(operationName(workdir, n), encodeOperation(record))
    // A name keeps the bytes that came first: they tell whose number it is.
    if ((await readOperation(storage, workdir, n))?.id === id) return record
  }
  throw new DvError(
    'DV_LOCKED',
    'Other processes fill the operation log faster than this one can write to it',
  )
}

/** The operations of a working directory, newest first; each is read when it is asked for. Throws DV_CORRUPT for one
 * that is damaged or missing. */
export async function* iterOperations(storage: Storage, workdir: string): AsyncGenerator<Operation> {
  const numbers = await listNumbers(storage, workdir)
  for (const [i, n] of numbers.entries()) {
    const missing = n + 1
    if (i > 0 && numbers[i - 1] !== missing) {
      throw corrupt(`Operation ${missing} of working directory '${workdir}' is missing`, {
        workdir,
        n: missing,
      })
    }
    const operation = await readOperation(storage, workdir, n)
    if (operation !== undefined) yield operation
  }
}

/** The number that the next operation of a working directory will have. */
export async function nextNumber(storage: Storage, workdir: string): Promise<number> {
  return ((await listNumbers(storage, workdir))[0] ?? 0) + 1
}

/** One operation by its number, or undefined. */
export async function readOperation(
  storage: Storage,
  workdir: string,
  n: number,
): Promise<Operation | undefined> {
  const name = operationName(workdir, n)
  let bytes: Uint8Array
  try {
    bytes = await storage.get(name)
  } catch (error) {
    if (isDvError(error, 'DV_NOT_FOUND')) return undefined
    throw error
  }
  const operation = decodeOperation(bytes, `operation '${name}'`)
  const id = parseOperationId(operation.id)
  if (id?.n === n && id.workdir === workdir) return operation
  throw corrupt(`Operation '${name}' is damaged: it holds that of another name`, { name })
}

/** One operation by its id, or undefined: it may belong to another machine. */
export async function findOperation(storage: Storage, id: string): Promise<Operation | undefined> {
  const parsed = parseOperationId(id)
  if (parsed === undefined) return undefined
  const operation = await readOperation(storage, parsed.workdir, parsed.n)
  return operation?.id === id ? operation : undefined
}

/** Working directories with operations. */
export async function listOperationWorkdirs(storage: Storage): Promise<string[]> {
  const found = new Set<string>()
  for await (const { name } of storage.list(ROOT)) found.add(name.split('/')[1]!)
  return [...found].sort()
}

/** Operations that were made at some time or before it, with all before them in their log. */
export interface OldOperations {
  /** Of each log the oldest first. */
  names: readonly string[]
  /** Logs of which none is younger, with what was checked out at their end. */
  ended: readonly { workdir: string; head: HeadState | undefined }[]
  /** How many are left that keep something. */
  left: number
}

/** Stops in each log at what cannot be read. */
export async function operationsBefore(storage: Storage, time: number): Promise<OldOperations> {
  const names: string[] = []
  const ended: { workdir: string; head: HeadState | undefined }[] = []
  let left = 0
  for (const workdir of await listOperationWorkdirs(storage)) {
    const numbers = (await listNumbers(storage, workdir)).reverse()
    const newest = numbers.at(-1)!
    for (const [i, n] of numbers.entries()) {
      const operation = await readOperation(storage, workdir, n)
      const isEnd = n === newest && operation?.verb === END_OF_OLD
      if (!operation || operation.time > time || isEnd) {
        left += isEnd ? 0 : numbers.length - i
        break
      }
      names.push(operationName(workdir, n))
      if (n === newest) ended.push({ workdir, head: await lastHead(storage, workdir, numbers) })
    }
  }
  return { names, ended, left }
}

/** Takes them away; a crash in between leaves no gap. Where none is left, one stands for them all: numbers go on from it,
 * and it keeps what is checked out. */
export async function forgetOperations(
  storage: Storage,
  { names, ended }: OldOperations,
  time: number,
): Promise<void> {
  for (const { workdir, head } of ended) {
    const state = head && { head: { before: head, after: head } }
    await appendOperation(storage, workdir, { time, verb: END_OF_OLD, args: [], refs: [], ...state })
  }
  for (const name of names) await storage.delete(name)
}

/** The verb of the operation that stands for those that were forgotten. */
const END_OF_OLD = 'gc'

async function lastHead(
  storage: Storage,
  workdir: string,
  numbers: readonly number[],
): Promise<HeadState | undefined> {
  for (const n of [...numbers].reverse()) {
    const operation = await readOperation(storage, workdir, n)
    if (operation?.head) return operation.head.after
  }
  return undefined
}

function operationName(workdir: string, n: number): string {
  if (/^[a-z0-9]{1,64}$/.test(workdir)) return `${ROOT}${workdir}/${n}`
  throw new DvError('DV_BAD_NAME', `'${workdir.slice(0, 80)}' cannot name a working directory`)
}

/** Newest first. */
async function listNumbers(storage: Storage, workdir: string): Promise<number[]> {
  const prefix = operationName(workdir, 0).slice(0, -1)
  const numbers: number[] = []
  for await (const { name } of storage.list(prefix)) {
    const rest = name.slice(prefix.length)
    if (/^[1-9]\d{0,14}$/.test(rest)) numbers.push(Number(rest))
  }
  return numbers.sort((a, b) => b - a)
}
