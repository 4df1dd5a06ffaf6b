// Documents in memory until they are a segment. Every occurrence of a word is one row of three columns; at the end they
// are sorted by word, which leaves documents and positions in the order they came in.
import { Writer } from '../codec/index.js'
import type { Document } from './document.js'
import { KEY_BYTES, KEY_RECORD_BYTES, SegmentWriter } from './segment-writer.js'
import { TermTable } from './term-table.js'
import { eachWord } from './words.js'

/** What stands before words of a key. Words have no colon. */
export function keyPrefix(key: string): string {
  return `:${key.normalize('NFKC').toLowerCase()}:`
}

export class SegmentBuilder {
  #terms = new TermTable()
  #words = new Uint32Array(1 << 16)
  #docsOf = new Uint32Array(1 << 16)
  #positions = new Uint32Array(1 << 16)
  #occurrences = 0
  readonly #lengths: number[] = []
  readonly #marks: number[] = []
  readonly #keys = new Writer()
  readonly #texts = new Writer()
  readonly #textEnds: number[] = []

  get docs(): number {
    return this.#lengths.length
  }

  /** Occurrences: 12 bytes each, and 4 more while they are sorted. */
  get words(): number {
    return this.#occurrences
  }

  /** Returns the document's number in the segment. */
  add({ key, pieces, text }: Document): number {
    const doc = this.docs
    let position = 0
    let length = 0
    let mark = 0
    for (const piece of pieces) {
      const prefix = piece.key === undefined ? undefined : Buffer.from(keyPrefix(piece.key))
      const end = eachWord(piece.text, position, (bytes, start, stop, at) => {
        if (!piece.keyOnly) this.#note(this.#terms.add(bytes, start, stop), doc, at)
        if (!prefix) return
        const named = Buffer.concat([prefix, bytes.subarray(start, stop)])
        this.#note(this.#terms.add(named, 0, named.length), doc, at)
      })
      if (!piece.keyOnly) length += end - position
      if (piece.joined) mark = end
      position = piece.joined ? end : end + 1
    }
    this.#lengths.push(length)
    this.#marks.push(mark)
    this.#keys.raw(key.subarray(0, KEY_BYTES))
    if (text !== undefined) this.#texts.raw(typeof text === 'string' ? Buffer.from(text) : text)
    this.#textEnds.push(this.#texts.length)
    return doc
  }

  #note(term: number, doc: number, position: number): void {
    const at = this.#occurrences++
    if (at === this.#words.length) {
      this.#words = twice(this.#words)
      this.#docsOf = twice(this.#docsOf)
      this.#positions = twice(this.#positions)
    }
    this.#words[at] = term
    this.#docsOf[at] = doc
    this.#positions[at] = position
  }

  write(descriptor: number): void {
    const writer = new SegmentWriter(descriptor)
    const terms = this.#terms
    const { order, starts } = this.#byTerm()
    const [postings, positions] = [new Bytes(), new Bytes()]
    for (const term of terms.sorted()) {
      postings.length = positions.length = 0
      const docs = this.#encode(order, { from: starts[term]!, to: starts[term + 1]!, postings, positions })
      writer.term(terms.bytesOf(term), docs, [[postings.view()], [positions.view()]])
    }
    writer.column('lengths', [bytesOf(Uint32Array.from(this.#lengths))])
    writer.column('marks', [bytesOf(Uint16Array.from(this.#marks))])
    writer.column('keys', [sortedKeys(this.#keys.view(), this.docs)])
    writer.column('starts', [bytesOf(Uint32Array.from([0, ...this.#textEnds]))])
    writer.column('texts', [this.#texts.view()])
    writer.finish(this.docs)
  }

  /** The occurrences in the order of their words' numbers, and where in it each word begins. */
  #byTerm(): { order: Uint32Array; starts: Uint32Array } {
    const starts = new Uint32Array(this.#terms.count + 1)
    for (let i = 0; i < this.#occurrences; i++) starts[this.#words[i]! + 1]!++
    for (let term = 0; term < this.#terms.count; term++) starts[term + 1]! += starts[term]!
    const next = starts.slice()
    const order = new Uint32Array(this.#occurrences)
    for (let i = 0; i < this.#occurrences; i++) order[next[this.#words[i]!]!++] = i
    return { order, starts }
  }

  /** Postings and positions of one word. Returns how many documents have it. */
  #encode(
    order: Uint32Array,
    { from, to, postings, positions }: { from: number; to: number; postings: Bytes; positions: Bytes },
  ): number {
    let docs = 0
    let lastDoc = 0
    for (let at = from; at < to; docs++) {
      const doc = this.#docsOf[order[at]!]!
      let lastPosition = 0
      const first = at
      for (; at < to && this.#docsOf[order[at]!] === doc; at++) {
        const position = this.#positions[order[at]!]!
        positions.varint(position - lastPosition)
        lastPosition = position
      }
      const times = at - first
      postings.varint((doc - lastDoc) * 2 + (times === 1 ? 1 : 0))
      if (times > 1) postings.varint(times)
      lastDoc = doc
    }
    return docs
  }
}

/** Bytes that are filled and emptied again. */
class Bytes {
  #bytes = new Uint8Array(1 << 16)
  length = 0

  varint(value: number): void {
    if (this.length + 8 > this.#bytes.length) this.#bytes = twice(this.#bytes)
    while (value >= 0x80) {
      this.#bytes[this.length++] = (value % 0x80) | 0x80
      value = Math.floor(value / 0x80)
    }
    this.#bytes[this.length++] = value
  }

  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }
}

function twice<T extends Uint8Array | Uint32Array>(column: T): T {
  const wider = new (column.constructor as new (length: number) => T)(2 * column.length)
  wider.set(column)
  return wider
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** More than a segment has documents: with so many, the first 32 bits of a key and a document are one whole number. */
const DOCS = 2 ** 21

/** Keys in ascending order, each with its document. */
function sortedKeys(keys: Buffer, docs: number): Buffer {
  const order = new Float64Array(docs)
  for (let doc = 0; doc < docs; doc++) order[doc] = keys.readUInt32BE(doc * KEY_BYTES) * DOCS + doc
  order.sort()
  const isBefore = (a: number, b: number) => {
    if (Math.floor(a / DOCS) !== Math.floor(b / DOCS)) return a < b
    const [x, y] = [(a % DOCS) * KEY_BYTES, (b % DOCS) * KEY_BYTES]
    return keys.compare(keys, y, y + KEY_BYTES, x, x + KEY_BYTES) < 0
  }
  const records = Buffer.alloc(docs * KEY_RECORD_BYTES)
  for (let i = 0; i < docs; i++) {
    const code = order[i]!
    // Those with the same 32 bits, of which there are hardly any.
    let at = i
    for (; at > 0 && isBefore(code, order[at - 1]!); at--) order[at] = order[at - 1]!
    order[at] = code
  }
  for (let i = 0; i < docs; i++) {
    const doc = order[i]! % DOCS
    keys.copy(records, i * KEY_RECORD_BYTES, doc * KEY_BYTES, (doc + 1) * KEY_BYTES)
    records.writeUInt32LE(doc, i * KEY_RECORD_BYTES + KEY_BYTES)
  }
  return records
}
