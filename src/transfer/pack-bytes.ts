// The bytes of a pack, in memory or in a file that is read in order through one buffer.
import fs from 'node:fs'
import { asBuffer, corrupt } from '../base/index.js'
import { BLOCK_STORED_MAX, blockLengthOf, decodeBlockHeader } from '../pack/index.js'
import type { StoredBlock } from './open-block.js'

const WINDOW_BYTES = 2 * 1024 * 1024
const HEADER_BYTES_MAX = 64 * 1024

export interface PackBytes {
  readonly size: number
  /** A view, good until the next call. Throws DV_CORRUPT beyond the end. */
  bytes(at: number, length: number): Buffer
  close(): void
}

/** The block at `at`, which ends no later than `end`; a view, as above. Throws DV_CORRUPT when none begins there. */
export function blockAt(pack: PackBytes, at: number, end: number): StoredBlock {
  const header = decodeBlockHeader(pack.bytes(at, Math.min(HEADER_BYTES_MAX, end - at)))
  const length = blockLengthOf(header)
  if (length > end - at || length > BLOCK_STORED_MAX) throw corrupt('it is cut short')
  return { header, bytes: pack.bytes(at, length) }
}

export function packInMemory(whole: Uint8Array): PackBytes {
  const size = whole.length
  return {
    size,
    bytes(at, length) {
      requireInside(at, length, size)
      return asBuffer(whole).subarray(at, at + length)
    },
    close() {},
  }
}

export function packInFile(path: string): PackBytes {
  return new FileBytes(path)
}

class FileBytes implements PackBytes {
  readonly size: number
  readonly #fd: number
  #buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES)
  /** Where in the file the bytes of the buffer come from. */
  #at = 0
  #length = 0

  constructor(path: string) {
    this.#fd = fs.openSync(path, 'r')
    this.size = fs.fstatSync(this.#fd).size
  }

  bytes(at: number, length: number): Buffer {
    requireInside(at, length, this.size)
    if (at < this.#at || at + length > this.#at + this.#length) this.#fill(at, length)
    return this.#buffer.subarray(at - this.#at, at - this.#at + length)
  }

  close(): void {
    fs.closeSync(this.#fd)
  }

  #fill(at: number, least: number): void {
    if (least > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(least)
    this.#at = at
    this.#length = 0
    const wanted = Math.min(this.#buffer.length, this.size - at)
    while (this.#length < wanted) {
      const count = fs.readSync(
        this.#fd,
        this.#buffer,
        this.#length,
        wanted - this.#length,
        at + this.#length,
      )
      if (count === 0) throw corrupt('a pack became shorter while it was read')
      this.#length += count
    }
  }
}

function requireInside(at: number, length: number, size: number): void {
  if (at < 0 || length < 0 || at + length > size) throw corrupt('a pack is shorter than what it should hold')
}
