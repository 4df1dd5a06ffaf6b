// Reads the text of an expression: recursive descent, in the order in which operators bind.
// Grammar: spec/21-expressions.md, "Grammar"
import { nearest } from '../base/index.js'
import { COLUMNS, isColumn } from './columns.js'
import { parseDate } from './dates.js'
import type { CompareOperator, Expression } from './syntax.js'
import { badExpression, type Token, tokensOf } from './tokens.js'

/** Nobody types deeper ones; a text from elsewhere may be made to exhaust the stack. */
const DEPTH_MAX = 100
const RESERVED = new Set([
  'AND',
  'OR',
  'NOT',
  'IN',
  'IS',
  'NULL',
  'BETWEEN',
  'LIKE',
  'ILIKE',
  'ESCAPE',
  'TRUE',
  'FALSE',
])
const COMPARISONS: ReadonlyMap<string, CompareOperator> = new Map([
  ...(['=', '<>', '<', '<=', '>', '>='] as const).map((sign) => [sign, sign] as const),
  ...([
    ['==', '='],
    ['!=', '<>'],
  ] as const),
])

/** Throws DV_BAD_EXPRESSION, which says at which character. */
export function parseExpression(text: string): Expression {
  return new Parser(text).whole()
}

class Parser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #at = 0
  /** Of parentheses. */
  #depth = -1

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokensOf(text)
  }

  whole(): Expression {
    if (this.#peek().kind === 'end') throw this.#wrong('it is empty')
    const expression = this.#or()
    if (this.#peek().kind !== 'end') throw this.#unexpected('AND, OR or the end')
    return expression
  }

  #peek(): Token {
    return this.#tokens[this.#at]!
  }

  #or(): Expression {
    if (++this.#depth > DEPTH_MAX) throw this.#wrong(`it is nested more than ${DEPTH_MAX} deep`)
    const parts = [this.#and()]
    while (this.#takeWord('OR')) parts.push(this.#and())
    this.#depth--
    return parts.length === 1 ? parts[0]! : { type: 'or', of: parts }
  }

  #and(): Expression {
    const parts = [this.#not()]
    while (this.#takeWord('AND')) parts.push(this.#not())
    return parts.length === 1 ? parts[0]! : { type: 'and', of: parts }
  }

  #not(): Expression {
    let isNegated = false
    while (this.#takeWord('NOT')) isNegated = !isNegated
    return negatedIf(isNegated, this.#predicate())
  }

  #predicate(): Expression {
    const value = this.#operand()
    const sign = this.#peek().kind === 'sign' ? COMPARISONS.get(this.#peek().value) : undefined
    if (sign !== undefined) {
      this.#at++
      return { type: 'compare', operator: sign, left: value, right: this.#operand() }
    }
    if (this.#takeWord('IS')) {
      const isNegated = this.#takeWord('NOT')
      this.#need('NULL')
      return negatedIf(isNegated, { type: 'missing', of: value })
    }
    const isNegated = this.#takeWord('NOT')
    const tested = this.#test(value)
    if (tested) return negatedIf(isNegated, tested)
    if (isNegated) throw this.#unexpected('IN, BETWEEN, LIKE or ILIKE')
    return value
  }

  /** What follows a value and is no sign; undefined: nothing does. */
  #test(value: Expression): Expression | undefined {
    if (this.#takeWord('IN')) return this.#in(value)
    if (this.#takeWord('BETWEEN')) return this.#between(value)
    for (const word of ['LIKE', 'ILIKE']) {
      if (!this.#takeWord(word)) continue
      const pattern = this.#operand()
      const escape = this.#takeWord('ESCAPE') ? this.#escape() : undefined
      return { type: 'like', value, pattern, escape, anyCase: word === 'ILIKE' }
    }
    return undefined
  }

  #in(value: Expression): Expression {
    if (!this.#takeSign('(')) return { type: 'within', value, list: this.#operand() }
    const items = [this.#or()]
    while (this.#takeSign(',')) items.push(this.#or())
    this.#close()
    return { type: 'among', value, items }
  }

  #between(value: Expression): Expression {
    const low = this.#operand()
    this.#need('AND')
    const high = this.#operand()
    return {
      type: 'and',
      of: [
        { type: 'compare', operator: '>=', left: value, right: low },
        { type: 'compare', operator: '<=', left: value, right: high },
      ],
    }
  }

  #escape(): Expression {
    const { kind, value } = this.#peek()
    if (kind !== 'text' || [...value].length !== 1) throw this.#unexpected("one character in quotes, as '!'")
    this.#at++
    return { type: 'literal', value: { type: 'string', value } }
  }

  #operand(): Expression {
    const token = this.#peek()
    if (this.#takeSign('(')) {
      const inner = this.#or()
      this.#close()
      return inner
    }
    if (token.kind === 'text') return this.#literal({ type: 'string', value: token.value })
    if (token.kind === 'number') return this.#number('')
    if (token.kind === 'sign' && (token.value === '-' || token.value === '+')) {
      this.#at++
      if (this.#peek().kind !== 'number') throw this.#unexpected('a number')
      return this.#number(token.value === '-' ? '-' : '')
    }
    if (token.kind === 'name') return this.#named()
    if (token.kind !== 'word') throw this.#unexpected('a column, a value or NOT')
    return this.#word(token)
  }

  #word({ value, at }: Token): Expression {
    const keyword = value.toUpperCase()
    if (keyword === 'TRUE' || keyword === 'FALSE')
      return this.#literal({ type: 'boolean', value: keyword === 'TRUE' })
    if (keyword === 'NULL') return this.#literal(undefined)
    const following = this.#tokens[this.#at + 1]!
    if (keyword === 'DATE' && following.kind === 'text') {
      const time = parseDate(following.value)
      if (time === undefined)
        throw badExpression(this.#text, following.at, `'${following.value}' is not a date`, DATE_HINT)
      this.#at++
      return this.#literal({ type: 'date', value: time })
    }
    if (RESERVED.has(keyword))
      throw this.#unexpected('a column or a value', `a column of that name is written "${value}"`)
    if (following.kind === 'sign' && following.value === '(')
      throw badExpression(this.#text, at, `'${value}' is no function: there are none`)
    return this.#named()
  }

  /** `name`, `"name"`, `meta.name` or `meta."name"`. */
  #named(): Expression {
    const { kind, value, at } = this.#peek()
    this.#at++
    if (kind === 'word' && value === 'meta' && this.#takeSign('.')) {
      const key = this.#peek()
      if (key.kind !== 'word' && key.kind !== 'name') throw this.#unexpected('a key of metadata')
      this.#at++
      return { type: 'metadata', key: key.value }
    }
    if (this.#peek().value === '.' && this.#peek().kind === 'sign')
      throw badExpression(
        this.#text,
        at,
        `'${value}' has no parts`,
        `a name with a dot is written "${value}.…"`,
      )
    if (isColumn(value)) return { type: 'column', name: value }
    if (kind === 'word' && value === 'commit')
      throw badExpression(
        this.#text,
        at,
        "the column 'commit' is known to 'dv query' only",
        'meta.commit is the metadata key',
      )
    return { type: 'metadata', key: value }
  }

  #number(sign: string): Expression {
    const { value, at } = this.#peek()
    if (/^\d+$/u.test(value)) {
      const whole = BigInt(sign + value)
      if (BigInt.asIntN(64, whole) !== whole)
        throw badExpression(
          this.#text,
          at,
          `${sign}${value} is beyond 64 bits`,
          `${sign}${value}.0 is a float64`,
        )
      return this.#literal({ type: 'int64', value: whole })
    }
    return this.#literal({ type: 'float64', value: Number(sign + value) })
  }

  #literal(value: Extract<Expression, { type: 'literal' }>['value']): Expression {
    this.#at++
    return { type: 'literal', value }
  }

  #takeWord(keyword: string): boolean {
    const { kind, value } = this.#peek()
    if (kind !== 'word' || value.toUpperCase() !== keyword) return false
    this.#at++
    return true
  }

  #takeSign(sign: string): boolean {
    if (this.#peek().kind !== 'sign' || this.#peek().value !== sign) return false
    this.#at++
    return true
  }

  #need(keyword: string): void {
    if (!this.#takeWord(keyword)) throw this.#unexpected(keyword)
  }

  #close(): void {
    if (!this.#takeSign(')')) throw this.#unexpected("')'")
  }

  #wrong(reason: string): Error {
    return badExpression(this.#text, this.#peek().at, reason)
  }

  #unexpected(wanted: string, hint?: string): Error {
    const { kind, value, at } = this.#peek()
    const found = kind === 'end' ? 'it ends' : `'${value}' stands`
    const meant = kind === 'word' ? nearest(value, KEYWORDS, 1)[0] : undefined
    return badExpression(
      this.#text,
      at,
      `${found} where ${wanted} was wanted`,
      hint ?? (meant === undefined ? undefined : `did you mean ${meant}?`),
    )
  }
}

const KEYWORDS = [...RESERVED, ...COLUMNS]
const DATE_HINT = "as DATE '2026-01-31' or DATE '2026-01-31T12:00:00Z'"

function negatedIf(isNegated: boolean, of: Expression): Expression {
  return isNegated ? { type: 'not', of } : of
}
