// The text of a `.dvattributes` file.
import { DvError, nearest } from '../base/index.js'
import {
  type AttributeRule,
  type Attributes,
  type Driver,
  DRIVERS,
  type Encoding,
  ENCODINGS,
} from './attributes.js'
import { BadPattern, compilePattern } from './pattern.js'

export const ATTRIBUTES_FILE = '.dvattributes'
export const ATTRIBUTES_BYTES_MAX = 64 * 1024

/** Blanks stand between words; a backslash takes away what the next character means. */
const WORD = /(?:\\.|[^\s\\])+|\\/gsu

/** The rules in their order. Throws DV_BAD_ATTRIBUTES with line and column. */
export function parseAttributes(bytes: Uint8Array, path: string): AttributeRule[] {
  const bad = (what: string, place?: Place) => badAttributes(path, what, place)
  if (bytes.length > ATTRIBUTES_BYTES_MAX) throw bad(`it has more than ${ATTRIBUTES_BYTES_MAX} bytes`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw bad('it is not UTF-8')
  }
  return text
    .split(/\r?\n/)
    .flatMap((line, i) => parseLine(line, (what, column) => bad(what, { line: i + 1, column })))
}

interface Place {
  line: number
  column: number
}

type Bad = (what: string, column: number) => DvError

function parseLine(line: string, bad: Bad): AttributeRule[] {
  const [pattern, ...words] = [...line.matchAll(WORD)].map(({ 0: word, index }) => ({
    word,
    column: index + 1,
  }))
  if (!pattern || pattern.word.startsWith('#')) return []
  if (words.length === 0) throw bad('no attribute stands behind the pattern', line.trimEnd().length + 1)
  const attributes: Attributes = {}
  for (const { word, column } of words)
    Object.assign(
      attributes,
      parseWord(word, (what) => bad(what, column)),
    )
  return [{ matches: compiled(pattern.word, (what) => bad(what, pattern.column)), attributes }]
}

function compiled(pattern: string, bad: (what: string) => DvError): (path: string) => boolean {
  if (pattern.startsWith('!'))
    throw bad(`a pattern is not taken back with '!': write '\\!' for a name that begins so`)
  try {
    return compilePattern(pattern)
  } catch (error) {
    throw error instanceof BadPattern ? bad(error.message) : error
  }
}

const NAMES = ['driver', 'key', 'delimiter', 'encoding', 'header', 'types']

function parseWord(word: string, bad: (what: string) => DvError): Attributes {
  const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(word)!
  if (!NAMES.includes(name)) {
    const [near] = nearest(name, NAMES)
    throw bad(
      `there is no attribute '${name}'${near === undefined ? `, only ${NAMES.join(', ')}` : `: did you mean '${near}'?`}`,
    )
  }
  if (value === '') throw bad(`'${name}' has no value: ${EXAMPLES[name]}`)
  switch (name) {
    case 'key':
      return { key: keyOf(value, bad) }
    case 'driver':
      return { driver: oneOf<Driver>(name, value, DRIVERS, bad) }
    case 'encoding':
      return { encoding: encodingOf(value, bad) }
    case 'header':
      return { header: oneOf(name, value, ['yes', 'no'], bad) === 'yes' }
    case 'types':
      return { types: oneOf(name, value, ['text'] as const, bad) }
    default:
      return { delimiter: delimiterOf(value, bad) }
  }
}

const EXAMPLES: Record<string, string> = {
  ...{ driver: 'driver=csv', key: 'key=id,plate', delimiter: 'delimiter=; or delimiter=tab' },
  ...{ encoding: 'encoding=windows-1252', header: 'header=no', types: 'types=text' },
}

function oneOf<T extends string>(
  name: string,
  value: string,
  known: readonly T[],
  bad: (what: string) => DvError,
): T {
  const found = known.find((one) => one === value)
  if (found !== undefined) return found
  throw bad(`'${value}' is no ${name}: there are ${known.join(', ')}`)
}

function encodingOf(value: string, bad: (what: string) => DvError): Encoding {
  const lower = value.toLowerCase()
  return oneOf<Encoding>('encoding', SAME[lower] ?? lower, ENCODINGS, bad)
}

const SAME: Record<string, Encoding> = {
  utf8: 'utf-8',
  latin1: 'windows-1252',
  'iso-8859-1': 'windows-1252',
  cp1252: 'windows-1252',
}

/** Names with commas between; '\,' is a comma of a name. */
function keyOf(value: string, bad: (what: string) => DvError): string[] {
  const names = [...value.matchAll(/((?:\\.|[^,\\])*)(?:,|$)/gsu)].map(([, name]) => unescaped(name!))
  names.pop()
  if (value.endsWith(',') || names.includes('')) throw bad('a column of the key has no name')
  if (new Set(names).size < names.length) throw bad('a column of the key is there twice')
  return names
}

function delimiterOf(value: string, bad: (what: string) => DvError): string {
  const text = value === 'tab' ? '\t' : unescaped(value)
  if ([...text].length === 1 && text.length === 1 && !/["\r\n]/.test(text)) return text
  throw bad(`'${value}' is no delimiter: one character is, or 'tab'`)
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/gsu, '$1')
}

export function badAttributes(path: string, what: string, place?: Place): DvError {
  const where = place ? `Line ${place.line}, column ${place.column} of '${path}'` : `'${path}'`
  return new DvError('DV_BAD_ATTRIBUTES', `${where}: ${what}`, {
    data: { path, ...place },
    hint: "a line is a pattern and what holds for it: 'data/*.csv key=id,plate'; what there is says spec/28-attributes.md",
  })
}
