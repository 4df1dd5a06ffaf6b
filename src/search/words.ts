// How text becomes words. Format: spec/26-search.md, "Words".
import { isAscii } from 'node:buffer'
import { asBuffer } from '../base/index.js'

/** A word is cut after so many bytes of UTF-8. */
export const WORD_BYTES_MAX = 64

/** Takes a word in lower case, as bytes of UTF-8 that are valid during the call only, and its place among the words. */
export type WordSink = (bytes: Uint8Array, start: number, end: number, position: number) => void

/** Gives all words of a text to `sink`, the first at `position`. Returns the position behind the last. */
export function eachWord(text: Uint8Array | string, position: number, sink: WordSink): number {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  if (isAscii(bytes)) return asciiWords(bytes, position, sink)
  return unicodeWords(asBuffer(bytes).toString('utf8'), position, sink)
}

/** The words of a short text in order, without those that are made of the parts behind them. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  let last = -1
  eachWord(text, 0, (bytes, start, end, position) => {
    const word = asBuffer(bytes).toString('utf8', start, end)
    // Whole words come before their parts, which begin at the same position.
    if (position === last) words[words.length - 1] = word
    else words.push(word)
    last = position
  })
  return words
}

const NONE = 0
const LOWER = 1
const UPPER = 2
const CLASS = new Uint8Array(256)
const TO_LOWER = new Uint8Array(256)
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code)
  CLASS[code] = /[a-z0-9]/.test(char) ? LOWER : /[A-Z]/.test(char) ? UPPER : NONE
  TO_LOWER[code] = char.toLowerCase().charCodeAt(0)
}

let lowered = new Uint8Array(64 * 1024)
const cuts: number[] = []

/** What unicodeWords() does, several times as fast. */
function asciiWords(bytes: Uint8Array, first: number, sink: WordSink): number {
  const { length } = bytes
  if (lowered.length < length) lowered = new Uint8Array(2 * length)
  const lower = lowered
  let position = first
  let i = 0
  while (i < length) {
    let kind = CLASS[bytes[i]!]!
    if (kind === NONE) {
      i++
      continue
    }
    const start = i
    if (cuts.length > 0) cuts.length = 0
    let before = NONE
    do {
      if (kind === UPPER && before === LOWER) cuts.push(i)
      else if (
        kind === LOWER &&
        before === UPPER &&
        i - 1 > start &&
        isLetter(bytes[i]!) &&
        cuts.at(-1) !== i - 1
      )
        cuts.push(i - 1)
      lower[i] = TO_LOWER[bytes[i]!]!
      before = kind
      kind = ++i < length ? CLASS[bytes[i]!]! : NONE
    } while (kind !== NONE)
    position = giveRun(lower, { start, end: i }, position, sink)
  }
  return position
}

/** Rather than a digit, of what is LOWER. */
function isLetter(code: number): boolean {
  return code >= 0x61
}

/** A run of ASCII letters and digits, whole and in its parts as `cuts` has them. */
function giveRun(
  bytes: Uint8Array,
  { start, end }: { start: number; end: number },
  position: number,
  sink: WordSink,
): number {
  if (end - start > WORD_BYTES_MAX || cuts.length === 0) {
    sink(bytes, start, Math.min(end, start + WORD_BYTES_MAX), position)
    return position + 1
  }
  sink(bytes, start, end, position)
  let from = start
  for (const cut of cuts) {
    sink(bytes, from, cut, position++)
    from = cut
  }
  sink(bytes, from, end, position)
  return position + 1
}

/** Scripts that put no blanks between words: each character is a word. */
const SOLID = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar']
  .map((script) => `\\p{sc=${script}}`)
  .join('')
const RUN = new RegExp(`[${SOLID}]\\p{M}*|(?:(?![${SOLID}])[\\p{L}\\p{M}\\p{N}])+`, 'gu')
const CAMEL = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u

/** The runs of letters, marks and numbers of a text. */
export function runsOf(text: string): IterableIterator<RegExpMatchArray> {
  return text.matchAll(RUN)
}

function unicodeWords(text: string, first: number, sink: WordSink): number {
  let position = first
  for (const [run] of runsOf(text.normalize('NFKC'))) {
    const whole = Buffer.from(run.toLowerCase())
    sink(whole, 0, cutLength(whole), position)
    const parts = whole.length > WORD_BYTES_MAX ? [] : run.split(CAMEL)
    if (parts.length > 1) {
      for (const part of parts) {
        const bytes = Buffer.from(part.toLowerCase())
        sink(bytes, 0, cutLength(bytes), position++)
      }
    } else position++
  }
  return position
}

/** At most WORD_BYTES_MAX, and no character in pieces. */
function cutLength(word: Uint8Array): number {
  if (word.length <= WORD_BYTES_MAX) return word.length
  let end = WORD_BYTES_MAX
  while ((word[end]! & 0xc0) === 0x80) end--
  return end
}
