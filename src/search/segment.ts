// A segment as it is read. Format: spec/26-search.md, "Segments"
import { Reader } from '../codec/index.js'
import { indexDamage, WHAT } from './damage.js'
import { PagedFile, type PageReader } from './paged-file.js'
import { KEY_BYTES, KEY_RECORD_BYTES, type Section, SECTIONS, type SegmentRecord } from './segment-writer.js'

/** A word of a segment, as latin1 of its UTF-8: so it sorts as its bytes do. */
export interface Term {
  word: string
  /** How many documents have it. */
  docs: number
  offset: number
  postingsBytes: number
  positionsBytes: number
}

export interface ListedTerm extends Term {
  postings: Uint8Array
  positions: Uint8Array
}

interface Block {
  first: string
  offset: number
  terms: number
  at: number
  length: number
}

export class Segment {
  readonly docs: number
  readonly #file: PagedFile
  readonly #sections: SegmentRecord['sections']
  readonly #blocks: readonly Block[]
  #keys: Buffer | undefined
  #starts: Uint32Array | undefined

  /** Throws DV_CORRUPT. */
  constructor(file: string) {
    this.#file = new PagedFile(file)
    try {
      const { record } = this.#file
      if (!isSegmentRecord(record)) throw indexDamage(`'${file}' is no part of it`)
      this.docs = record.docs
      this.#sections = record.sections
      this.#blocks = readIndex(this.bytes('index'))
    } catch (error) {
      this.#file.close()
      throw error
    }
  }

  /** A column as it is stored. */
  bytes(section: Section): Buffer {
    const [offset, length] = this.#sections[section]
    return this.#file.read(offset, length)
  }

  /** Words of each document. */
  lengths(): Uint32Array {
    return asU32(this.bytes('lengths'))
  }

  /** Of each path, how many of its words are the directory's. */
  marks(): Uint16Array {
    const bytes = new Uint8Array(this.bytes('marks'))
    return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
  }

  /** The text that is kept of a document: of a path, the path. */
  text(doc: number): string {
    this.#starts ??= asU32(this.bytes('starts'))
    const [start, end] = [this.#starts[doc]!, this.#starts[doc + 1]!]
    return this.#file.read(this.#sections.texts[0] + start, end - start).toString('utf8')
  }

  /** The document with a key. */
  lookup(key: Uint8Array): number | undefined {
    const keys = (this.#keys ??= this.bytes('keys'))
    const at = this.#firstKey(key)
    const isIt =
      at < this.docs &&
      keys.compare(key, 0, KEY_BYTES, at * KEY_RECORD_BYTES, at * KEY_RECORD_BYTES + KEY_BYTES) === 0
    return isIt ? keys.readUInt32LE(at * KEY_RECORD_BYTES + KEY_BYTES) : undefined
  }

  /** The documents whose keys begin with some bytes and, with `half`, four bits more. */
  *lookupPrefix(hex: string): Generator<number> {
    const keys = (this.#keys ??= this.bytes('keys'))
    const wanted = hex.slice(0, 2 * KEY_BYTES)
    const low = Buffer.from(wanted.padEnd(2 * KEY_BYTES, '0'), 'hex')
    for (let at = this.#firstKey(low); at < this.docs; at++) {
      const record = at * KEY_RECORD_BYTES
      if (!keys.toString('hex', record, record + KEY_BYTES).startsWith(wanted)) return
      yield keys.readUInt32LE(record + KEY_BYTES)
    }
  }

  /** The place of the first key that is not below. */
  #firstKey(key: Uint8Array): number {
    const keys = this.#keys!
    let [low, high] = [0, this.docs]
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = middle * KEY_RECORD_BYTES
      if (keys.compare(key, 0, KEY_BYTES, at, at + KEY_BYTES) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  find(word: string): Term | undefined {
    for (const term of this.from(word)) return term.word === word ? term : undefined
    return undefined
  }

  /** Words that begin with `prefix`, ascending. */
  *beginning(prefix: string): Generator<Term> {
    for (const term of this.from(prefix)) {
      if (!term.word.startsWith(prefix)) return
      yield term
    }
  }

  /** Words that are not before `word`, ascending. */
  *from(word = ''): Generator<Term> {
    let [low, high] = [0, this.#blocks.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#blocks[middle]!.first <= word) low = middle + 1
      else high = middle
    }
    for (let i = Math.max(0, low - 1); i < this.#blocks.length; i++)
      for (const term of this.#termsOf(this.#blocks[i]!)) if (term.word >= word) yield term
  }

  *#termsOf({ at, length, terms, offset }: Block, file: PageReader = this.#file): Generator<Term> {
    const reader = new Reader(file.read(at, length), WHAT)
    let last = ''
    for (let i = 0; i < terms; i++) {
      const shared = reader.varint()
      const word = last.slice(0, shared) + reader.bytes().toString('latin1')
      const [docs, postingsBytes, positionsBytes] = [reader.varint(), reader.varint(), reader.varint()]
      yield { word, docs, offset, postingsBytes, positionsBytes }
      offset += postingsBytes + positionsBytes
      last = word
    }
  }

  /** All words with their lists, ascending: what is read was read once, and many words at a time. */
  *listed(): Generator<ListedTerm> {
    const ahead = this.#file.ahead()
    for (const block of this.#blocks) {
      ahead.load(block.offset)
      for (const term of this.#termsOf(block, ahead)) {
        const { offset, postingsBytes, positionsBytes } = term
        const postings = ahead.read(offset, postingsBytes)
        yield { ...term, postings, positions: ahead.read(offset + postingsBytes, positionsBytes) }
      }
    }
  }

  /** Postings, then positions, of words that follow each other. */
  lists(first: Term, last: Term): Buffer {
    return this.#file.read(
      first.offset,
      last.offset + last.postingsBytes + last.positionsBytes - first.offset,
    )
  }

  close(): void {
    this.#file.close()
  }
}

/** Bytes of a column for each document; `starts` has one number more. */
const WIDTHS = { lengths: 4, marks: 2, keys: KEY_RECORD_BYTES, starts: 4 } as const

function isSegmentRecord(record: object): record is SegmentRecord {
  const { format, docs, sections } = record as Partial<SegmentRecord>
  if (format !== 1 || !Number.isSafeInteger(docs) || docs! < 0 || !sections) return false
  const whole = SECTIONS.every(
    (name) => Array.isArray(sections[name]) && sections[name].every(Number.isSafeInteger),
  )
  return (
    whole &&
    Object.entries(WIDTHS).every(([name, width]) => {
      const count = name === 'starts' ? docs! + 1 : docs!
      return sections[name as Section][1] === count * width
    })
  )
}

function readIndex(bytes: Buffer): Block[] {
  const reader = new Reader(bytes, WHAT)
  const blocks: Block[] = []
  while (reader.left > 0) {
    const first = reader.bytes().toString('latin1')
    const offset = reader.varint()
    const [terms, at, length] = [reader.varint(), reader.varint(), reader.varint()]
    blocks.push({ first, offset, terms, at, length })
  }
  return blocks
}

function asU32(bytes: Buffer): Uint32Array {
  // Typed arrays begin at multiples of their width.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer)
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)
}
