// One bit for each of many numbered things, and how many are set before one of them: its number when the others are gone.
const WORDS_A_STEP = 16
const BITS_A_STEP = WORDS_A_STEP * 32

export class Bits {
  readonly length: number
  readonly #words: Uint32Array
  /** How many are set before each step; undefined: not counted since the last change. */
  #before: Uint32Array | undefined

  constructor(length: number) {
    this.length = length
    this.#words = new Uint32Array(Math.ceil(length / 32))
  }

  has(i: number): boolean {
    return (this.#words[i >>> 5]! & (1 << (i & 31))) !== 0
  }

  /** Whether it was not set before. */
  set(i: number): boolean {
    const bit = 1 << (i & 31)
    const word = this.#words[i >>> 5]!
    if ((word & bit) !== 0) return false
    this.#words[i >>> 5] = word | bit
    this.#before = undefined
    return true
  }

  clear(i: number): void {
    this.#words[i >>> 5]! &= ~(1 << (i & 31))
    this.#before = undefined
  }

  /** The first one from `i` on that is set; `length` when there is none. */
  next(i: number): number {
    for (let at = i; at < this.length;) {
      const rest = this.#words[at >>> 5]! >>> (at & 31)
      if (rest !== 0) return at + 31 - Math.clz32(rest & -rest)
      at = ((at >>> 5) + 1) * 32
    }
    return this.length
  }

  /** Whether the same ones are set. */
  equals(other: Bits): boolean {
    return this.length === other.length && this.#words.every((word, i) => word === other.#words[i])
  }

  /** How many are set. */
  get count(): number {
    return this.rank(this.length)
  }

  /** How many are set below `i`. */
  rank(i: number): number {
    this.#before ??= this.#countSteps()
    const step = Math.floor(i / BITS_A_STEP)
    let count = this.#before[step]!
    const last = i >>> 5
    for (let word = step * WORDS_A_STEP; word < last; word++) count += ones(this.#words[word]!)
    const rest = i & 31
    return rest === 0 ? count : count + ones(this.#words[last]! & ((1 << rest) - 1))
  }

  #countSteps(): Uint32Array {
    const before = new Uint32Array(Math.floor(this.length / BITS_A_STEP) + 1)
    let count = 0
    this.#words.forEach((word, i) => {
      if (i % WORDS_A_STEP === 0) before[i / WORDS_A_STEP] = count
      count += ones(word)
    })
    // Where the last step has no word of its own.
    if (this.length % BITS_A_STEP === 0) before[before.length - 1] = count
    return before
  }
}

function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
