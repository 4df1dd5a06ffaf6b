// A segment on its way to disk: words with their postings in ascending order, then the columns of its documents.
// Format: spec/26-search.md, "Segments"
import { Writer } from '../codec/index.js'
import { PagedWriter } from './paged-file.js'

/** Words of a block of the dictionary: one is looked for by reading one block. */
const BLOCK_TERMS = 64
export const KEY_BYTES = 16
/** A key and the document's number. */
export const KEY_RECORD_BYTES = KEY_BYTES + 4

/** What is where in a segment. */
export interface SegmentRecord {
  format: 1
  docs: number
  /** Offset and length of: the index of the dictionary, and the columns. */
  sections: Record<Section, readonly [offset: number, length: number]>
}

export const SECTIONS = ['index', 'lengths', 'marks', 'keys', 'starts', 'texts'] as const
export type Section = (typeof SECTIONS)[number]

export class SegmentWriter {
  readonly #out: PagedWriter
  readonly #index = new Writer()
  readonly #sections: [Section, readonly [number, number]][] = []
  #block = new Writer()
  #blockTerms = 0
  #blockAt = 0
  #last: Uint8Array = new Uint8Array()

  constructor(descriptor: number) {
    this.#out = new PagedWriter(descriptor)
  }

  /** The next word; `docs`: how many have it, `lists`: parts of its postings, then parts of its positions. */
  term(word: Uint8Array, docs: number, [postings, positions]: readonly [Uint8Array[], Uint8Array[]]): void {
    const isFirst = this.#blockTerms === 0
    const shared = isFirst ? 0 : sharedLength(this.#last, word)
    if (isFirst) this.#index.bytes(word).varint(this.#out.offset)
    this.#block.varint(shared).bytes(word.subarray(shared)).varint(docs)
    for (const parts of [postings, positions]) {
      this.#block.varint(parts.reduce((sum, { length }) => sum + length, 0))
      for (const part of parts) this.#out.write(part)
    }
    this.#last = Uint8Array.from(word)
    if (++this.#blockTerms === BLOCK_TERMS) this.#endBlock()
  }

  /** The words of a block stand behind their postings. */
  #endBlock(): void {
    if (this.#blockTerms === 0) return
    this.#blockAt = this.#out.offset
    this.#out.write(this.#block.view())
    this.#index.varint(this.#blockTerms).varint(this.#blockAt).varint(this.#block.length)
    this.#block = new Writer()
    this.#blockTerms = 0
  }

  /** A column, in parts. */
  column(section: Section, parts: Iterable<Uint8Array>): void {
    this.#endBlock()
    const at = this.#out.offset
    for (const part of parts) this.#out.write(part)
    this.#sections.push([section, [at, this.#out.offset - at]])
  }

  finish(docs: number): void {
    this.#endBlock()
    this.column('index', [this.#index.view()])
    const record: SegmentRecord = {
      format: 1,
      docs,
      sections: Object.fromEntries(this.#sections) as SegmentRecord['sections'],
    }
    this.#out.finish(record)
  }
}

function sharedLength(a: Uint8Array, b: Uint8Array): number {
  let i = 0
  while (i < a.length && i < b.length && a[i] === b[i]) i++
  return i
}
