// Several segments to one: the documents of each follow those of the one before, so postings are copied, and only the
// first of each list is counted anew.
import { asBuffer } from '../base/index.js'
import { eachPosting, Varints, varintOf } from './lists.js'
import type { ListedTerm, Segment } from './segment.js'
import { KEY_BYTES, KEY_RECORD_BYTES, SegmentWriter } from './segment-writer.js'

/** A segment and the number its first document gets. */
interface Source {
  segment: Segment
  first: number
}

interface Cursor extends Source {
  terms: Iterator<ListedTerm>
  term: ListedTerm | undefined
}

export async function mergeSegments(
  descriptor: number,
  segments: readonly Segment[],
  breathe: () => Promise<void>,
): Promise<void> {
  let docs = 0
  const sources = segments.map((segment): Source => {
    const source = { segment, first: docs }
    docs += segment.docs
    return source
  })
  const writer = new SegmentWriter(descriptor)
  await mergeTerms(writer, sources, breathe)
  for (const column of ['lengths', 'marks'] as const)
    writer.column(
      column,
      parts(sources, ({ segment }) => segment.bytes(column)),
    )
  writer.column('keys', mergedKeys(sources))
  writer.column('starts', mergedStarts(sources))
  writer.column(
    'texts',
    parts(sources, ({ segment }) => segment.bytes('texts')),
  )
  writer.finish(docs)
}

function* parts(sources: readonly Source[], part: (source: Source) => Uint8Array): Generator<Uint8Array> {
  for (const source of sources) yield part(source)
}

const TERMS_BETWEEN = 4096

async function mergeTerms(
  writer: SegmentWriter,
  sources: readonly Source[],
  breathe: () => Promise<void>,
): Promise<void> {
  const cursors = sources.map((source): Cursor => {
    const terms = source.segment.listed()
    return { ...source, terms, term: nextOf(terms) }
  })
  for (let count = 1; ; count++) {
    const word = leastOf(cursors)
    if (word === undefined) return
    const having = cursors.filter(({ term }) => term?.word === word)
    const postings: Uint8Array[] = []
    let [docs, last] = [0, 0]
    for (const { first, term } of having) {
      const appended = append(term!.postings, first - last)
      postings.push(...appended.parts)
      last = first + appended.lastDoc
      docs += term!.docs
    }
    const positions = having.map(({ term }) => term!.positions)
    writer.term(Buffer.from(word, 'latin1'), docs, [postings, positions])
    for (const cursor of having) cursor.term = nextOf(cursor.terms)
    if (count % TERMS_BETWEEN === 0) await breathe()
  }
}

function nextOf(terms: Iterator<ListedTerm>): ListedTerm | undefined {
  const { value, done } = terms.next() as { value?: ListedTerm; done?: boolean }
  return done ? undefined : value
}

function leastOf(cursors: readonly Cursor[]): string | undefined {
  let least: string | undefined
  for (const { term } of cursors) if (term && (least === undefined || term.word < least)) least = term.word
  return least
}

/** A list behind another: its first document is counted from `shift` before its own first. */
function append(list: Uint8Array, shift: number): { parts: Uint8Array[]; lastDoc: number } {
  const first = new Varints(list)
  const code = first.next()
  let lastDoc = 0
  eachPosting(list, (doc) => (lastDoc = doc))
  return { parts: [varintOf(code + 2 * shift), list.subarray(first.at)], lastDoc }
}

const RECORDS_EACH = 4096

function* mergedKeys(sources: readonly Source[]): Generator<Uint8Array> {
  const cursors = sources.map(({ segment, first }) => ({
    keys: asBuffer(segment.bytes('keys')),
    at: 0,
    first,
  }))
  let out = Buffer.alloc(RECORDS_EACH * KEY_RECORD_BYTES)
  let filled = 0
  for (;;) {
    let least: (typeof cursors)[number] | undefined
    for (const cursor of cursors)
      if (cursor.at < cursor.keys.length && (!least || isBefore(cursor, least))) least = cursor
    if (!least) break
    const { keys, at, first } = least
    keys.copy(out, filled, at, at + KEY_BYTES)
    out.writeUInt32LE(keys.readUInt32LE(at + KEY_BYTES) + first, filled + KEY_BYTES)
    least.at += KEY_RECORD_BYTES
    filled += KEY_RECORD_BYTES
    if (filled < out.length) continue
    yield out
    out = Buffer.alloc(out.length)
    filled = 0
  }
  yield out.subarray(0, filled)
}

interface KeyCursor {
  keys: Buffer
  at: number
}

function isBefore(a: KeyCursor, b: KeyCursor): boolean {
  const [x, y] = [a.keys.readUInt32BE(a.at), b.keys.readUInt32BE(b.at)]
  return x !== y ? x < y : a.keys.compare(b.keys, b.at, b.at + KEY_BYTES, a.at, a.at + KEY_BYTES) < 0
}

/** Where texts begin, counted from the first text of all; with one number more at the end. */
function* mergedStarts(sources: readonly Source[]): Generator<Uint8Array> {
  let before = 0
  for (const [i, { segment }] of sources.entries()) {
    const starts = Buffer.from(segment.bytes('starts'))
    const texts = starts.readUInt32LE(starts.length - 4)
    for (let at = 0; at < starts.length; at += 4) starts.writeUInt32LE(starts.readUInt32LE(at) + before, at)
    yield i === sources.length - 1 ? starts : starts.subarray(0, starts.length - 4)
    before += texts
  }
}
