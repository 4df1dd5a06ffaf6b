// Collections under way: what the index root says of them, and the record of what one of them found. Format and rules:
// spec/17-collection.md
import { corrupt, DvError } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import type { Storage } from '../storage/index.js'

const ID = /^[0-9a-f]{32}$/
const KEY = /^(packs|segments)\/[0-9a-f]{32}$/
const STATES = ['marked', 'deleting'] as const
const COLLECTIONS_MAX = 64
const OBJECTS_MAX = 2 ** 20

export interface Collection {
  /** 32 hex digits: names the record of what it concerns. */
  id: string
  /** `marked`: its record lists what has garbage, and nothing went yet. `deleting`: its record lists objects that no
   * segment names any more and that go. */
  state: (typeof STATES)[number]
}

/** A pack or segment with garbage in it. */
export interface Doomed {
  key: string
  /** Of the whole object. */
  bytes: number
  /** Bytes nobody needs: all of them in an object that goes as a whole. */
  garbage: number
}

export function tombstoneKey(id: string): string {
  return `tombstones/${id}`
}

export function encodeTombstone(doomed: readonly Doomed[]): Buffer {
  const sorted = [...doomed].sort((a, b) => (a.key < b.key ? -1 : 1))
  return seal({ format: 1, objects: sorted.map(({ key, bytes, garbage }) => [key, bytes, garbage]) })
}

export function decodeTombstone(bytes: Uint8Array): Doomed[] {
  const { format, objects } = unseal(bytes, 'record of a collection')
  if (format !== 1 || !Array.isArray(objects) || objects.length > OBJECTS_MAX)
    throw corrupt('The record of a collection is not one')
  let last = ''
  return objects.map((line: unknown) => {
    const [key, size, garbage] = Array.isArray(line) ? (line as unknown[]) : []
    const isOne = typeof key === 'string' && KEY.test(key) && key > last
    if (!isOne || !isCount(size) || !isCount(garbage) || garbage > size)
      throw corrupt('The record of a collection lists what cannot be')
    last = key
    return { key, bytes: size, garbage }
  })
}

/** What a collection that the root names concerns. Throws DV_NOT_FOUND when it ended since, DV_CORRUPT. */
export async function readTombstone(storage: Storage, id: string): Promise<Doomed[]> {
  return decodeTombstone(await storage.get(tombstoneKey(id)))
}

/** What was found in a store does not count any more. */
export function collected(storage: Storage): DvError {
  const { location } = storage.properties
  return new DvError('DV_COLLECTED', `The store at '${location}' was collected while this went on`, {
    data: { location },
    hint: 'nothing was lost: run the same command again',
  })
}

/** The collections of a root's record. */
export function decodeCollections(value: unknown): Collection[] {
  if (!Array.isArray(value) || value.length > COLLECTIONS_MAX) throw corrupt('The index root is not one')
  return value.map((line: unknown) => {
    const [id, name] = Array.isArray(line) ? (line as unknown[]) : []
    const state = STATES.find((known) => known === name)
    if (typeof id !== 'string' || !ID.test(id) || !state)
      throw corrupt('The index root names a collection that cannot be')
    return { id, state }
  })
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
