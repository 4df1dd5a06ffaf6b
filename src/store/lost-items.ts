// What a store is known to lack although its nodes lead there, and although nobody promised it: it was lost. So that it is
// taken for nothing else, and that whoever has it can give it back. Format: spec/09-layout.md, "Lost".
import { corrupt } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import { eachId, type Id, ID_BYTES, idKey } from '../hash/index.js'
import type { Storage } from '../storage/index.js'
import { changeRecord } from './change-record.js'

export const LOST_KEY = 'lost'
/** Of more, the first are noted. */
export const LOST_MAX = 100_000

/** Ids of items of any kind. One that is in the store all the same is not lost any more. */
export class LostItems {
  /** Ascending, none twice, one after the other. */
  readonly ids: Buffer
  readonly #keys: ReadonlySet<string>

  constructor(ids: Buffer) {
    this.ids = ids
    this.#keys = new Set(eachId(ids).map(idKey))
  }

  get count(): number {
    return this.#keys.size
  }

  has(id: Id): boolean {
    return this.#keys.size > 0 && this.#keys.has(idKey(id))
  }

  /** Those of `ids` that are lost. */
  only(ids: Buffer): Buffer {
    return Buffer.concat(eachId(ids).filter((id) => this.has(id)))
  }
}

export const NOTHING_LOST = new LostItems(Buffer.alloc(0))

export async function readLostItems(storage: Storage): Promise<LostItems> {
  return decode((await storage.read(LOST_KEY))?.bytes)
}

/** Notes these ids (ascending, none twice), and no others. */
export async function setLostItems(storage: Storage, ids: Buffer): Promise<void> {
  const kept = ids.subarray(0, LOST_MAX * ID_BYTES)
  await changeLost(storage, (now) => (now.ids.equals(kept) ? now : new LostItems(Buffer.from(kept))))
}

/** Notes these ids beside those that are noted. */
export async function addLostItems(storage: Storage, ids: Buffer): Promise<void> {
  await changeLost(storage, (now) => {
    const added = eachId(ids).filter((id) => !now.has(id))
    if (added.length === 0 || now.count >= LOST_MAX) return now
    return new LostItems(
      Buffer.concat([...eachId(now.ids), ...added].sort(Buffer.compare).slice(0, LOST_MAX)),
    )
  })
}

export function encodeLostItems({ ids }: LostItems): Buffer {
  return seal({ format: 1, ids: eachId(ids).map((id) => id.toString('hex')) })
}

export function decodeLostItems(bytes: Uint8Array): LostItems {
  const { format, ids } = unseal(bytes, 'record of what is lost')
  const isOne = (id: unknown, i: number, all: unknown[]) =>
    typeof id === 'string' && /^[0-9a-f]{64}$/.test(id) && (i === 0 || (all[i - 1] as string) < id)
  if (format !== 1 || !Array.isArray(ids) || ids.length > LOST_MAX || !ids.every(isOne))
    throw corrupt('The record of what is lost is not one')
  return new LostItems(Buffer.from(ids.join(''), 'hex'))
}

function changeLost(storage: Storage, change: (now: LostItems) => LostItems): Promise<LostItems> {
  const kind = { key: LOST_KEY, what: 'record of what is lost', decode, encode: encodeLostItems }
  return changeRecord(storage, kind, change)
}

function decode(bytes: Uint8Array | undefined): LostItems {
  return bytes ? decodeLostItems(bytes) : NOTHING_LOST
}
