// One pack under construction: small items are gathered into a block until it is full, in the order they come.
import { type Id, idKey } from '../hash/index.js'
import { encodeTable, type Row, RowTable, type SegmentRef, sumOfSegment } from '../index/index.js'
import {
  BLOCK_ITEMS_MAX,
  type BlockItem,
  encodeBlockPieces,
  type ItemKind,
  PackFile,
  packKey,
  type PackKind,
} from '../pack/index.js'
import type { DeltaBlock } from './delta.js'

const BLOCK_BYTES = 128 * 1024

/** How to read back an item of a pack under construction: its bytes, or its row and its stored block. */
export type BuiltItem = { bytes: Buffer } | { row: Row; load: () => Buffer }

/** A pack that waits in a file of its own to be put somewhere. */
export interface FinishedPack {
  ref: SegmentRef
  path: string
  /** Its index segment, which lies in it at `ref.offset`. */
  segment: Buffer
  /** What its deltas stand on. */
  bases: readonly Id[]
}

export class PackBuilder {
  readonly #file: PackFile
  readonly #table = new RowTable()
  readonly #raw = Buffer.allocUnsafe(BLOCK_BYTES)
  #rawLength = 0
  #items: BlockItem[] = []
  /** What deltas in it stand on. */
  readonly #bases = new Map<string, Id>()
  /** The number in the table of the block being gathered. */
  #gathering: number | undefined

  constructor(path: string, kind: PackKind) {
    this.#file = new PackFile(path, kind)
  }

  /** Bytes so far, before compression where they are still gathered. */
  get length(): number {
    return this.#file.length + this.#rawLength
  }

  get rows(): number {
    return this.#table.count
  }

  has(id: Id): boolean {
    return this.#table.find(id) >= 0
  }

  /** Adds a full copy of an item, whose id and bytes are copied. */
  add(id: Id, kind: ItemKind, bytes: Uint8Array): void {
    const item = { kind, length: bytes.length }
    if (this.#rawLength + bytes.length > BLOCK_BYTES || this.#items.length === BLOCK_ITEMS_MAX)
      this.#endBlock()
    if (bytes.length >= BLOCK_BYTES) {
      const block = this.#append(...encodeBlockPieces([item], bytes))
      this.#table.add(id, { block, offset: 0, length: bytes.length, bases: [] })
      return
    }
    this.#gathering ??= this.#table.addBlock({ pack: this.#file.name, at: 0, size: 0 })
    this.#raw.set(bytes, this.#rawLength)
    this.#items.push(item)
    const place = { block: this.#gathering, offset: this.#rawLength, length: bytes.length, bases: [] }
    this.#table.add(id, place)
    this.#rawLength += bytes.length
  }

  addDelta(id: Id, { block, bases }: DeltaBlock, length: number): void {
    for (const base of bases) this.#bases.set(idKey(base), base)
    this.#table.add(id, { block: this.#append(block), offset: 0, length, bases })
  }

  /** Adds a block of full copies as it is stored elsewhere, verified. `items`: all that is in it. */
  addBlock(block: Uint8Array, items: readonly { id: Id; offset: number; length: number }[]): void {
    const number = this.#append(block)
    for (const { id, offset, length } of items)
      this.#table.add(id, { block: number, offset, length, bases: [] })
  }

  find(id: Id): BuiltItem | undefined {
    const index = this.#table.find(id)
    if (index < 0) return undefined
    const { block, offset, length } = this.#table.numbers(index)
    if (block === this.#gathering) return { bytes: Buffer.from(this.#raw.subarray(offset, offset + length)) }
    const row = this.#table.row(index)
    return { row, load: () => this.#file.read(row.blockOffset, row.blockLength) }
  }

  /** Ends the file, which then waits at `path` to be put under `ref.key`. After an error it is gone. */
  finish(): FinishedPack {
    try {
      this.#endBlock()
      const segment = encodeTable(this.#table)
      const { segmentOffset } = this.#file.finish(segment)
      const { name, path } = this.#file
      const place = { key: packKey(name), offset: segmentOffset, length: segment.length }
      const ref = { ...place, rows: this.rows, sum: sumOfSegment(segment) }
      return { ref, path, segment, bases: [...this.#bases.values()] }
    } catch (error) {
      this.abort()
      throw error
    }
  }

  abort(): void {
    this.#file.abort()
  }

  #endBlock(): void {
    if (this.#gathering === undefined) return
    const pieces = encodeBlockPieces(this.#items, this.#raw.subarray(0, this.#rawLength))
    const at = this.#file.append(...pieces)
    const size = this.#file.length - at
    this.#table.placeBlock(this.#gathering, { pack: this.#file.name, at, size })
    this.#gathering = undefined
    this.#items = []
    this.#rawLength = 0
  }

  #append(...pieces: Uint8Array[]): number {
    const at = this.#file.append(...pieces)
    return this.#table.addBlock({ pack: this.#file.name, at, size: this.#file.length - at })
  }
}
