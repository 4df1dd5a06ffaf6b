// Format: spec/03-encoding.md. Every length is checked against what is left before anything is allocated.
import { asBuffer, corrupt, DvError, fromUtf8, utf8 } from '../base/index.js'

/** A method of every string that the library of this TypeScript target does not list yet. */
type WellFormable = string & { isWellFormed(): boolean }

/** Appends canonical values to a growing buffer. */
export class Writer {
  #bytes: Buffer
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = Buffer.allocUnsafe(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** Everything written so far, as a view that stays valid until the next write. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Everything written so far, as a copy. */
  done(): Buffer {
    return Buffer.from(this.view())
  }

  /** Where the next `count` bytes go. Call it before touching #bytes, which it may replace. */
  #room(count: number): number {
    const at = this.#length
    if (at + count > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, at + count))
      this.#bytes.copy(grown, 0, 0, at)
      this.#bytes = grown
    }
    this.#length = at + count
    return at
  }

  u8(value: number): this {
    const at = this.#room(1)
    this.#bytes[at] = value
    return this
  }

  u16(value: number): this {
    const at = this.#room(2)
    this.#bytes.writeUInt16LE(value, at)
    return this
  }

  u32(value: number): this {
    const at = this.#room(4)
    this.#bytes.writeUInt32LE(value, at)
    return this
  }

  /** Little-endian unsigned integer of `width` bytes, 0 to 6. */
  uint(value: number, width: number): this {
    const at = this.#room(width)
    if (width > 0) this.#bytes.writeUIntLE(value, at, width)
    return this
  }

  f64(value: number): this {
    const at = this.#room(8)
    this.#bytes.writeDoubleLE(value, at)
    return this
  }

  /** Unsigned LEB128 of a safe integer, in the fewest bytes. */
  varint(value: number): this {
    if (value < 0 || !Number.isSafeInteger(value)) throw new TypeError(`varint of ${value}`)
    while (value >= 0x80) {
      this.u8((value % 0x80) | 0x80)
      value = Math.floor(value / 0x80)
    }
    return this.u8(value)
  }

  /** Signed 64-bit integer: zigzag, then LEB128 in the fewest bytes. */
  int64(value: bigint): this {
    if (value >= -SMALL && value < SMALL) {
      const small = Number(value)
      return this.varint(small >= 0 ? small * 2 : small * -2 - 1)
    }
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    while (rest >= 0x80n) {
      this.u8(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    return this.u8(Number(rest))
  }

  /** Bytes as they are, without a length. */
  raw(bytes: Uint8Array): this {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }

  /** A varint length, then the bytes. */
  bytes(bytes: Uint8Array): this {
    return this.varint(bytes.length).raw(bytes)
  }

  /** A varint length, then UTF-8. Throws DV_USAGE on text that has none: half a surrogate pair. */
  string(text: string): this {
    if (text.length < ASCII_MAX && this.#ascii(text)) return this
    if (!(text as WellFormable).isWellFormed()) {
      throw new DvError('DV_USAGE', 'Text with half a surrogate pair cannot be written as UTF-8', {
        data: { text },
      })
    }
    return this.bytes(utf8(text))
  }

  /** Writes text that is ASCII, with its length. False, with nothing written: it is not. */
  #ascii(text: string): boolean {
    const at = this.#room(text.length + 1)
    const bytes = this.#bytes
    bytes[at] = text.length
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80) {
        this.#length = at
        return false
      }
      bytes[at + 1 + i] = unit
    }
    return true
  }
}

/** Whole numbers of so many bits are faster as numbers. */
const SMALL = 1n << 46n
/** Shorter ASCII is faster byte by byte than by a call out of JavaScript; its length takes one byte. */
const ASCII_MAX = 64

/** Short texts that were read last, by a hash of theirs: names of metadata come again and again. */
const recent = new Array<string>(1024).fill('')

function isText(bytes: Buffer, text: string): boolean {
  if (text.length !== bytes.length) return false
  for (let i = 0; i < bytes.length; i++) if (text.charCodeAt(i) !== bytes[i]) return false
  return true
}

/** Reads what Writer wrote. Throws DV_CORRUPT, naming `what`, on anything a Writer cannot have written. */
export class Reader {
  readonly #bytes: Buffer
  readonly #what: string
  #at = 0

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = asBuffer(bytes)
    this.#what = what
  }

  get offset(): number {
    return this.#at
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  fail(reason: string): never {
    throw corrupt(`The ${this.#what} is damaged: ${reason} at byte ${this.#at}`, {
      what: this.#what,
      offset: this.#at,
    })
  }

  #take(count: number): number {
    const at = this.#at
    if (count > this.#bytes.length - at) this.fail(`${count} bytes wanted, ${this.#bytes.length - at} left`)
    this.#at = at + count
    return at
  }

  u8(): number {
    return this.#bytes[this.#take(1)]!
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2))
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4))
  }

  uint(width: number): number {
    const at = this.#take(width)
    return width === 0 ? 0 : this.#bytes.readUIntLE(at, width)
  }

  f64(): number {
    return this.#bytes.readDoubleLE(this.#take(8))
  }

  varint(): number {
    let value = 0
    let scale = 1
    for (let i = 0; ; i++) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (byte === 0 && i > 0) this.fail('a number in more bytes than it needs')
        break
      }
      if (i === 7) this.fail('a number too large')
      scale *= 0x80
    }
    if (!Number.isSafeInteger(value)) this.fail('a number too large')
    return value
  }

  int64(): bigint {
    const start = this.#at
    let small = 0
    // Six bytes are 42 bits.
    for (let i = 0, scale = 1; i < 6; i++, scale *= 0x80) {
      const byte = this.u8()
      small += (byte & 0x7f) * scale
      if (byte >= 0x80) continue
      if (byte === 0 && i > 0) this.fail('a number that is not canonical')
      return BigInt(small % 2 === 0 ? small / 2 : -(small + 1) / 2)
    }
    this.#at = start
    let value = 0n
    for (let i = 0; ; i++) {
      const byte = this.u8()
      value |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte < 0x80) {
        if ((byte === 0 && i > 0) || (i === 9 && byte > 1)) this.fail('a number that is not canonical')
        break
      }
      if (i === 9) this.fail('a number too large')
    }
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))
  }

  /** A view of the next `count` bytes. */
  raw(count: number): Buffer {
    const at = this.#take(count)
    return this.#bytes.subarray(at, at + count)
  }

  /** A varint length at most `max`, then a view of that many bytes. */
  bytes(max = Number.MAX_SAFE_INTEGER): Buffer {
    const length = this.varint()
    if (length > max) this.fail(`a length of ${length} where at most ${max} is allowed`)
    return this.raw(length)
  }

  string(max?: number): string {
    const bytes = this.bytes(max)
    return bytes.length < ASCII_MAX ? this.#short(bytes) : this.#decoded(bytes)
  }

  #short(bytes: Buffer): string {
    let hash = bytes.length
    let bits = 0
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]!
      hash = (Math.imul(hash, 31) + byte) | 0
      bits |= byte
    }
    if (bits >= 0x80) return this.#decoded(bytes)
    const place = (hash ^ (hash >>> 10)) & (recent.length - 1)
    const known = recent[place]!
    if (isText(bytes, known)) return known
    return (recent[place] = bytes.toString('latin1'))
  }

  #decoded(bytes: Buffer): string {
    try {
      return fromUtf8(bytes)
    } catch {
      return this.fail('text that is not UTF-8')
    }
  }

  /** A varint count of things that take at least `bytesEach`, so it cannot exceed what is left. */
  count(max: number, bytesEach = 1): number {
    const count = this.varint()
    if (count > max || count * bytesEach > this.left) this.fail(`a count of ${count}`)
    return count
  }

  /** Must be called last: refuses trailing bytes. */
  end(): void {
    if (this.left > 0) this.fail(`${this.left} bytes too many`)
  }
}
