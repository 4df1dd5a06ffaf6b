// Lists of numbers in a segment: which documents have a word, and where in them. Format: spec/26-search.md, "Segments"
import { indexDamage } from './damage.js'

/** Numbers of variable length, one after the other. */
export class Varints {
  readonly #bytes: Uint8Array
  /** Where the next begins. */
  at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Throws DV_CORRUPT at the end. */
  next(): number {
    let byte = this.#bytes[this.at++]
    if (byte !== undefined && byte < 0x80) return byte
    let [value, scale] = [0, 1]
    for (;;) {
      if (byte === undefined) throw indexDamage('a list ends early')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
      byte = this.#bytes[this.at++]
    }
  }
}

/** Each document of a list of postings, ascending, and how often it has the word. */
export function eachPosting(list: Uint8Array, visit: (doc: number, times: number) => void): void {
  const numbers = new Varints(list)
  let doc = 0
  while (numbers.at < list.length) {
    const code = numbers.next()
    doc += Math.floor(code / 2)
    visit(doc, code % 2 === 1 ? 1 : numbers.next())
  }
}

/** Bytes of a number. */
export function varintOf(value: number): Uint8Array {
  const bytes: number[] = []
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80)
  return Uint8Array.from([...bytes, value])
}
