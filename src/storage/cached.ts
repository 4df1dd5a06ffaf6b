// Keeps on disk what was read of a store that is far away: small ranges of objects that never change. Safe with any number
// of processes: an entry appears whole under its name, and one that is damaged is as good as none. Why so:
// spec/decisions/0020
import fs from 'node:fs'
import path from 'node:path'
import { readEntry, writeEntry } from './cache-entry.js'
import { trimCache } from './cache-folder.js'
import { forward } from './forward.js'
import type { ByteRange, Storage } from './port.js'
import { removeQuietly } from './publish.js'

/** Whoever reads more at once reads it once, or keeps it himself; unless he says that he wants it kept. */
const ENTRY_BYTES_MAX = 1024 * 1024
const WANTED_BYTES_MAX = 64 * 1024 * 1024
/** How much one process adds before it looks whether others must go. */
const TRIM_EVERY_BYTES = 64 * 1024 * 1024

export interface CacheOptions {
  /** The folder of the whole cache. */
  root: string
  /** What tells this store's objects from those of others. */
  store: string
  /** Bytes, of the whole cache. */
  limit: number
}

export interface CachedStorage extends Storage {
  /** From now on large ranges are kept too: they will be asked for again. */
  keepAll(): void
}

/** Where the cache cannot be written, it reads as if there were none. */
export function cached(storage: Storage, options: CacheOptions): CachedStorage {
  const cache = new RangeCache(options)
  let longest = ENTRY_BYTES_MAX
  return {
    ...forward(storage),
    async get(name, range) {
      if (!range || range.length > longest || range.length === 0) return storage.get(name, range)
      return cache.read(name, range, (part) => storage.get(name, part))
    },
    keepAll: () => void (longest = WANTED_BYTES_MAX),
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

  /** What is kept of a range at its beginning and end is not fetched; the rest is, at once. */
  async read(
    name: string,
    { offset, length }: ByteRange,
    fetch: (part: ByteRange) => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const [first, last]: Uint8Array[][] = [[], []]
    let from = offset
    let to = offset + length
    for (let held = this.#from(name, from, to); held; held = this.#from(name, from, to)) {
      first!.push(held)
      from += held.length
    }
    for (let held = this.#until(name, from, to); held; held = this.#until(name, from, to)) {
      last!.unshift(held)
      to -= held.length
    }
    if (from === to && first!.length === 1) return first![0]!
    const part = { offset: from, length: to - from }
    const fetched = part.length > 0 ? await fetch(part) : new Uint8Array(0)
    if (part.length > 0) this.#add(name, part, fetched)
    return part.length === length ? fetched : Buffer.concat([...first!, fetched, ...last!])
  }

  /** What is kept from a place on, at most up to `to`. */
  #from(name: string, from: number, to: number): Uint8Array | undefined {
    return this.#held(name, { from, to }, (at) => at.offset <= from && from < at.offset + at.length)
  }

  /** What is kept before a place, at most from `from` on. */
  #until(name: string, from: number, to: number): Uint8Array | undefined {
    return this.#held(name, { from, to }, (at) => at.offset < to && to <= at.offset + at.length)
  }

  /** Of the first range that fits and can be read, what lies between. */
  #held(
    name: string,
    { from, to }: { from: number; to: number },
    fits: (at: ByteRange) => boolean,
  ): Uint8Array | undefined {
    if (from === to) return undefined
    for (const at of this.#of(name).filter(fits)) {
      const bytes = readEntry(this.#file(name, at))
      if (bytes?.length === at.length)
        return bytes.subarray(Math.max(0, from - at.offset), Math.min(at.length, to - at.offset))
      this.#ranges.set(
        name,
        this.#of(name).filter((other) => other !== at),
      )
    }
    return undefined
  }

  #add(name: string, range: ByteRange, bytes: Uint8Array): void {
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
