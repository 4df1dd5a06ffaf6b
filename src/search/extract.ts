// Where in a text the words stand that were looked for, with some of what is around them.
import type { Clause } from './question.js'
import { runsOf, wordsOf } from './words.js'

export interface Extract {
  /** From 1. */
  line: number
  /** At most EXTRACT_CHARS of the line. */
  text: string
  /** Where in `text` the words stand: UTF-16 units, each from and to before. */
  marks: (readonly [from: number, to: number])[]
}

const EXTRACT_CHARS = 160
/** Of it stand before the first word. */
const CHARS_BEFORE = 40
/** Beyond, a text is not looked through for an extract. */
const SEARCHED_CHARS = 128 * 1024

export type IsWanted = (run: string) => boolean

/** Tells the words that any clause asks for, whatever key they are asked of. */
export function wantedWords(clauses: readonly Clause[]): IsWanted {
  const whole = new Set<string>()
  const prefixes: string[] = []
  for (const { ask, isNegative } of clauses) {
    if (ask.type !== 'words' || isNegative) continue
    const words = ask.wanted.words.map((word) => Buffer.from(word, 'latin1').toString().replace(/^:.*:/s, ''))
    if (ask.wanted.isPrefix) prefixes.push(words.pop()!)
    for (const word of words) whole.add(word)
  }
  return (run) => {
    const words = [run.normalize('NFKC').toLowerCase(), ...wordsOf(run)]
    return words.some((word) => whole.has(word) || prefixes.some((prefix) => word.startsWith(prefix)))
  }
}

/** Undefined when no word stands in the first part of the text. */
export function extractOf(text: string, isWanted: IsWanted): Extract | undefined {
  const searched = text.slice(0, SEARCHED_CHARS)
  for (const { 0: run, index = 0 } of runsOf(searched)) {
    if (!isWanted(run)) continue
    const lineStart = searched.lastIndexOf('\n', index) + 1
    const lineEnd = searched.indexOf('\n', index)
    const from = Math.max(lineStart, index - CHARS_BEFORE)
    const to = Math.min(lineEnd < 0 ? searched.length : lineEnd, from + EXTRACT_CHARS)
    const cut = searched.slice(from, to).replace(/\r$/, '')
    return { line: countLines(searched, lineStart), text: cut, marks: marksIn(cut, isWanted) }
  }
  return undefined
}

function countLines(text: string, end: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** Where the words stand in a short text. */
export function marksIn(text: string, isWanted: IsWanted): Extract['marks'] {
  return [...runsOf(text)]
    .filter(([run]) => isWanted(run))
    .map(({ 0: run, index = 0 }) => [index, index + run.length] as const)
}
