// Adding documents to a search index: each key once. Documents get their numbers at once, although another process may
// add some before them meanwhile; then those numbers move, in the columns that hold them too.
import type { Documents } from './documents.js'
import { KeyTable } from './key-table.js'
import type { Root, SearchFolder } from './search-folder.js'
import { type Document, SegmentBuilder } from './segment-builder.js'

/** The number of no document. */
export const NO_DOCUMENT = 0xffffffff

export class Session {
  readonly #folder: SearchFolder
  readonly #known: Documents
  readonly #new = new KeyTable()
  readonly #columns: Uint32Array[] = []
  #root: Root
  #builder = new SegmentBuilder()
  /** The number of the builder's first document. */
  #first: number

  constructor(folder: SearchFolder, { root, documents }: { root: Root; documents: Documents }) {
    this.#folder = folder
    this.#known = documents
    this.#root = root
    this.#first = documents.count
  }

  get added(): number {
    return this.#first - this.#known.count + this.#builder.docs
  }

  /** A column of numbers of documents, which follows them. */
  column(length: number): Uint32Array {
    const column = new Uint32Array(length).fill(NO_DOCUMENT)
    this.#columns.push(column)
    return column
  }

  /** The number of the document with a key. */
  find(key: Uint8Array): number | undefined {
    return this.#new.get(key) ?? (this.#known.count > 0 ? this.#known.lookup(key) : undefined)
  }

  /** The same, which is made when there is none. */
  async findOrAdd(key: Uint8Array, make: () => Omit<Document, 'key'>): Promise<number> {
    const found = this.find(key)
    if (found !== undefined) return found
    if (this.#builder.isFull) await this.#flush()
    const doc = this.#first + this.#builder.add({ key, ...make() })
    this.#new.set(key, doc)
    return doc
  }

  async #flush(): Promise<void> {
    if (this.#builder.docs === 0) return
    const { root, first } = await this.#folder.add(this.#builder, this.#root)
    if (first !== this.#first) this.#move(first - this.#first)
    this.#root = root
    this.#first = first + this.#builder.docs
    this.#builder = new SegmentBuilder()
  }

  #move(by: number): void {
    for (const column of this.#columns)
      for (let i = 0; i < column.length; i++)
        if (column[i]! >= this.#first && column[i] !== NO_DOCUMENT) column[i]! += by
    this.#new.move(this.#first, by)
  }

  /** Must be called at the end: then all is in the index. */
  async finish(breathe: () => Promise<void>): Promise<void> {
    await this.#flush()
    if (this.added > 0) await this.#folder.merge(this.#root, breathe)
  }
}
