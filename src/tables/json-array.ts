// Where the text of an array of objects stops being one: a reading character by character, for when DuckDB has refused the file.
import { badTable, type Place } from './errors.js'
import { readText, type TableBytes } from './text.js'

/** Reads all of it, and throws the first thing that is wrong with it. */
export async function checkJsonArray(source: TableBytes): Promise<void> {
  const scanner = new ArrayScanner(source.path)
  for await (const text of readText(source)) scanner.read(text)
  scanner.end()
}

/** What comes next. */
type State = 'array' | 'value' | 'first' | 'name' | 'first name' | 'colon' | 'more' | 'end'

const WANTED: Record<State, string> = {
  array: "'['",
  value: 'a value',
  first: "a value or ']'",
  name: 'a name in quotes',
  'first name': "a name in quotes or '}'",
  colon: "':'",
  more: "',' or the end of what is open",
  end: 'nothing more',
}

const WORD = /^(true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?)$/
const OF_WORDS = /[-+.\w]/
const BLANKS = ' \t\r\n'
const ESCAPED = '"\\/bfnrt'

/** A string that is not closed yet. `escape`: its next character is part of one; digits of one are counted down. */
interface OpenString {
  isName: boolean
  escape: boolean | number
}

/** A number or a literal that may go on, and where it begins. */
interface OpenWord {
  text: string
  place: Place
}

class ArrayScanner {
  readonly #path: string
  #state: State = 'array'
  /** What is open, from the outside in. */
  readonly #open: ('[' | '{')[] = []
  #place: Required<Place> = { line: 1, column: 1 }
  #string: OpenString | undefined
  #word: OpenWord | undefined

  constructor(path: string) {
    this.#path = path
  }

  read(text: string): void {
    for (const char of text) {
      this.#take(char)
      const { line, column } = this.#place
      this.#place = char === '\n' ? { line: line + 1, column: 1 } : { line, column: column + 1 }
    }
  }

  end(): void {
    if (this.#string) throw this.#bad('the text ends within a string')
    if (this.#state !== 'end') throw this.#bad(`the text ends, where ${WANTED[this.#state]} was wanted`)
  }

  #take(char: string): void {
    if (this.#string) return this.#inString(char, this.#string)
    if (this.#word) {
      if (OF_WORDS.test(char)) return void (this.#word.text += char)
      this.#endWord(this.#word)
    }
    if (BLANKS.includes(char)) return
    if (this.#open.length === 1 && isValue(this.#state) && char !== '{' && char !== ']')
      throw this.#bad('an object was wanted')
    this.#token(char)
  }

  #token(char: string): void {
    const state = this.#state
    if (char === '"' && (isValue(state) || isName(state)))
      this.#string = { isName: isName(state), escape: false }
    else if (isValue(state) && OF_WORDS.test(char)) this.#word = { text: char, place: this.#place }
    else if (!this.#punctuation(char)) throw this.#bad(`${WANTED[state]} was wanted, where '${char}' stands`)
  }

  /** Whether it may stand here. */
  #punctuation(char: string): boolean {
    const state = this.#state
    const inner = this.#open.at(-1)
    const ends = (first: State) => state === first || state === 'more'
    if (char === '[' && (state === 'array' || isValue(state))) this.#opened('[', 'first')
    else if (char === '{' && isValue(state)) this.#opened('{', 'first name')
    else if (char === ']' && inner === '[' && ends('first')) this.#closed()
    else if (char === '}' && inner === '{' && ends('first name')) this.#closed()
    else if (char === ',' && state === 'more') this.#state = inner === '[' ? 'value' : 'name'
    else if (char === ':' && state === 'colon') this.#state = 'value'
    else return false
    return true
  }

  #opened(what: '[' | '{', state: State): void {
    this.#open.push(what)
    this.#state = state
  }

  #closed(): void {
    this.#open.pop()
    this.#state = this.#open.length === 0 ? 'end' : 'more'
  }

  #inString(char: string, string: OpenString): void {
    const { escape } = string
    if (typeof escape === 'number') {
      if (!/[\da-f]/i.test(char)) throw this.#bad('four digits were wanted behind \\u')
      string.escape = escape > 1 && escape - 1
    } else if (escape) {
      if (char !== 'u' && !ESCAPED.includes(char)) throw this.#bad(`a string has no '\\${char}'`)
      string.escape = char === 'u' && 4
    } else if (char === '"') {
      this.#string = undefined
      this.#state = string.isName ? 'colon' : 'more'
    } else if (char === '\\') string.escape = true
    else if (char < ' ') throw this.#bad('a string goes over the end of a line, or has a control character')
  }

  #endWord({ text, place }: OpenWord): void {
    if (!WORD.test(text)) throw badTable(this.#path, `'${text.slice(0, 40)}' is no value of JSON`, place)
    this.#word = undefined
    this.#state = 'more'
  }

  #bad(what: string): Error {
    return badTable(this.#path, what, this.#place)
  }
}

function isValue(state: State): boolean {
  return state === 'value' || state === 'first'
}

function isName(state: State): boolean {
  return state === 'name' || state === 'first name'
}
