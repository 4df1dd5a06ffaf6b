// What a user asks: words, phrases, beginnings of words, keys with values, and any of these with a minus before it.
// Format: spec/26-search.md, "Questions"
import { DvError } from '../base/index.js'
import type { Wanted } from './documents.js'
import type { Field } from './rows.js'
import { keyPrefix } from './segment-builder.js'
import { wordsOf } from './words.js'

/** What one part of a question asks of a row. */
export interface Clause {
  isNegative: boolean
  /** As typed. */
  text: string
  ask: WordsClause | ValueClause
}

export interface WordsClause {
  type: 'words'
  wanted: Wanted
  /** Where to look. */
  fields: readonly Field[]
  /** A key of metadata. */
  key?: string
}

export interface ValueClause {
  type: 'value'
  column: 'kind' | 'size' | 'id'
  value: string
}

const EVERYWHERE: readonly Field[] = ['place', 'metadata', 'content', 'message']
const PART =
  /(?<minus>-)?(?:(?:"(?<quotedKey>[^"]+)"|(?<key>[^\s":]+)):(?=\S))?(?:"(?<phrase>[^"]*)"|(?<word>\S+))/gu

/** Throws DV_USAGE for a question that asks for nothing. */
export function parseQuestion(text: string): Clause[] {
  if ((text.match(/"/g)?.length ?? 0) % 2 === 1)
    throw new DvError('DV_USAGE', `A quote is not closed in '${text}'`, {
      hint: 'a phrase stands between two "',
    })
  const clauses = [...text.matchAll(PART)].flatMap((match) => clauseOf(match))
  if (clauses.some(({ isNegative }) => !isNegative)) return clauses
  throw new DvError('DV_USAGE', `There is no word to look for in '${text}'`, {
    hint: "like 'cell', 'cell*', '\"damaged light\"', 'line:AICS-23'; '-word' only takes away",
  })
}

function clauseOf(match: RegExpMatchArray): Clause[] {
  const { minus, quotedKey, key = quotedKey, phrase, word = '' } = match.groups!
  const isPrefix = phrase === undefined && word.endsWith('*')
  const ask = askFor(key, phrase ?? word, isPrefix)
  return ask ? [{ isNegative: minus !== undefined, text: match[0], ask }] : []
}

function askFor(key: string | undefined, value: string, isPrefix: boolean): Clause['ask'] | undefined {
  if (key === 'kind' || key === 'size' || key === 'id')
    return { type: 'value', column: key, value: value.toLowerCase() }
  const words = wordsOf(value).map(asLatin1)
  if (words.length === 0) return undefined
  const wanted = { words, isPrefix }
  switch (key) {
    case undefined:
      return { type: 'words', wanted, fields: EVERYWHERE }
    case 'path':
      return { type: 'words', wanted, fields: ['place'] }
    case 'name':
    case 'directory':
      return { type: 'words', wanted: { ...wanted, part: key }, fields: ['place'] }
    case 'message':
      return { type: 'words', wanted, fields: ['message'] }
    case 'extension':
      return { type: 'words', wanted: named(wanted, key), fields: ['place'] }
    default: {
      const own = key.replace(/^meta\./, '')
      return { type: 'words', wanted: named(wanted, own), fields: ['metadata'], key: own }
    }
  }
}

function named({ words, isPrefix }: Wanted, key: string): Wanted {
  const prefix = asLatin1(keyPrefix(key))
  return { words: words.map((word) => prefix + word), isPrefix }
}

function asLatin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}
