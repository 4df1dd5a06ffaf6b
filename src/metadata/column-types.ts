// The type of a column: the narrowest that says all of its values. Format: spec/20-metadata.md, "Types of text"
import { typeOfText, type ValueType } from './text-value.js'

interface Seen {
  count: number
  line: number
  text: string
}

/** What was seen in one column. */
export class ColumnTypes {
  readonly #seen = new Map<ValueType, Seen>()
  /** A whole number that a float64 has no room for. */
  #hasLong = false
  values = 0

  see(text: string, line: number): void {
    const type = typeOfText(text)
    this.values++
    const seen = this.#seen.get(type)
    if (seen) seen.count++
    else this.#seen.set(type, { count: 1, line, text })
    if (type === 'int64' && text.length > 15 && !Number.isSafeInteger(Number(text))) this.#hasLong = true
  }

  get type(): ValueType {
    const [only, other, ...more] = [...this.#seen.keys()]
    if (only === undefined) return 'string'
    if (other === undefined) return only
    const areNumbers = more.length === 0 && this.#seen.has('int64') && this.#seen.has('float64')
    return areNumbers && !this.#hasLong ? 'float64' : 'string'
  }

  /** Why a column is text although most of its values are not. */
  warning(name: string): string | undefined {
    if (this.type !== 'string' || this.#seen.size < 2) return undefined
    const most = [...this.#seen].reduce((a, b) => (b[1].count > a[1].count ? b : a))
    const others = [...this.#seen].filter(([type]) => type !== most[0]).map(([, seen]) => seen)
    const count = others.reduce((sum, seen) => sum + seen.count, 0)
    if (most[0] === 'string' || this.#seen.size > 2 + (this.#seen.has('float64') ? 1 : 0)) return undefined
    const first = others.reduce((a, b) => (b.line < a.line ? b : a))
    const value = first.text.slice(0, 40)
    return `'${name}' is taken for text: ${count} of ${this.values} values are no ${most[0]}, the first is '${value}' on line ${first.line}`
  }
}
