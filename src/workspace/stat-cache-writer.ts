import fs from 'node:fs'
import { discardFile, replaceFile, temporaryName } from '../files/index.js'
import { blake3, type Hasher } from '../hash/index.js'
import {
  type CacheRow,
  encodeRow,
  encodeTrailer,
  MAGIC,
  ROW_BYTES_MAX,
  type Target,
  type Trailer,
} from './stat-cache-codec.js'

const BUFFER_BYTES = 1 << 18

/** Writes a cache row by row into a temporary file beside `file`; finish() puts it in its place. */
export class StatCacheWriter {
  readonly #temporary: string
  readonly #target: Target
  readonly #hasher: Hasher = blake3.hasher()
  #descriptor: number | undefined
  #length = MAGIC.length
  #previous = ''
  count = 0

  constructor(file: string) {
    this.#temporary = temporaryName(file)
    this.#descriptor = fs.openSync(this.#temporary, 'wx')
    const bytes = Buffer.allocUnsafeSlow(BUFFER_BYTES)
    this.#target = { bytes, view: new DataView(bytes.buffer) }
    MAGIC.copy(bytes)
  }

  /** Rows must come in manifest order. */
  add(row: CacheRow): void {
    this.#length = encodeRow(this.#target, this.#length, row, this.#previous)
    this.#previous = row.path
    this.count++
    if (this.#length > BUFFER_BYTES - ROW_BYTES_MAX) this.#flush()
  }

  /** Makes it `file`. Not synced: a cache lost with the power is rebuilt. */
  finish(file: string, trailer: Omit<Trailer, 'count'>): void {
    this.#flush()
    const bytes = encodeTrailer({ ...trailer, count: this.count })
    this.#hasher.update(bytes)
    fs.writeSync(this.#descriptor!, Buffer.concat([bytes, this.#hasher.digest()]))
    this.#close()
    replaceFile(this.#temporary, file)
  }

  /** Gives up, whatever was done before: leaves the cache that was there. */
  abandon(): void {
    this.#close()
    discardFile(this.#temporary)
  }

  #close(): void {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    if (descriptor !== undefined) fs.closeSync(descriptor)
  }

  #flush(): void {
    const bytes = this.#target.bytes.subarray(0, this.#length)
    this.#hasher.update(bytes)
    for (let at = 0; at < bytes.length;) at += fs.writeSync(this.#descriptor!, bytes, at)
    this.#length = 0
  }
}
