// The text of an expression, cut into words.
import { DvError } from '../base/index.js'

export interface Token {
  /** `word`: a keyword or a plain name; `name`: one in double quotes; `end`: behind everything. */
  kind: 'word' | 'name' | 'text' | 'number' | 'sign' | 'end'
  /** What it means: without quotes, doubled quotes as one. */
  value: string
  /** Where it begins, in UTF-16 units. */
  at: number
}

/** Longer texts are refused: nobody types them. */
const TEXT_MAX = 64 * 1024

const SPACE = /\s+/uy
const WORD = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/uy
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"/uy
const SIGN = /<=|>=|<>|!=|==|[=<>(),.\-+]/uy

/** All words in order, the last of kind `end`. Throws DV_BAD_EXPRESSION. */
export function tokensOf(text: string): Token[] {
  if (text.length > TEXT_MAX)
    throw badExpression(text, 0, `it has ${text.length} characters, more than ${TEXT_MAX}`)
  const tokens: Token[] = []
  let at = 0
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0]
  }
  while (at < text.length) {
    const space = take(SPACE)
    const token = space === undefined ? nextToken(text, at, take) : undefined
    if (token) tokens.push(token.token)
    at += space?.length ?? token!.length
  }
  return [...tokens, { kind: 'end', value: '', at: text.length }]
}

function nextToken(
  text: string,
  at: number,
  take: (pattern: RegExp) => string | undefined,
): { token: Token; length: number } {
  const quoted = take(QUOTED)
  if (quoted !== undefined) return { token: unquoted(quoted, at), length: quoted.length }
  const found = (['word', 'number', 'sign'] as const).map((kind) => ({ kind, value: take(PATTERNS[kind]) }))
  for (const { kind, value } of found)
    if (value !== undefined) return { token: { kind, value, at }, length: value.length }
  if (/['"]/u.test(text[at]!)) throw badExpression(text, at, `the quote ${text[at]!} is not closed`)
  throw badExpression(text, at, `'${String.fromCodePoint(text.codePointAt(at)!)}' means nothing here`)
}

const PATTERNS = { word: WORD, number: NUMBER, sign: SIGN }

function unquoted(quoted: string, at: number): Token {
  const mark = quoted[0]!
  const value = quoted.slice(1, -1).replaceAll(mark + mark, mark)
  return { kind: mark === "'" ? 'text' : 'name', value, at }
}

/** `at`: in UTF-16 units; the error counts characters from 1, and shows the place. */
export function badExpression(text: string, at: number, reason: string, hint?: string): DvError {
  const position = [...text.slice(0, at)].length + 1
  return new DvError('DV_BAD_EXPRESSION', `The expression is wrong at character ${position}: ${reason}`, {
    data: { expression: text.slice(0, 1000), position },
    hint: hint ?? placeShown(text, at),
  })
}

const SHOWN_AROUND = 60

/** The piece of the text that is meant, with a mark before the place. */
function placeShown(text: string, at: number): string {
  const [from, to] = [Math.max(0, at - SHOWN_AROUND), Math.min(text.length, at + SHOWN_AROUND)]
  return `${from > 0 ? '…' : ''}${text.slice(from, at)} >>> ${text.slice(at, to)}${to < text.length ? '…' : ''}`
}
