// A segment's rows in order, a window at a time; as one input of a merge, their numbers are shifted by what stands before
// them.
import { type Id, ID_BYTES } from '../hash/index.js'
import { readNumbers } from './segment-probe.js'
import type { SegmentReader } from './segment-reader.js'

/** As many as a number holds exactly. */
export const PREFIX_BYTES = 6

export async function startCursors(inputs: readonly SegmentReader[]): Promise<RowCursor[]> {
  const cursors: RowCursor[] = []
  const shift = { block: 0, bases: 0 }
  for (const input of inputs) {
    const cursor = new RowCursor(input, { ...shift })
    await cursor.advance()
    cursors.push(cursor)
    shift.block += input.shape.blocks
    shift.bases += input.shape.basesBytes
  }
  return cursors
}

export class RowCursor {
  readonly #input: SegmentReader
  readonly #shift: { block: number; bases: number }
  readonly #widths: readonly number[]
  readonly #room: Buffer | undefined
  #bytes: Buffer = Buffer.alloc(0)
  #next = 0
  #at = 0
  /** The id under the cursor, until it goes on; undefined at the end. */
  id: Id | undefined
  /** The id's first bytes as a number, to compare by; at the end, above all. */
  prefix = Infinity

  constructor(input: SegmentReader, shift = { block: 0, bases: 0 }) {
    const { width } = input.shape
    this.#input = input
    this.#shift = shift
    this.#room = input.room()
    this.#widths = [width.block, width.offset, width.length, width.bases]
  }

  /** Goes to the next row; a promise only when more must be read. */
  advance(): Promise<void> | undefined {
    this.#at += this.#input.shape.rowBytes
    if (this.#at >= this.#bytes.length) return this.#load()
    this.#show()
    return undefined
  }

  /** Block, offset, length and bases of the row. */
  numbers(): number[] {
    const [block, offset, length, bases] = readNumbers(this.#bytes, this.#at + ID_BYTES, this.#widths)
    return [block! + this.#shift.block, offset!, length!, bases! === 0 ? 0 : bases! + this.#shift.bases]
  }

  async #load(): Promise<void> {
    const { rows, rowBytes, rowsAt } = this.#input.shape
    const count = Math.min(Math.floor(this.#input.stride / rowBytes), rows - this.#next)
    if (count === 0) {
      this.id = undefined
      this.prefix = Infinity
      return
    }
    this.#bytes = await this.#input.section(rowsAt + this.#next * rowBytes, count * rowBytes, this.#room)
    this.#next += count
    this.#at = 0
    this.#show()
  }

  #show(): void {
    this.id = this.#bytes.subarray(this.#at, this.#at + ID_BYTES) as Id
    this.prefix = this.#bytes.readUIntBE(this.#at, PREFIX_BYTES)
  }
}
