// LZ4 frames, which Feather files are packed in unless told otherwise. Format: github.com/lz4/lz4, doc/lz4_Frame_format.md
import { asBuffer } from '../base/index.js'

const MAGIC = 0x184d2204
/** `most`: bytes that it may unpack to. Throws RangeError for more, and for what is no such frame. Checksums are not looked at: dv has checked the file. */
export function lz4Frame(bytes: Uint8Array, most: number): Uint8Array {
  const frame = asBuffer(bytes)
  if (frame.readUInt32LE(0) !== MAGIC) throw new RangeError('it has no LZ4 frame where one should be')
  const flags = frame.readUInt8(4)
  const has = (bit: number) => ((flags >> bit) & 1) === 1
  let at = 7 + (has(3) ? 8 : 0) + (has(0) ? 4 : 0)
  const out = new Output(has(3) ? Number(frame.readBigUInt64LE(6)) : frame.length * 4, most)
  for (;;) {
    const header = frame.readUInt32LE(at)
    if (header === 0) return out.bytes()
    const end = at + 4 + (header & 0x7fffffff)
    if (end > frame.length) throw new RangeError('an LZ4 frame is cut short')
    const block = frame.subarray(at + 4, end)
    if (header >>> 31 === 1) out.literals(block, 0, block.length)
    else unpack(block, out)
    at = end + (has(4) ? 4 : 0)
  }
}

/** Sequences: so many literals, then so many bytes of what was before. */
function unpack(block: Uint8Array, out: Output): void {
  let at = 0
  const length = (first: number) => {
    let sum = first
    for (let more = first === 15 ? 255 : 0; more === 255;) sum += more = byteOf(block, at++)
    return sum
  }
  while (at < block.length) {
    const token = block[at++]!
    const count = length(token >> 4)
    out.literals(block, at, count)
    at += count
    if (at >= block.length) return
    const distance = byteOf(block, at++) | (byteOf(block, at++) << 8)
    out.copy(distance, length(token & 15) + 4)
  }
}

function byteOf(block: Uint8Array, at: number): number {
  const byte = block[at]
  if (byte === undefined) throw new RangeError('an LZ4 block is cut short')
  return byte
}

class Output {
  #buffer: Buffer
  #length = 0
  readonly #most: number

  constructor(bytes: number, most: number) {
    this.#most = most
    this.#buffer = Buffer.allocUnsafe(Math.min(Math.max(bytes, 64), 1024 * 1024))
  }

  literals(from: Uint8Array, at: number, count: number): void {
    if (at + count > from.length) throw new RangeError('an LZ4 block is cut short')
    this.#room(count)
    this.#buffer.set(from.subarray(at, at + count), this.#length)
    this.#length += count
  }

  /** What is copied may be what is being written. */
  copy(distance: number, count: number): void {
    if (distance === 0 || distance > this.#length)
      throw new RangeError('an LZ4 block points before its beginning')
    this.#room(count)
    const from = this.#length - distance
    if (distance >= count) this.#buffer.copyWithin(this.#length, from, from + count)
    else for (let i = 0; i < count; i++) this.#buffer[this.#length + i] = this.#buffer[from + i]!
    this.#length += count
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #room(count: number): void {
    const wanted = this.#length + count
    if (wanted <= this.#buffer.length) return
    if (wanted > this.#most) throw new RangeError(`it unpacks to more than ${this.#most} bytes`)
    const grown = Buffer.allocUnsafe(Math.max(wanted, this.#buffer.length * 2))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}
