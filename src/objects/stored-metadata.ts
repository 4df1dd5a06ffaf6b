// Metadata as its bytes: checked at once, decoded when somebody asks. Most who read a tree never do, and to make maps
// of what a million entries carry takes longer than all else about them.
import { isUtf8 } from 'node:buffer'
import { asBuffer } from '../base/index.js'
import { Reader } from '../codec/index.js'
import {
  type Metadata,
  METADATA_ITEMS_MAX,
  METADATA_TYPES,
  type MetadataValue,
  NAME_BYTES_MAX,
  readMetadata,
  TIME_MAX,
} from './metadata.js'

/** Where a name and its value stand in the bytes of a map. */
export interface Placed {
  name: number
  nameEnd: number
  type: MetadataValue['type']
  /** Behind the length of a string, and at the first byte of all else. */
  value: number
  valueEnd: number
}

/** Metadata of an entry that was read, or is to be written. */
export class StoredMetadata {
  readonly form = 'inline'
  readonly bytes: Buffer
  #metadata: Metadata | undefined

  /** Throws DV_CORRUPT for bytes that no writer makes; `what` absent: a writer has just made them. */
  constructor(bytes: Uint8Array, what?: string) {
    this.bytes = asBuffer(bytes)
    if (what !== undefined) walkMetadata(this.bytes, what)
  }

  get metadata(): Metadata {
    this.#metadata ??= readMetadata(new Reader(this.bytes, 'metadata'))
    return this.#metadata
  }
}

/** Goes through the bytes of a map, once, and tells `visit` of each name in order; the object it is given is used again
 * for the next. Throws DV_CORRUPT for bytes that are not the one encoding of a map. */
export function walkMetadata(bytes: Buffer, what: string, visit?: (placed: Placed) => void): void {
  const walk = new Walk(bytes, what)
  const count = walk.varint()
  if (count > METADATA_ITEMS_MAX || count * 3 > bytes.length - walk.at) walk.fail(`a count of ${count}`)
  const placed: Placed = { name: 0, nameEnd: 0, type: 'string', value: 0, valueEnd: 0 }
  for (let i = 0; i < count; i++) {
    const [before, beforeEnd] = [placed.name, placed.nameEnd]
    placed.nameEnd = walk.text(NAME_BYTES_MAX)
    placed.name = walk.from
    if (i > 0 && !isAbove(bytes, before, beforeEnd, placed.name, placed.nameEnd))
      walk.fail('metadata names out of order')
    placed.type = METADATA_TYPES[walk.byte() - 1] ?? walk.fail('metadata of an unknown type')
    placed.value = walk.at
    walk.value(placed.type)
    if (placed.type === 'string') placed.value = walk.from
    placed.valueEnd = walk.at
    visit?.(placed)
  }
  if (walk.at !== bytes.length) walk.fail(`${bytes.length - walk.at} bytes too many`)
}

function isAbove(bytes: Buffer, low: number, lowEnd: number, high: number, highEnd: number): boolean {
  for (; low < lowEnd && high < highEnd; low++, high++)
    if (bytes[low] !== bytes[high]) return bytes[low]! < bytes[high]!
  return high < highEnd
}

/** A position in bytes that are checked as it goes on. */
class Walk {
  readonly #bytes: Buffer
  readonly #what: string
  at = 0
  /** Where the last text begins. */
  from = 0

  constructor(bytes: Buffer, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  fail(reason: string): never {
    return new Reader(this.#bytes.subarray(this.at), this.#what).fail(reason)
  }

  byte(): number {
    if (this.at >= this.#bytes.length) this.fail('1 byte wanted, 0 left')
    return this.#bytes[this.at++]!
  }

  varint(): number {
    const first = this.byte()
    return first < 0x80 ? first : this.#longVarint()
  }

  /** The careful reader knows all that can be wrong with a number. */
  #longVarint(): number {
    const reader = new Reader(this.#bytes.subarray(--this.at), this.#what)
    const value = reader.varint()
    this.at += reader.offset
    return value
  }

  /** A length and so many bytes of UTF-8. Returns where they end. */
  text(max = Infinity): number {
    const length = this.varint()
    const end = this.at + length
    if (length > max || end > this.#bytes.length) this.fail(`a length of ${length}`)
    this.from = this.at
    for (; this.at < end; this.at++) {
      if (this.#bytes[this.at]! < 0x80) continue
      if (!isUtf8(this.#bytes.subarray(this.from, end))) this.fail('text that is not UTF-8')
      break
    }
    this.at = end
    return end
  }

  value(type: MetadataValue['type'], isItem = false): void {
    if (type === 'string') this.text()
    else if (type === 'boolean') {
      if (this.byte() > 1) this.fail('a boolean that is neither 0 nor 1')
    } else if (type === 'float64') this.#float()
    else if (type === 'list') this.#list(isItem)
    else this.#whole(type === 'date')
  }

  #float(): void {
    const { at } = this
    if (at + 8 > this.#bytes.length) this.fail('8 bytes wanted')
    this.at += 8
    if ((this.#bytes[at + 7]! & 0x7f) !== 0x7f || (this.#bytes[at + 6]! & 0xf0) !== 0xf0) return
    const isNaN = Number.isNaN(this.#bytes.readDoubleLE(at))
    if (isNaN && this.#bytes.readBigUInt64LE(at) !== NAN_BITS) this.fail('a number that is not canonical')
  }

  #list(isItem: boolean): void {
    if (isItem) this.fail('a list within a list')
    const count = this.varint()
    if (count > METADATA_ITEMS_MAX || count * 2 > this.#bytes.length - this.at)
      this.fail(`a count of ${count}`)
    for (let i = 0; i < count; i++)
      this.value(METADATA_TYPES[this.byte() - 1] ?? this.fail('metadata of an unknown type'), true)
  }

  #whole(isTime: boolean): void {
    const start = this.at
    while (this.at - start < 7 && this.byte() >= 0x80);
    const last = this.#bytes[this.at - 1]!
    // Up to seven bytes are below 2^48, and so within every bound.
    if (last < 0x80 && (last > 0 || this.at - start === 1)) return
    this.at = start
    const reader = new Reader(this.#bytes.subarray(start), this.#what)
    const value = reader.int64()
    if (isTime && (value > TIME_MAX || value < -TIME_MAX)) this.fail('a time out of range')
    this.at += reader.offset
  }
}

const NAN_BITS = 0x7ff8000000000000n
