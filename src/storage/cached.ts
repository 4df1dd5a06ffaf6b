// Keeps on disk what was read of a store that is far away: small ranges of objects that never change. Safe with any number
// of processes: an entry appears whole under its name, and one that is damaged is as good as none. Why so:
// spec/decisions/0020
import fs from 'node:fs'
import path from 'node:path'
import { randomHex, sameBytes } from '../base/index.js'
import { checksum } from '../hash/index.js'
import { trimCache } from './cache-folder.js'
import { forward } from './forward.js'
import type { ByteRange, Storage } from './port.js'
import { removeQuietly } from './publish.js'

/** Whoever reads more at once reads it once, or keeps it himself. */
const ENTRY_BYTES_MAX = 1024 * 1024
const SUM_BYTES = 32
/** How much one process adds before it looks whether others must go. */
const TRIM_EVERY_BYTES = 64 * 1024 * 1024
/** When an entry was used is noted no more often than this. */
const USED_EVERY_MS = 60 * 60 * 1000

export interface CacheOptions {
  /** The folder of the whole cache. */
  root: string
  /** What tells this store's objects from those of others. */
  store: string
  /** Bytes, of the whole cache. */
  limit: number
}

/** Where the cache cannot be written, it reads as if there were none. */
export function cached(storage: Storage, options: CacheOptions): Storage {
  const cache = new RangeCache(options)
  return {
    ...forward(storage),
    async get(name, range) {
      if (!range || range.length > ENTRY_BYTES_MAX || range.length === 0) return storage.get(name, range)
      const known = cache.find(name, range)
      if (known) return known
      const bytes = await storage.get(name, range)
      cache.add(name, range, bytes)
      return bytes
    },
    forget: (name) => cache.forget(name) || (storage.forget?.(name) ?? false),
    close() {
      cache.close()
      storage.close()
    },
  }
}

class RangeCache {
  readonly #options: CacheOptions
  readonly #ranges = new Map<string, ByteRange[]>()
  #added = 0
  #isTrimmed = true

  constructor(options: CacheOptions) {
    this.#options = options
  }

  find(name: string, range: ByteRange): Uint8Array | undefined {
    const end = range.offset + range.length
    const within = this.#of(name).find((at) => at.offset <= range.offset && end <= at.offset + at.length)
    const bytes = within && readEntry(this.#file(name, within))
    return bytes?.subarray(range.offset - within!.offset, end - within!.offset)
  }

  add(name: string, range: ByteRange, bytes: Uint8Array): void {
    const { root, limit } = this.#options
    if (!writeEntry(root, this.#file(name, range), bytes)) return
    this.#of(name).push({ offset: range.offset, length: range.length })
    this.#isTrimmed = false
    this.#added += bytes.length
    if (this.#added < TRIM_EVERY_BYTES) return
    this.#added = 0
    trimCache(root, limit)
  }

  /** Removes all that is kept of an object; whether there was anything. */
  forget(name: string): boolean {
    const had = this.#of(name).length > 0
    for (const range of this.#of(name)) removeQuietly(this.#file(name, range))
    this.#ranges.delete(name)
    return had
  }

  close(): void {
    if (!this.#isTrimmed) trimCache(this.#options.root, this.#options.limit)
    this.#isTrimmed = true
  }

  /** What is kept of an object, as far as this process knows. */
  #of(name: string): ByteRange[] {
    let ranges = this.#ranges.get(name)
    if (!ranges) {
      ranges = names(this.#folder(name)).flatMap(rangeOf)
      this.#ranges.set(name, ranges)
    }
    return ranges
  }

  #folder(name: string): string {
    return path.join(this.#options.root, this.#options.store, name)
  }

  #file(name: string, { offset, length }: ByteRange): string {
    return path.join(this.#folder(name), `+${offset}+${length}`)
  }
}

function names(folder: string): string[] {
  try {
    return fs.readdirSync(folder)
  } catch {
    return []
  }
}

function rangeOf(name: string): ByteRange[] {
  const [, offset, length] = /^\+(\d{1,15})\+(\d{1,8})$/.exec(name) ?? []
  return offset === undefined ? [] : [{ offset: Number(offset), length: Number(length) }]
}

/** Undefined when it is gone or damaged: then it is fetched again. */
function readEntry(file: string): Uint8Array | undefined {
  try {
    const whole = fs.readFileSync(file)
    const bytes = whole.subarray(0, -SUM_BYTES)
    if (!sameBytes(whole.subarray(-SUM_BYTES), checksum(bytes))) throw new Error('damaged')
    const now = Date.now()
    if (now - fs.statSync(file).mtimeMs > USED_EVERY_MS) fs.utimesSync(file, now / 1000, now / 1000)
    return bytes
  } catch {
    removeQuietly(file)
    return undefined
  }
}

function writeEntry(root: string, file: string, bytes: Uint8Array): boolean {
  const temporary = path.join(root, 'tmp', `${process.pid}-${randomHex(8)}`)
  try {
    fs.mkdirSync(path.dirname(temporary), { recursive: true })
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(temporary, Buffer.concat([bytes, checksum(bytes)]), { flag: 'wx' })
    fs.renameSync(temporary, file)
    return true
  } catch {
    // A full disk, or a home that cannot be written: reading goes on without.
    removeQuietly(temporary)
    return false
  }
}
