// A FlatBuffer that is walked through before anything is made of it: tables in it may name one another any number of times, so that a
// few bytes can stand for billions. What is not within its bytes is a RangeError, and so is one that names too much.

/** Everything that is named may be so often as large as the buffer, and this much more: what is shared is small. */
const SHARED_TIMES = 8
const SHARED_BYTES = 1024 * 1024
const DEPTH_MAX = 64

export class FlatBuffer {
  readonly bytes: Buffer
  #left: number
  #depth = 0

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.#left = SHARED_TIMES * bytes.length + SHARED_BYTES
  }

  /** Where the table begins that the whole is. */
  root(): number {
    return this.bytes.readUInt32LE(0)
  }

  /** Where a field of a table stands; undefined when it is not given. */
  field(table: number, index: number): number | undefined {
    const fields = table - this.bytes.readInt32LE(table)
    const entry = 4 + 2 * index
    if (entry >= this.bytes.readUInt16LE(fields)) return undefined
    const offset = this.bytes.readUInt16LE(fields + entry)
    return offset === 0 ? undefined : table + offset
  }

  /** Visits the table that a field names, if it is given. */
  table(holder: number, index: number, visit: (table: number) => void): void {
    const at = this.field(holder, index)
    if (at !== undefined) this.#inner(at, visit)
  }

  /** Visits each table of a list of such; returns how many there are. */
  tables(holder: number, index: number, visit: (table: number) => void): number {
    const { at, count } = this.items(holder, index, 4)
    for (let i = 0; i < count; i++) this.#inner(at + 4 * i, visit)
    return count
  }

  /** A list of things of so many bytes each, or a text. */
  items(holder: number, index: number, size: number): { at: number; count: number } {
    const field = this.field(holder, index)
    if (field === undefined) return { at: 0, count: 0 }
    const list = field + this.bytes.readUInt32LE(field)
    const count = this.bytes.readUInt32LE(list)
    if (list + 4 + count * size > this.bytes.length) throw new RangeError('it names what is not in it')
    this.#spend(4 + count * size)
    return { at: list + 4, count }
  }

  #inner(at: number, visit: (table: number) => void): void {
    this.#spend(8)
    if (++this.#depth > DEPTH_MAX) throw new RangeError('it is nested too deep')
    visit(at + this.bytes.readUInt32LE(at))
    this.#depth--
  }

  #spend(bytes: number): void {
    this.#left -= bytes
    if (this.#left < 0) throw new RangeError('it names the same thing too often')
  }
}
