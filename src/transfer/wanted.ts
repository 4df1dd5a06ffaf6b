// Items to be moved, each with the place of the copy that will be read: about 60 bytes an item, whatever its id's
// origin, so that a batch of a quarter of a million stays small.
import { type Id, ID_BYTES } from '../hash/index.js'
import { encodeTable, type Row, RowTable } from '../index/index.js'

/** What is wanted of one pack of the source. */
export interface WantedPack {
  pack: string
  /** Stored bytes of the blocks that hold something wanted. */
  storedBytes: number
  /** The ids, one after the other. */
  ids(): Uint8Array
  /** In the order in which they lie there. */
  places(): BlockPlace[]
  /** The same, with what is wanted of each. */
  blocks(): WantedBlock[]
}

export interface BlockPlace {
  /** Bytes from the beginning of the pack, and of the block. */
  at: number
  size: number
}

export interface WantedBlock extends BlockPlace {
  /** Places in the decoded block and ids of what is wanted. */
  rows: readonly Row[]
}

export class Wanted {
  readonly #table = new RowTable()
  /** Numbers of blocks by their pack and place. */
  readonly #blocks = new Map<string, Map<number, number>>()
  /** Stored bytes of all blocks that hold something wanted. */
  storedBytes = 0

  get count(): number {
    return this.#table.count
  }

  get packCount(): number {
    return this.#blocks.size
  }

  has(id: Id): boolean {
    return this.#table.find(id) >= 0
  }

  /** Whether the item is wanted and will arrive as a full copy. */
  isFull(id: Id): boolean {
    const row = this.#table.find(id)
    return row >= 0 && this.#table.numbers(row).bases === 0
  }

  /** An index segment that names all of it where the source has it. */
  segment(): Buffer {
    return encodeTable(this.#table)
  }

  add(row: Row): void {
    const { id, pack, blockOffset, blockLength, offset, length, bases } = row
    let inPack = this.#blocks.get(pack)
    if (!inPack) this.#blocks.set(pack, (inPack = new Map()))
    let block = inPack.get(blockOffset)
    if (block === undefined) {
      block = this.#table.addBlock({ pack, at: blockOffset, size: blockLength })
      inPack.set(blockOffset, block)
      this.storedBytes += blockLength
    }
    this.#table.add(id, { block, offset, length, bases })
  }

  /** Everything, pack by pack in the order in which they were first wanted from. */
  *packs(): Generator<WantedPack> {
    const rowsOf = this.#rowsByBlock()
    for (const [pack, inPack] of this.#blocks) {
      const blocks = [...inPack.values()]
      const places = blocks.map((block) => ({ block, ...this.#table.blocks[block]! }))
      places.sort((a, b) => a.at - b.at)
      yield {
        pack,
        storedBytes: places.reduce((sum, { size }) => sum + size, 0),
        ids: () => this.#ids(blocks.map(rowsOf)),
        places: () => places.map(({ at, size }) => ({ at, size })),
        blocks: () => places.map(({ block, at, size }) => ({ at, size, rows: this.#rows(rowsOf(block)) })),
      }
    }
  }

  #rows(numbers: Uint32Array): Row[] {
    return Array.from(numbers, (row) => this.#table.row(row))
  }

  #ids(parts: readonly Uint32Array[]): Uint8Array {
    const count = parts.reduce((sum, part) => sum + part.length, 0)
    const ids = new Uint8Array(count * ID_BYTES)
    let at = 0
    for (const part of parts)
      for (const row of part) {
        ids.set(this.#table.id(row), at)
        at += ID_BYTES
      }
    return ids
  }

  /** Counting sort: rows of block b are order[starts[b]] up to order[starts[b + 1]]. */
  #rowsByBlock(): (block: number) => Uint32Array {
    const table = this.#table
    const starts = new Uint32Array(table.blocks.length + 1)
    for (let row = 0; row < table.count; row++) starts[table.numbers(row).block + 1]!++
    for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!
    const order = new Uint32Array(table.count)
    const next = starts.slice()
    for (let row = 0; row < table.count; row++) order[next[table.numbers(row).block]!++] = row
    return (block) => order.subarray(starts[block], starts[block + 1])
  }
}
