const PAGE_BYTES = 16 * 1024
/** More than any object has. */
const PAGES_MAX = 2 ** 32
/** Dropped at once, so that looking for the oldest is rare. */
const DROPPED_SHARE = 1 / 8

export interface PageRange {
  at: number
  length: number
  /** The size of what is read from: no page reaches beyond it. */
  end: number
}

type Load = (offset: number, length: number) => Promise<Buffer>

interface Page {
  key: number
  /** A promise until it is here. */
  bytes: Buffer | Promise<Buffer>
  used: number
}

/** Pages of immutable objects, the least recently used dropped first. */
export class PageCache {
  readonly #pages = new Map<number, Page>()
  readonly #limit: number
  #clock = 0
  #objects = 0

  /** `bytes`: how much memory the pages may take. */
  constructor(bytes = 16 * 1024 * 1024) {
    this.#limit = Math.max(4, Math.floor(bytes / PAGE_BYTES))
  }

  /** A number for an object to be read by. */
  newObject(): number {
    return this.#objects++
  }

  /** Bytes of an object, at once when they are here; more than a page at once is read past the cache. */
  read(object: number, { at, length, end }: PageRange, load: Load): Buffer | Promise<Buffer> {
    if (length > PAGE_BYTES) return load(at, length)
    const first = Math.floor(at / PAGE_BYTES)
    const last = Math.floor((at + Math.max(1, length) - 1) / PAGE_BYTES)
    const from = at - first * PAGE_BYTES
    const page = this.#page(object, { page: first, end }, load)
    if (first === last && page instanceof Buffer) return page.subarray(from, from + length)
    const pages = first === last ? [page] : [page, this.#page(object, { page: last, end }, load)]
    return Promise.all(pages).then((parts) => Buffer.concat(parts).subarray(from, from + length))
  }

  #page(object: number, { page, end }: { page: number; end: number }, load: Load): Buffer | Promise<Buffer> {
    const key = object * PAGES_MAX + page
    let found = this.#pages.get(key)
    if (!found) {
      if (this.#pages.size >= this.#limit) this.#dropOldest()
      const bytes = load(page * PAGE_BYTES, Math.min(PAGE_BYTES, end - page * PAGE_BYTES))
      const added: Page = { key, bytes, used: 0 }
      bytes.then(
        (here) => (added.bytes = here),
        () => this.#pages.delete(key),
      )
      this.#pages.set(key, (found = added))
    }
    found.used = ++this.#clock
    return found.bytes
  }

  #dropOldest(): void {
    const oldest = [...this.#pages.values()].sort((a, b) => a.used - b.used)
    for (const { key } of oldest.slice(0, Math.max(1, this.#limit * DROPPED_SHARE))) this.#pages.delete(key)
  }
}
