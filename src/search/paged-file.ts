// Files that are written once and read in parts, with a checksum for each page: whatever is read was verified.
import fs from 'node:fs'
import zlib from 'node:zlib'
import { isDvError, systemCode } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import { indexDamage, WHAT } from './damage.js'

const PAGE = 16 * 1024
const BUFFER = 64 * PAGE
/** Behind the pages: their checksums, a sealed record, and in these bytes the record's length. */
const TAIL_BYTES = 8

/** Writes from the first byte to the last. */
export class PagedWriter {
  readonly #descriptor: number
  readonly #buffer = Buffer.allocUnsafe(BUFFER)
  readonly #sums: number[] = []
  #filled = 0
  #flushed = 0

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  /** Where the next byte goes. */
  get offset(): number {
    return this.#flushed + this.#filled
  }

  write(bytes: Uint8Array): void {
    const to = bytes.length
    let from = 0
    while (from < to) {
      const count = Math.min(to - from, BUFFER - this.#filled)
      this.#buffer.set(bytes.subarray(from, from + count), this.#filled)
      this.#filled += count
      from += count
      if (this.#filled === BUFFER) this.#flush()
    }
  }

  #flush(): void {
    for (let at = 0; at < this.#filled; at += PAGE)
      this.#sums.push(zlib.crc32(this.#buffer.subarray(at, Math.min(at + PAGE, this.#filled))))
    writeAll(this.#descriptor, this.#buffer.subarray(0, this.#filled))
    this.#flushed += this.#filled
    this.#filled = 0
  }

  /** Ends the file with a record of what is where in it. */
  finish(record: object): void {
    this.#flush()
    const sums = Buffer.from(Uint32Array.from(this.#sums).buffer)
    const sealed = seal({ ...record, bytes: this.#flushed, sums: zlib.crc32(sums) })
    const tail = Buffer.alloc(TAIL_BYTES)
    tail.writeUInt32LE(sealed.length)
    writeAll(this.#descriptor, Buffer.concat([sums, sealed, tail]))
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += fs.writeSync(descriptor, bytes, at)
}

/** Reads parts of what a PagedWriter wrote. Throws DV_CORRUPT for what it did not write. */
export class PagedFile {
  readonly record: Record<string, unknown>
  readonly #descriptor: number
  readonly #file: string
  readonly #size: number
  readonly #bytes: number
  readonly #sums: Uint32Array

  constructor(file: string) {
    this.#file = file
    this.#descriptor = openPlain(file)
    try {
      const { size } = fs.fstatSync(this.#descriptor)
      this.#size = size
      const sealedBytes = this.#raw(size - TAIL_BYTES, TAIL_BYTES).readUInt32LE()
      const sealedAt = size - TAIL_BYTES - sealedBytes
      this.record = unseal(this.#raw(sealedAt, sealedBytes), WHAT)
      this.#bytes = Number(this.record['bytes'])
      const sums = this.#raw(this.#bytes, Math.ceil(this.#bytes / PAGE) * 4)
      if (this.#bytes + sums.length !== sealedAt || zlib.crc32(sums) !== this.record['sums'])
        throw this.damaged()
      this.#sums = new Uint32Array(sums.buffer, sums.byteOffset, sums.length / 4)
    } catch (error) {
      fs.closeSync(this.#descriptor)
      throw isDvError(error) ? error : this.damaged()
    }
  }

  damaged(): Error {
    return indexDamage(`'${this.#file}'`)
  }

  /** Bytes at an offset. */
  read(offset: number, length: number): Buffer {
    if (length === 0) return Buffer.alloc(0)
    if (!(offset >= 0 && length > 0 && offset + length <= this.#bytes)) throw this.damaged()
    const first = Math.floor(offset / PAGE)
    const start = first * PAGE
    const end = Math.min(this.#bytes, Math.ceil((offset + length) / PAGE) * PAGE)
    const bytes = this.#raw(start, end - start)
    for (let at = 0, page = first; at < bytes.length; at += PAGE, page++)
      if (zlib.crc32(bytes.subarray(at, at + PAGE)) !== this.#sums[page]) throw this.damaged()
    return bytes.subarray(offset - start, offset - start + length)
  }

  /** Reads parts that mostly follow each other. */
  ahead(): ReadAhead {
    return new ReadAhead(this, this.#bytes)
  }

  #raw(offset: number, length: number): Buffer {
    if (!(offset >= 0 && length >= 0 && length <= this.#size)) throw this.damaged()
    const bytes = Buffer.allocUnsafeSlow(length)
    for (let at = 0; at < length;) {
      const count = fs.readSync(this.#descriptor, bytes, at, length - at, offset + at)
      if (count === 0) throw this.damaged()
      at += count
    }
    return bytes
  }

  close(): void {
    fs.closeSync(this.#descriptor)
  }
}

export interface PageReader {
  read(offset: number, length: number): Buffer
}

const AHEAD = 16 * PAGE

/** Reads many pages at once, and each that is asked for soon again once. */
class ReadAhead implements PageReader {
  readonly #file: PageReader
  readonly #bytes: number
  #from = 0
  #pages: Buffer = Buffer.alloc(0)

  constructor(file: PageReader, bytes: number) {
    this.#file = file
    this.#bytes = bytes
  }

  /** What is read next is not before `offset`. */
  load(offset: number): void {
    const end = this.#from + this.#pages.length
    const isHere = offset >= this.#from && (offset + AHEAD / 2 <= end || end === this.#bytes)
    if (!isHere) this.#fill(offset, AHEAD)
  }

  read(offset: number, length: number): Buffer {
    const end = this.#from + this.#pages.length
    if (offset < this.#from || offset + length > end) this.#fill(offset, Math.max(length, AHEAD))
    return this.#pages.subarray(offset - this.#from, offset - this.#from + length)
  }

  #fill(offset: number, length: number): void {
    const from = Math.floor(offset / PAGE) * PAGE
    this.#pages = this.#file.read(from, Math.min(length + offset - from, this.#bytes - from))
    this.#from = from
  }
}

/** A link in the place of a file leads elsewhere. */
function openPlain(file: string): number {
  try {
    return fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0))
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    throw indexDamage(`'${file}' is not there`)
  }
}
