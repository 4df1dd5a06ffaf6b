// Adding documents to a search index: each key once. Documents get their numbers at once, although another process may
// add some before them meanwhile; then those numbers move, in the columns that hold them too.
import { unusedHex } from '../base/index.js'
import { type BuildLimits, Builders } from './builders.js'
import type { Document } from './document.js'
import type { Documents } from './documents.js'
import { KeyTable } from './key-table.js'
import type { Part, Root, SearchFolder } from './search-folder.js'

/** The number of no document. */
export const NO_DOCUMENT = 0xffffffff

/** A segment in the making. */
interface Making {
  part: Part
  /** The number of its first document, as things are. */
  first: number
  made: Promise<void>
}

export class Session {
  readonly #folder: SearchFolder
  readonly #known: Documents
  readonly #new = new KeyTable()
  readonly #columns: Uint32Array[] = []
  readonly #builders: Builders
  #root: Root
  /** In the order of their documents. */
  readonly #making: Making[] = []
  /** The numbers of the first document of the segment under way, and of the next. */
  #first: number
  #next: number

  constructor(
    folder: SearchFolder,
    { root, documents }: { root: Root; documents: Documents },
    limits?: BuildLimits,
  ) {
    this.#folder = folder
    this.#known = documents
    this.#root = root
    this.#builders = new Builders(limits)
    this.#first = this.#next = documents.count
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
    if (this.#builders.isFull) await this.#endSegment()
    await this.#builders.add({ key, ...make() })
    // From here to the caller's column no numbers move.
    const doc = this.#next++
    this.#new.set(key, doc)
    return doc
  }

  async #endSegment(): Promise<void> {
    const docs = this.#next - this.#first
    if (docs === 0) return
    const name = `segment-${unusedHex()}`
    const made = this.#builders.end(this.#folder.file(name))
    // Whoever waits for it meets its failure.
    made.catch(() => {})
    this.#making.push({ part: { name, docs }, first: this.#first, made })
    this.#first = this.#next
    while (this.#making.length > this.#builders.capacity) await this.#name(this.#making.shift()!)
  }

  async #name({ part, first, made }: Making): Promise<void> {
    await made
    const named = this.#folder.add(part, this.#root)
    this.#root = named.root
    if (named.first !== first) this.#move(first, named.first - first)
  }

  /** Another process added documents before those from `first` on. */
  #move(first: number, by: number): void {
    for (const column of this.#columns)
      for (let i = 0; i < column.length; i++)
        if (column[i]! >= first && column[i] !== NO_DOCUMENT) column[i]! += by
    this.#new.move(first, by)
    for (const making of this.#making) making.first += by
    this.#first += by
    this.#next += by
  }

  /** Must be called at the end: then all is in the index. */
  async finish(breathe: () => Promise<void>): Promise<void> {
    await this.#endSegment()
    for (let next = this.#making.shift(); next; next = this.#making.shift()) await this.#name(next)
    if (this.#next > this.#known.count) await this.#folder.merge(this.#root, breathe)
  }

  /** Must be called, however it ended. */
  close(): Promise<void> {
    return this.#builders.close()
  }
}
