// Documents in memory until they are a segment. Every occurrence of a word is one row of three columns; at the end they
// are sorted by word, which leaves documents and positions in the order they came in.
import { KEY_BYTES, KEY_RECORD_BYTES, SegmentWriter } from './segment-writer.js'
import { TermTable } from './term-table.js'
import { eachWord } from './words.js'

/** Occurrences that are held at once: 12 bytes each, and 4 more while they are sorted. */
export const OCCURRENCES_MAX = 6_000_000

export interface Document {
  /** KEY_BYTES. */
  key: Uint8Array
  /** What it says, piece by piece: no phrase reaches from one into the next. */
  pieces: Iterable<Piece>
  /** What is kept of it: a path. */
  text?: string
}

export interface Piece {
  text: Uint8Array | string
  /** Its words are found as words of this key too. */
  key?: string
  /** They are found as such only. */
  keyOnly?: boolean
  /** The piece behind it goes on at once: of a path, the directory. */
  joined?: boolean
}

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
  readonly #keys: Uint8Array[] = []
  readonly #texts: (string | undefined)[] = []

  get docs(): number {
    return this.#lengths.length
  }

  get isFull(): boolean {
    return this.#occurrences >= OCCURRENCES_MAX || this.docs >= OCCURRENCES_MAX / 8
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
    this.#keys.push(key)
    this.#texts.push(text)
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
    writer.column('keys', [sortedKeys(this.#keys)])
    const texts = this.#texts.map((text = '') => Buffer.from(text))
    writer.column('starts', [bytesOf(startsOf(texts.map(({ length }) => length)))])
    writer.column('texts', texts)
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

function startsOf(lengths: readonly number[]): Uint32Array {
  const starts = new Uint32Array(lengths.length + 1)
  for (const [i, length] of lengths.entries()) starts[i + 1] = starts[i]! + length
  return starts
}

/** Keys in ascending order, each with its document. */
function sortedKeys(keys: readonly Uint8Array[]): Buffer {
  const order = keys.map((_, doc) => doc).sort((a, b) => Buffer.compare(keys[a]!, keys[b]!))
  const records = Buffer.alloc(keys.length * KEY_RECORD_BYTES)
  for (const [at, doc] of order.entries()) {
    records.set(keys[doc]!.subarray(0, KEY_BYTES), at * KEY_RECORD_BYTES)
    records.writeUInt32LE(doc, at * KEY_RECORD_BYTES + KEY_BYTES)
  }
  return records
}
