const PAGE_BYTES = 16 * 1024

export interface PageRange {
  at: number
  length: number
  /** The size of what is read from: no page reaches beyond it. */
  end: number
}

type Load = (offset: number, length: number) => Promise<Buffer>

/** Pages of immutable objects, the least recently used dropped first. */
export class PageCache {
  readonly #pages = new Map<string, Promise<Buffer>>()
  readonly #limit: number

  /** `bytes`: how much memory the pages may take. */
  constructor(bytes = 16 * 1024 * 1024) {
    this.#limit = Math.max(4, Math.floor(bytes / PAGE_BYTES))
  }

  /** Bytes of the object `key`; more than a page at once is read past the cache. */
  async read(key: string, { at, length, end }: PageRange, load: Load): Promise<Buffer> {
    if (length > PAGE_BYTES) return load(at, length)
    const first = Math.floor(at / PAGE_BYTES)
    const last = Math.floor((at + Math.max(1, length) - 1) / PAGE_BYTES)
    const page = await this.#page(key, { page: first, end }, load)
    const bytes =
      first === last ? page : Buffer.concat([page, await this.#page(key, { page: last, end }, load)])
    return bytes.subarray(at - first * PAGE_BYTES, at - first * PAGE_BYTES + length)
  }

  #page(key: string, { page, end }: { page: number; end: number }, load: Load): Promise<Buffer> {
    const name = `${key}#${page}`
    const known = this.#pages.get(name)
    this.#pages.delete(name)
    const bytes = known ?? load(page * PAGE_BYTES, Math.min(PAGE_BYTES, end - page * PAGE_BYTES))
    this.#pages.set(name, bytes)
    if (!known) bytes.catch(() => this.#pages.delete(name))
    if (this.#pages.size > this.#limit) this.#pages.delete(this.#pages.keys().next().value!)
    return bytes
  }
}
