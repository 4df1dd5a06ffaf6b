// Format: spec/05-packs.md. A pack is a header, blocks one after the other, and a footer that is the index segment of
// its items. Packs are written once to a temporary file, published whole, and never changed.
import fs from 'node:fs'
import { corrupt, fromSystemError, randomHex } from '../base/index.js'
import { removeQuietly } from '../storage/index.js'

export type PackKind = 'data' | 'node'
export const PACK_HEADER_BYTES = 16
export const PACK_TRAILER_BYTES = 16
export const PACK_BYTES_MAX = 256 * 1024 * 1024
export const PACK_NAME_BYTES = 16
const PACK_MAGIC = 'DVPACK1\n'
const TRAILER_MAGIC = 'DVPEND1\n'
const WRITE_BUFFER_BYTES = 256 * 1024
/** So many bytes are written from where they lie, behind what is buffered: gathering them would only copy them. */
const WRITE_DIRECT_BYTES = 64 * 1024

/** 32 random hex digits: a pack's name is never used again, whatever happens to the pack. */
export function newPackName(): string {
  return randomHex(PACK_NAME_BYTES)
}

/** Where a pack lies in a store. */
export function packKey(name: string): string {
  return `packs/${name}`
}

export function encodePackHeader(kind: PackKind): Buffer {
  const header = Buffer.alloc(PACK_HEADER_BYTES)
  header.write(PACK_MAGIC, 'latin1')
  header[8] = kind === 'data' ? 1 : 2
  return header
}

export function decodePackHeader(bytes: Uint8Array): PackKind {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (header.length < PACK_HEADER_BYTES || header.toString('latin1', 0, 8) !== PACK_MAGIC) {
    throw corrupt('A pack does not begin as a pack')
  }
  const kind = header[8] === 1 ? 'data' : header[8] === 2 ? 'node' : undefined
  if (kind === undefined || header.subarray(9, PACK_HEADER_BYTES).some((byte) => byte !== 0)) {
    throw corrupt('A pack is of an unknown kind')
  }
  return kind
}

/** The last bytes of a pack: how long the segment before them is. */
export function encodePackTrailer(segmentLength: number): Buffer {
  const trailer = Buffer.alloc(PACK_TRAILER_BYTES)
  trailer.writeUIntLE(segmentLength, 0, 6)
  trailer.write(TRAILER_MAGIC, 8, 'latin1')
  return trailer
}

/** Where the footer segment of a pack of `packSize` bytes lies. */
export function decodePackTrailer(trailer: Uint8Array, packSize: number): { offset: number; length: number } {
  const bytes = Buffer.from(trailer.buffer, trailer.byteOffset, trailer.length)
  const whole =
    bytes.length === PACK_TRAILER_BYTES &&
    packSize <= PACK_BYTES_MAX &&
    bytes.toString('latin1', 8) === TRAILER_MAGIC &&
    bytes.readUInt16LE(6) === 0
  const length = whole ? bytes.readUIntLE(0, 6) : 0
  const offset = packSize - PACK_TRAILER_BYTES - length
  if (length === 0 || offset < PACK_HEADER_BYTES)
    throw corrupt('A pack does not end as a pack: it may be cut short')
  return { offset, length }
}

/** A pack being written to `path`. After the first error nothing more is written and it must be aborted. */
export class PackFile {
  readonly name = newPackName()
  readonly path: string
  #fd: number
  #length = 0
  #buffer = Buffer.allocUnsafe(WRITE_BUFFER_BYTES)
  #buffered = 0
  #failure: unknown
  #closed = false

  constructor(path: string, kind: PackKind) {
    this.path = path
    this.#fd = this.#attempt(() => fs.openSync(path, 'wx+', 0o644))
    this.append(encodePackHeader(kind))
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  /** Appends bytes, which may change afterwards, and returns where the first piece begins. */
  append(...pieces: readonly Uint8Array[]): number {
    const at = this.#length
    for (const piece of pieces) {
      if (piece.length >= WRITE_DIRECT_BYTES) this.#drain(piece)
      else this.#gather(piece)
      this.#length += piece.length
    }
    return at
  }

  /** Reads back what was appended. */
  read(offset: number, length: number): Buffer {
    this.#drain()
    const bytes = Buffer.allocUnsafe(length)
    this.#attempt(() => {
      for (let at = 0; at < length;) {
        const count = fs.readSync(this.#fd, bytes, at, length - at, offset + at)
        if (count === 0) throw corrupt(`Pack file '${this.path}' is shorter than what was written to it`)
        at += count
      }
    })
    return bytes
  }

  /** Ends the pack with its footer and closes the file; the caller publishes or removes it. */
  finish(segment: Uint8Array): { segmentOffset: number } {
    const segmentOffset = this.append(segment)
    this.append(encodePackTrailer(segment.length))
    if (this.#length > PACK_BYTES_MAX) throw new TypeError(`a pack of ${this.#length} bytes`)
    this.#drain()
    this.#attempt(() => this.#close())
    return { segmentOffset }
  }

  /** Removes the file, whatever state it is in. */
  abort(): void {
    try {
      this.#close()
    } catch {
      // What could not be written is not wanted any more.
    }
    removeQuietly(this.path)
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    fs.closeSync(this.#fd)
  }

  #gather(bytes: Uint8Array): void {
    if (this.#buffered + bytes.length > WRITE_BUFFER_BYTES) this.#drain()
    this.#buffer.set(bytes, this.#buffered)
    this.#buffered += bytes.length
  }

  /** Writes what is buffered, and `more` behind it, in one call of the system. */
  #drain(more?: Uint8Array): void {
    const pieces = [this.#buffer.subarray(0, this.#buffered), ...(more ? [more] : [])]
    this.#buffered = 0
    this.#attempt(() => {
      let done = fs.writevSync(this.#fd, pieces)
      for (const piece of pieces) {
        for (; done < piece.length;) done += fs.writeSync(this.#fd, piece, done, piece.length - done)
        done -= piece.length
      }
    })
  }

  #attempt<T>(work: () => T): T {
    if (this.#failure !== undefined) throw this.#failure
    try {
      return work()
    } catch (error) {
      this.#failure = fromSystemError(error, 'write', this.path)
      throw this.#failure
    }
  }
}
