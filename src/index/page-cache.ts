const PAGE_BYTES = 16 * 1024

export interface PageRange {
  at: number
  length: number
  /** The size of what is read from: no page reaches beyond it. */
  end: number
}

/** Pages of immutable objects, the least recently used dropped first. */
export class PageCache {
  readonly #pages = new Map<string, Promise<Buffer>>()
  readonly #limit: number

  /** `bytes`: how much memory the pages may take. */
  constructor(bytes = 16 * 1024 * 1024) {
    this.#limit = Math.max(4, Math.floor(bytes / PAGE_BYTES))
  }

  async read(
    key: string,
    { at, length, end }: PageRange,
    load: (offset: number, length: number) => Promise<Buffer>,
  ): Promise<Buffer> {
    if (length > PAGE_BYTES) return load(at, length)
    const first = Math.floor(at / PAGE_BYTES)
    const last = Math.floor((at + Math.max(1, length) - 1) / PAGE_BYTES)
    const pages: Buffer[] = []
    for (let page = first; page <= last; page++) pages.push(await this.#page(key, { page, end }, load))
    const bytes = pages.length === 1 ? pages[0]! : Buffer.concat(pages)
    return bytes.subarray(at - first * PAGE_BYTES, at - first * PAGE_BYTES + length)
  }

  #page(
    key: string,
    { page, end }: { page: number; end: number },
    load: (offset: number, length: number) => Promise<Buffer>,
  ): Promise<Buffer> {
    const name = `${key}#${page}`
    let bytes = this.#pages.get(name)
    if (bytes) this.#pages.delete(name)
    else bytes = load(page * PAGE_BYTES, Math.min(PAGE_BYTES, end - page * PAGE_BYTES))
    this.#pages.set(name, bytes)
    bytes.catch(() => this.#pages.delete(name))
    if (this.#pages.size > this.#limit) this.#pages.delete(this.#pages.keys().next().value!)
    return bytes
  }
}
