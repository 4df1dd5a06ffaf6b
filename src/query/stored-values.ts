// Values of metadata from the bytes of a manifest into columns, with no map and no text made of them: what a million
// entries carry is read in a second or two.
import { Reader } from '../codec/index.js'
import {
  type MetadataValue,
  type Placed,
  readMetadataValue,
  type StoredMetadata,
  walkMetadata,
} from '../objects/index.js'
import type { ParquetColumn } from './parquet.js'

const WHAT = 'metadata of a manifest entry'

/** What stood at a place of the entry before: most entries carry the same names in the same order. */
interface Slot {
  name: Buffer
  type: Placed['type']
  column: ParquetColumn
}

export interface Columns {
  /** Of a simple value. */
  columnOf(key: string, type: Placed['type']): ParquetColumn
  /** Puts any value into its column. */
  put(key: string, value: MetadataValue): void
}

export class StoredValues {
  readonly #columns: Columns
  readonly #slots: Slot[] = []

  constructor(columns: Columns) {
    this.#columns = columns
  }

  put({ bytes }: StoredMetadata): void {
    let place = 0
    walkMetadata(bytes, WHAT, (placed) => {
      const i = place++
      if (placed.type !== 'list') return putSimple(this.#columnAt(i, bytes, placed), bytes, placed)
      const key = bytes.toString('utf8', placed.name, placed.nameEnd)
      // The byte of the type stands before the value.
      this.#columns.put(
        key,
        readMetadataValue(new Reader(bytes.subarray(placed.value - 1, placed.valueEnd), WHAT)),
      )
    })
  }

  #columnAt(place: number, bytes: Buffer, { name, nameEnd, type }: Placed): ParquetColumn {
    const slot = this.#slots[place]
    if (slot && slot.type === type && isSame(slot.name, bytes, name, nameEnd)) return slot.column
    const column = this.#columns.columnOf(bytes.toString('utf8', name, nameEnd), type)
    this.#slots[place] = { name: Buffer.from(bytes.subarray(name, nameEnd)), type, column }
    return column
  }
}

function isSame(name: Buffer, bytes: Buffer, from: number, to: number): boolean {
  if (name.length !== to - from) return false
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[from + i]) return false
  return true
}

function putSimple(column: ParquetColumn, bytes: Buffer, { type, value, valueEnd }: Placed): void {
  if (type === 'string') column.textBytes(bytes, value, valueEnd)
  else if (type === 'boolean') column.boolean(bytes[value] === 1)
  else if (type === 'float64') column.float64(bytes.readDoubleLE(value))
  else if (valueEnd - value < 8) column.whole(wholeAt(bytes, value, valueEnd))
  else column.int64(new Reader(bytes.subarray(value, valueEnd), WHAT).int64())
}

/** A whole number of at most seven bytes, as spec/03-encoding.md writes it. */
function wholeAt(bytes: Buffer, from: number, to: number): number {
  let zigzag = 0
  for (let at = to - 1; at >= from; at--) zigzag = zigzag * 0x80 + (bytes[at]! & 0x7f)
  return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
}
