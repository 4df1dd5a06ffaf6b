// All documents of a search index, numbered through its segments, and how often each has what is looked for.
import { eachPosting, Varints } from './lists.js'
import type { Segment, Term } from './segment.js'

/** Positions within a document are below this, so that a document and a position are one whole number. */
const POSITIONS = 2 ** 20

/** What is looked for in a document. */
export interface Wanted {
  /** As latin1 of UTF-8, in the order they must follow each other. */
  words: readonly string[]
  /** The last word need only begin so. */
  isPrefix: boolean
  /** Of paths: which part they must stand in. */
  part?: 'name' | 'directory'
}

export class Documents {
  readonly #segments: readonly { segment: Segment; first: number }[]
  readonly count: number

  constructor(segments: readonly Segment[]) {
    let first = 0
    this.#segments = segments.map((segment) => {
      const placed = { segment, first }
      first += segment.docs
      return placed
    })
    this.count = first
  }

  /** The document with a key, the first added where several are. */
  lookup(key: Uint8Array): number | undefined {
    for (const { segment, first } of this.#segments) {
      const doc = segment.lookup(key)
      if (doc !== undefined) return first + doc
    }
    return undefined
  }

  /** All documents whose key begins with these hex digits. */
  *withPrefix(hex: string): Generator<number> {
    for (const { segment, first } of this.#segments)
      for (const doc of segment.lookupPrefix(hex)) yield first + doc
  }

  text(doc: number): string {
    const { segment, first } = this.#segments.findLast((placed) => placed.first <= doc)!
    return segment.text(doc - first)
  }

  /** Words of each document. */
  lengths(): Uint32Array {
    const all = new Uint32Array(this.count)
    for (const { segment, first } of this.#segments) all.set(segment.lengths(), first)
    return all
  }

  /** How often each document has what is wanted. */
  times({ words, isPrefix, part }: Wanted): Uint32Array {
    const times = new Uint32Array(this.count)
    for (const { segment, first } of this.#segments) {
      if (words.length === 1 && part === undefined) {
        for (const term of termsOf(segment, words[0]!, isPrefix))
          eachPosting(term.postings, (doc, count) => (times[first + doc]! += count))
        continue
      }
      const marks = part && segment.marks()
      for (const place of phrase(segment, words, isPrefix)) {
        const doc = Math.floor(place / POSITIONS)
        if (marks && place % POSITIONS < marks[doc]! !== (part === 'directory')) continue
        times[first + doc]!++
      }
    }
    return times
  }

  /** Keys that metadata has: at most `limit`. */
  keys(limit: number): string[] {
    const keys = new Set<string>()
    for (const { segment } of this.#segments) {
      let from = ':'
      while (keys.size < limit) {
        const { value: term } = segment.from(from).next() as { value?: Term }
        const [, key] = /^:(.*):[^:]*$/s.exec(term?.word ?? '') ?? []
        if (key === undefined) break
        keys.add(Buffer.from(key, 'latin1').toString('utf8'))
        // ';' follows ':'.
        from = `:${key};`
      }
    }
    return [...keys]
  }

  close(): void {
    for (const { segment } of this.#segments) segment.close()
  }
}

interface Lists {
  postings: Uint8Array
  positions: Uint8Array
}

/** Lists that are read at once: of words that follow each other. */
const READ_BYTES = 1024 * 1024

/** The lists of a word, or of all that begin so. */
function* termsOf(segment: Segment, word: string, isPrefix: boolean): Generator<Lists> {
  if (!isPrefix) {
    const term = segment.find(word)
    if (term) yield* listsOf(segment, [term])
    return
  }
  let run: Term[] = []
  for (const term of segment.beginning(word)) {
    if (run.length > 0 && term.offset - run[0]!.offset > READ_BYTES) {
      yield* listsOf(segment, run)
      run = []
    }
    run.push(term)
  }
  if (run.length > 0) yield* listsOf(segment, run)
}

function* listsOf(segment: Segment, run: readonly Term[]): Generator<Lists> {
  const start = run[0]!.offset
  const bytes = segment.lists(run[0]!, run.at(-1)!)
  for (const { offset, postingsBytes, positionsBytes } of run) {
    const [at, middle] = [offset - start, offset - start + postingsBytes]
    yield { postings: bytes.subarray(at, middle), positions: bytes.subarray(middle, middle + positionsBytes) }
  }
}

/** Where words follow each other: the document and the position of the first, as one number, ascending. */
function phrase(segment: Segment, words: readonly string[], isPrefix: boolean): Float64Array {
  let places: Float64Array | undefined
  for (const [i, word] of words.entries()) {
    const own = placesOf(segment, word, isPrefix && i === words.length - 1)
    places = places ? followed(places, own, i) : own
    if (places.length === 0) break
  }
  return places!
}

/** Those of `places` that have one of `next` so many positions behind. */
function followed(places: Float64Array, next: Float64Array, distance: number): Float64Array {
  let [count, j] = [0, 0]
  for (let i = 0; i < places.length; i++) {
    const wanted = places[i]! + distance
    while (j < next.length && next[j]! < wanted) j++
    if (next[j] === wanted) places[count++] = places[i]!
  }
  return places.subarray(0, count)
}

function placesOf(segment: Segment, word: string, isPrefix: boolean): Float64Array {
  const lists = [...termsOf(segment, word, isPrefix)]
  let total = 0
  for (const { postings } of lists) eachPosting(postings, (_, count) => (total += count))
  const places = new Float64Array(total)
  let at = 0
  for (const { postings, positions } of lists) {
    const distances = new Varints(positions)
    eachPosting(postings, (doc, count) => {
      let position = 0
      for (let i = 0; i < count; i++) {
        position += distances.next()
        places[at++] = doc * POSITIONS + position
      }
    })
  }
  if (lists.length < 2) return places
  places.sort()
  // 'train*' is in 'trainLoss' twice, at one place.
  return places.filter((place, i) => i === 0 || place !== places[i - 1])
}
