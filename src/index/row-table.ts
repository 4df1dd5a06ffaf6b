// Rows under construction, in slabs: about 56 bytes a row wherever the ids came from, so that a writer may hold a
// quarter of a million of them. Found by an open-addressing table over the ids, which are uniform already.
import { Writer } from '../codec/index.js'
import { type Id, ID_BYTES } from '../hash/index.js'
import { compareIdAt } from './compare-id.js'
import type { Row } from './segment-format.js'

const FIELDS = 4
const ROWS_FIRST = 1024

/** A row's numbers; `bases` is the place of its bases record + 1, 0 for a full copy. */
export interface RowNumbers {
  block: number
  offset: number
  length: number
  bases: number
}

export interface BlockPlace {
  pack: string
  /** Bytes from the beginning of the pack, and of the block. */
  at: number
  size: number
}

export class RowTable {
  #count = 0
  #ids = Buffer.allocUnsafe(ROWS_FIRST * ID_BYTES)
  #numbers = new Uint32Array(ROWS_FIRST * FIELDS)
  #slots = new Int32Array(ROWS_FIRST * 2).fill(-1)
  readonly #blocks: BlockPlace[] = []
  readonly #bases = new Writer(64)

  get count(): number {
    return this.#count
  }

  get blocks(): readonly BlockPlace[] {
    return this.#blocks
  }

  /** All bases records, one after the other: a count, then the ids. */
  get basesBytes(): Buffer {
    return this.#bases.view()
  }

  /** Adds a block and returns its number. Its place may be set later, before any of its rows is read. */
  addBlock(place: BlockPlace): number {
    return this.#blocks.push(place) - 1
  }

  placeBlock(block: number, place: BlockPlace): void {
    this.#blocks[block] = place
  }

  /** Adds a copy of an item. The id is copied. */
  add(id: Id, where: { block: number; offset: number; length: number; bases: readonly Id[] }): void {
    const { block, offset, length, bases } = where
    const biggest = Math.max(block, offset, length, this.#bases.length + 1)
    if (biggest > 0xffffffff) throw new TypeError(`a row with the number ${biggest}`)
    if (this.#count * FIELDS === this.#numbers.length) this.#grow()
    const row = this.#count++
    this.#ids.set(id, row * ID_BYTES)
    this.#numbers.set([block, offset, length, this.#addBases(bases)], row * FIELDS)
    this.#enter(row)
  }

  /** A row of an id, or -1. */
  find(id: Id): number {
    const mask = this.#slots.length - 1
    for (let slot = hashOf(id, 0) & mask; ; slot = (slot + 1) & mask) {
      const row = this.#slots[slot]!
      if (row < 0 || compareIdAt(this.#ids, row * ID_BYTES, id) === 0) return row
    }
  }

  /** A row's id, as a view. */
  id(row: number): Id {
    return this.#ids.subarray(row * ID_BYTES, (row + 1) * ID_BYTES) as Id
  }

  /** All ids one after the other, as a view. */
  ids(): Buffer {
    return this.#ids.subarray(0, this.#count * ID_BYTES)
  }

  numbers(row: number): RowNumbers {
    const at = row * FIELDS
    const [block, offset, length, bases] = this.#numbers.subarray(at, at + FIELDS)
    return { block: block!, offset: offset!, length: length!, bases: bases! }
  }

  row(index: number): Row {
    const { block, offset, length, bases } = this.numbers(index)
    const { pack, at, size } = this.#blocks[block]!
    const id = Buffer.from(this.id(index)) as Id
    return { id, pack, blockOffset: at, blockLength: size, offset, length, bases: this.#readBases(bases) }
  }

  #addBases(bases: readonly Id[]): number {
    if (bases.length === 0) return 0
    const place = this.#bases.length + 1
    this.#bases.u8(bases.length)
    for (const id of bases) this.#bases.raw(id)
    return place
  }

  #readBases(place: number): Id[] {
    if (place === 0) return []
    const bytes = this.#bases.view()
    const ids = (i: number) =>
      Buffer.from(bytes.subarray(place + i * ID_BYTES, place + (i + 1) * ID_BYTES)) as Id
    return Array.from({ length: bytes[place - 1]! }, (_, i) => ids(i))
  }

  #enter(row: number): void {
    const mask = this.#slots.length - 1
    let slot = hashOf(this.#ids, row * ID_BYTES) & mask
    while (this.#slots[slot]! >= 0) slot = (slot + 1) & mask
    this.#slots[slot] = row
  }

  #grow(): void {
    const ids = Buffer.allocUnsafe(this.#ids.length * 2)
    this.#ids.copy(ids)
    const numbers = new Uint32Array(this.#numbers.length * 2)
    numbers.set(this.#numbers)
    this.#ids = ids
    this.#numbers = numbers
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1)
    for (let row = 0; row < this.#count; row++) this.#enter(row)
  }
}

/** 31 bits of an id, other ones than those that order it. */
function hashOf(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at + 24]! << 23) ^ (bytes[at + 25]! << 16) ^ (bytes[at + 26]! << 8) ^ bytes[at + 27]!) &
    0x7fffffff
  )
}
