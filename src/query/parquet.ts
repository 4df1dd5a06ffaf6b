// Writes a Parquet file row by row: plain values, one page a column and row group, columns that may begin at any row.
// DuckDB's own writer would be handed each value by itself first, which takes three times as long for a million rows.
import fs from 'node:fs'
import { encodeThrift, type Thrift, thrift, varint } from '../codec/index.js'

const { i32, i64, list, struct, text } = thrift

/** How values of a column are stored. `id`: 32 bytes; `time`: milliseconds since 1970 UTC. */
export type ParquetType = 'text' | 'int64' | 'float64' | 'boolean' | 'time' | 'id'

/** DuckDB reads row groups of this size with a thread each. */
const GROUP_ROWS = 122_880
const MAGIC = Buffer.from('PAR1')

const PHYSICAL = { boolean: 0, int64: 2, time: 2, float64: 5, text: 6, id: 7 } as const
const CONVERTED: Partial<Record<ParquetType, number>> = { text: 0, time: 9 }
const ENCODING = { plain: 0, rle: 3 } as const

interface Chunk {
  offset: number
  bytes: number
}

interface Group {
  rows: number
  /** By column; undefined for columns that began later. */
  chunks: (Chunk | undefined)[]
}

export class ParquetWriter {
  readonly #file: number
  readonly #columns: ParquetColumn[] = []
  readonly #groups: Group[] = []
  #at = 0
  #rows = 0

  /** `file`: a descriptor, which the caller closes. */
  constructor(file: number) {
    this.#file = file
    this.#write(MAGIC)
  }

  /** A new column: NULL in all rows until now. */
  column(name: string, type: ParquetType): ParquetColumn {
    const column = new ParquetColumn(name, type)
    column.row = this.#rows
    this.#columns.push(column)
    return column
  }

  /** Ends a row: columns that were given no value have NULL in it. */
  endRow(): void {
    this.#rows++
    if (this.#rows === GROUP_ROWS) this.#endGroup()
    else for (const column of this.#columns) column.row = this.#rows
  }

  /** Writes what is left and the footer. */
  finish(): void {
    if (this.#rows > 0) this.#endGroup()
    for (const group of this.#groups) {
      for (let i = 0; i < this.#columns.length; i++) group.chunks[i] ??= this.#nulls(group.rows)
    }
    const footer = encodeThrift(this.#footer())
    const length = Buffer.alloc(4)
    length.writeUInt32LE(footer.length)
    this.#write(footer, length, MAGIC)
  }

  #endGroup(): void {
    const rows = this.#rows
    this.#groups.push({ rows, chunks: this.#columns.map((column) => this.#page(column.take(rows), rows)) })
    this.#rows = 0
  }

  #nulls(rows: number): Chunk {
    return this.#page(noneOf(rows), rows)
  }

  #page(body: Buffer[], rows: number): Chunk {
    const size = body.reduce((sum, { length }) => sum + length, 0)
    const data = struct(
      [1, i32(rows)],
      [2, i32(ENCODING.plain)],
      [3, i32(ENCODING.rle)],
      [4, i32(ENCODING.rle)],
    )
    const header = encodeThrift([
      [1, i32(0)],
      [2, i32(size)],
      [3, i32(size)],
      [5, data],
    ])
    const chunk = { offset: this.#at, bytes: header.length + size }
    this.#write(header, ...body)
    return chunk
  }

  #footer() {
    const rows = this.#groups.reduce((sum, group) => sum + group.rows, 0)
    const root = struct([4, text('row')], [5, i32(this.#columns.length)])
    const schema = [root, ...this.#columns.map(schemaOf)]
    return [
      [1, i32(1)],
      [2, list(schema)],
      [3, i64(rows)],
      [4, list(this.#groups.map((group) => this.#groupOf(group)))],
    ] as const
  }

  #groupOf({ rows, chunks }: Group): Thrift {
    const columns = this.#columns.map((column, i) => columnOf(column, chunks[i]!, rows))
    const bytes = chunks.reduce((sum, chunk) => sum + chunk!.bytes, 0)
    return struct([1, list(columns)], [2, i64(bytes)], [3, i64(rows)])
  }

  #write(...parts: Uint8Array[]): void {
    for (const part of parts) {
      for (let done = 0; done < part.length;) done += fs.writeSync(this.#file, part, done)
      this.#at += part.length
    }
  }
}

function schemaOf({ name, type }: ParquetColumn): Thrift {
  const converted = CONVERTED[type]
  return struct(
    [1, i32(PHYSICAL[type])],
    ...(type === 'id' ? [[2, i32(32)] as const] : []),
    [3, i32(1)],
    [4, text(name)],
    ...(converted === undefined ? [] : [[6, i32(converted)] as const]),
  )
}

function columnOf({ name, type }: ParquetColumn, { offset, bytes }: Chunk, rows: number): Thrift {
  const meta = struct(
    [1, i32(PHYSICAL[type])],
    [2, list([i32(ENCODING.plain), i32(ENCODING.rle)])],
    [3, list([text(name)])],
    [4, i32(0)],
    [5, i64(rows)],
    [6, i64(bytes)],
    [7, i64(bytes)],
    [9, i64(offset)],
  )
  return struct([2, i64(offset)], [3, meta])
}

/** Which rows have a value, behind its length. */
function levels(runs: Buffer): Buffer[] {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(runs.length)
  return [length, runs]
}

function noneOf(rows: number): Buffer[] {
  return levels(Buffer.concat([varint(rows * 2), Buffer.of(0)]))
}

/** The values of one column in the row group that is being written. At most one value a row. */
export class ParquetColumn {
  readonly name: string
  readonly type: ParquetType
  /** The row that is being written, from 0 in its group. */
  row = 0
  /** Values so far, in all groups. */
  count = 0
  #values = Buffer.allocUnsafe(1024)
  #length = 0
  #present = Buffer.alloc(GROUP_ROWS / 8)
  #inGroup = 0

  constructor(name: string, type: ParquetType) {
    this.name = name
    this.type = type
  }

  text(value: string): void {
    const at = this.#room(4 + value.length * 3)
    const length = this.#values.write(value, at + 4, 'utf8')
    this.#values.writeUInt32LE(length, at)
    this.#added(4 + length)
  }

  /** A text that stands in `bytes` as UTF-8. */
  textBytes(bytes: Buffer, from: number, to: number): void {
    const at = this.#room(4 + to - from)
    this.#values.writeUInt32LE(to - from, at)
    for (let i = from; i < to; i++) this.#values[at + 4 + i - from] = bytes[i]!
    this.#added(4 + to - from)
  }

  bytes(value: Uint8Array): void {
    const at = this.#room(value.length)
    this.#values.set(value, at)
    this.#added(value.length)
  }

  int64(value: bigint): void {
    const at = this.#room(8)
    this.#values.writeBigInt64LE(value, at)
    this.#added(8)
  }

  /** A whole number within 2^53: sizes, times. */
  whole(value: number): void {
    const at = this.#room(8)
    const high = Math.floor(value / 2 ** 32)
    this.#values.writeUInt32LE(value - high * 2 ** 32, at)
    this.#values.writeInt32LE(high, at + 4)
    this.#added(8)
  }

  float64(value: number): void {
    const at = this.#room(8)
    this.#values.writeDoubleLE(value, at)
    this.#added(8)
  }

  boolean(value: boolean): void {
    const bit = this.#inGroup & 7
    const at = bit === 0 ? this.#room(1) : this.#length - 1
    if (bit === 0) this.#values[at] = 0
    if (value) this.#values[at]! |= 1 << bit
    this.#added(bit === 0 ? 1 : 0)
  }

  /** The page of a group of `rows`; the next group begins. */
  take(rows: number): Buffer[] {
    const page = [...this.#levels(rows), Buffer.from(this.#values.subarray(0, this.#length))]
    this.#present.fill(0)
    this.#length = this.#inGroup = this.row = 0
    return page
  }

  #levels(rows: number): Buffer[] {
    if (this.#inGroup === 0) return noneOf(rows)
    if (this.#inGroup === rows) return levels(Buffer.concat([varint(rows * 2), Buffer.of(1)]))
    const groups = Math.ceil(rows / 8)
    return levels(Buffer.concat([varint(groups * 2 + 1), this.#present.subarray(0, groups)]))
  }

  #added(bytes: number): void {
    this.#length += bytes
    this.#present[this.row >> 3]! |= 1 << (this.row & 7)
    this.#inGroup++
    this.count++
  }

  /** Where so many bytes go. Call it before touching #values, which it may replace. */
  #room(count: number): number {
    const at = this.#length
    if (at + count > this.#values.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#values.length * 2, at + count))
      this.#values.copy(grown, 0, 0, at)
      this.#values = grown
    }
    return at
  }
}
