// What an index says of one pack, in the order of the pack: about 64 bytes a row.
import { type Id, ID_BYTES } from '../hash/index.js'
import type { Row } from '../index/index.js'

const FIELDS = 5

export interface PlacedBlock {
  /** Bytes from the beginning of the pack. */
  at: number
  size: number
  /** Rows of the table, in no particular order. */
  rows: number[]
}

export class PlaceTable {
  #count = 0
  #ids = Buffer.alloc(256 * ID_BYTES)
  #numbers = new Uint32Array(256 * FIELDS)

  add(rows: readonly Row[]): void {
    for (const { id, blockOffset, blockLength, offset, length, bases } of rows) {
      if (this.#count * FIELDS === this.#numbers.length) this.#grow()
      this.#ids.set(id, this.#count * ID_BYTES)
      this.#numbers.set([blockOffset, blockLength, offset, length, bases.length], this.#count * FIELDS)
      this.#count++
    }
  }

  id(row: number): Id {
    return this.#ids.subarray(row * ID_BYTES, (row + 1) * ID_BYTES) as Id
  }

  /** The item's place in its decoded block, and the number of its bases. */
  numbers(row: number): { offset: number; length: number; bases: number } {
    const at = row * FIELDS
    return { offset: this.#numbers[at + 2]!, length: this.#numbers[at + 3]!, bases: this.#numbers[at + 4]! }
  }

  /** The blocks in the order of the pack. */
  *blocks(): Generator<PlacedBlock> {
    const numbers = this.#numbers
    const order = new Uint32Array(this.#count).map((_, i) => i)
    order.sort((a, b) => numbers[a * FIELDS]! - numbers[b * FIELDS]!)
    let block: PlacedBlock | undefined
    for (const row of order) {
      const [at, size] = [numbers[row * FIELDS]!, numbers[row * FIELDS + 1]!]
      if (block?.at !== at) {
        if (block) yield block
        block = { at, size, rows: [] }
      }
      block!.rows.push(row)
    }
    if (block) yield block
  }

  #grow(): void {
    const ids = Buffer.alloc(this.#ids.length * 2)
    this.#ids.copy(ids)
    const numbers = new Uint32Array(this.#numbers.length * 2)
    numbers.set(this.#numbers)
    this.#ids = ids
    this.#numbers = numbers
  }
}
