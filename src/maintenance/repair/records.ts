// The small records of a store in a folder: each carries its checksum, so that one flipped bit is found by trying. Where
// more is lost, the record is set to what it probably was, the damaged one is kept aside, and both are told.
// Rules: spec/19-repair.md, "Records".
import { isDvError } from '../../base/index.js'
import { isSealed } from '../../codec/index.js'
import { INDEX_ROOT_KEY } from '../../index/index.js'
import { encodeRefValue, refFromKey, REF_NAMES, type RefValue } from '../../refs/index.js'
import {
  encodeOperation,
  listOperationWorkdirs,
  type Operation,
  readOperation,
  type RefState,
  STORE_FORMAT_NAME,
} from '../../repo/index.js'
import {
  damagedSpares,
  damagedValues,
  type DirectoryStorage,
  type Storage,
  mendObject,
  mendSpare,
  mendValue,
  replaceObject,
  replaceValue,
  valuesBefore,
} from '../../storage/index.js'

/** Sealed records among the immutable objects. */
const SEALED = ['operations/', 'tombstones/', 'purged/']

/** Operations in a row that are made up for. */
const GAP_MAX = 10_000

export interface RepairedRecord {
  name: string
  /** `mended`: it is what it was, proved by its checksum. `replaced`: it is what it probably was. `lost`: nothing tells. */
  outcome: 'mended' | 'replaced' | 'lost'
  /** What it was replaced by. */
  what?: string
  /** Where the damaged one is kept. */
  aside?: string
}

/** The format record and the index root are only mended here: what else can be done about them is not for this file. */
export async function repairRecords(storage: DirectoryStorage, now: number): Promise<RepairedRecord[]> {
  const root = storage.properties.localRoot
  const repaired: RepairedRecord[] = []
  for (const name of await damagedObjects(storage)) {
    if (mendObject(root, name, isSealed)) repaired.push({ name, outcome: 'mended' })
    else if (name !== STORE_FORMAT_NAME) repaired.push(replaceOperation(root, name, now))
  }
  for (const name of await missingOperations(storage)) repaired.push(replaceOperation(root, name, now))
  storage.close()
  const values = damagedValues(root)
  const unclear = values.filter((name) => !mendValue(root, name))
  for (const name of values) if (!unclear.includes(name)) repaired.push({ name, outcome: 'mended' })
  for (const spare of damagedSpares(root)) {
    mendSpare(root, spare)
    if (!values.includes(spare.name)) repaired.push({ name: spare.name, outcome: 'mended' })
  }
  for (const name of unclear) {
    if (name !== INDEX_ROOT_KEY) repaired.push(await replaceByGuess(storage, name, now))
  }
  return repaired
}

async function damagedObjects(storage: DirectoryStorage): Promise<string[]> {
  const names = [STORE_FORMAT_NAME]
  for (const prefix of SEALED) for await (const { name } of storage.list(prefix)) names.push(name)
  const damaged: string[] = []
  for (const name of names) {
    const bytes = await storage.get(name).catch((error: unknown) => {
      if (isDvError(error, 'DV_NOT_FOUND')) return undefined
      throw error
    })
    if (bytes && !isSealed(bytes)) damaged.push(name)
  }
  return damaged
}

/** Those that are not there although earlier and later ones are. */
async function missingOperations(storage: DirectoryStorage): Promise<string[]> {
  const missing: string[] = []
  for (const workdir of await listOperationWorkdirs(storage)) {
    const numbers: number[] = []
    for await (const { name } of storage.list(`operations/${workdir}/`))
      numbers.push(Number(name.split('/')[2]))
    numbers.sort((a, b) => a - b)
    for (const [i, n] of numbers.entries()) {
      const before = numbers[i - 1] ?? n - 1
      // A number far off is no gap, but a name that is none of dv's.
      if (n - before > GAP_MAX) continue
      for (let gone = before + 1; gone < n; gone++) missing.push(`operations/${workdir}/${gone}`)
    }
  }
  return missing
}

/** A log has no gaps: an operation that says nothing takes the place of one that is lost. */
function replaceOperation(root: string, name: string, now: number): RepairedRecord {
  const [, workdir, n] = /^operations\/([a-z0-9]{1,64})\/([1-9]\d{0,14})$/.exec(name) ?? []
  if (workdir === undefined) return { name, outcome: 'lost' }
  const id = `${workdir}-${n}-00000000`
  const record: Operation = { n: Number(n), id, time: now, verb: 'repair', args: ['lost'], refs: [] }
  const aside = replaceObject(root, name, encodeOperation(record))
  return { name, outcome: 'lost', ...(aside !== undefined && { aside }) }
}

async function replaceByGuess(storage: DirectoryStorage, name: string, now: number): Promise<RepairedRecord> {
  const root = storage.properties.localRoot
  const ref = name === REF_NAMES ? undefined : refFromKey(name)
  const guess = ref === undefined ? undefined : await lastRecorded(storage, ref, now)
  if (guess) {
    const { operation } = guess
    const aside = replaceValue(root, name, guess.value && encodeRefValue(guess.value))
    return { name, outcome: 'replaced', what: `what operation '${operation}' set it to`, aside }
  }
  const [before] = valuesBefore(root, name)
  const aside = replaceValue(root, name, before)
  if (before) return { name, outcome: 'replaced', what: 'what it was before its last change', aside }
  return { name, outcome: 'lost', aside }
}

/** What the newest operation on record set a ref to; no value: it deleted it. Undefined: none tells of it. */
async function lastRecorded(
  storage: DirectoryStorage,
  ref: string,
  now: number,
): Promise<{ operation: string; value: RefValue | undefined } | undefined> {
  let found: { operation: Operation; after: RefState | undefined } | undefined
  for await (const operation of allOperations(storage)) {
    const change = operation.refs.find((change) => change.ref === ref)
    if (change && operation.time >= (found?.operation.time ?? 0)) found = { operation, after: change.after }
  }
  if (!found) return undefined
  const { id } = found.operation
  const { target, tag } = found.after ?? {}
  const value = target && { target, ...(tag && { tag }), operation: id, updated: now }
  return { operation: id, value }
}

/** The values of a store on a server: refs, and what belongs to them. The index root is only mended, as in a folder. */
export async function mendValues(storage: Storage): Promise<RepairedRecord[]> {
  const repaired: RepairedRecord[] = []
  for (const name of await storage.listMutable('', { maybeDeleted: true })) {
    const mended = await storage.mendValue?.(name)
    if (mended) repaired.push({ name, ...mended })
  }
  return repaired
}

/** Those that can be read. */
export async function* allOperations(storage: DirectoryStorage): AsyncGenerator<Operation> {
  for (const workdir of await listOperationWorkdirs(storage)) {
    for await (const { name } of storage.list(`operations/${workdir}/`)) {
      try {
        const operation = await readOperation(storage, workdir, Number(name.split('/')[2]))
        if (operation) yield operation
      } catch (error) {
        if (!isDvError(error, 'DV_CORRUPT')) throw error
      }
    }
  }
}
