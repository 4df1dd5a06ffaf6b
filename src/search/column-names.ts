// The names of the columns of binary tables: Parquet has them at its end, Arrow at its beginning.
import type * as Arrow from 'apache-arrow'
import { asBuffer, load } from '../base/index.js'

/** How such files begin. */
export const TABLE_MAGIC = /^(PAR1|ARROW1)/

/** A longer footer is that of no table a person made. */
const FOOTER_BYTES_MAX = 4 * 1024 * 1024

export interface TableBytes {
  size: number
  read: (offset: number, length: number) => Promise<Uint8Array>
}

/** Names of columns, a line each; '' when they cannot be told. */
export async function columnNames({ size, read }: TableBytes): Promise<string> {
  const start = asBuffer(await read(0, Math.min(size, FOOTER_BYTES_MAX)))
  try {
    const names = start[0] === 0x50 ? await parquetNames({ size, read }) : arrowNames(start)
    return names.join('\n')
  } catch (error) {
    // Whoever wrote it, it is no such table.
    if (error instanceof Error) return ''
    throw error
  }
}

function arrowNames(start: Buffer): string[] {
  const { MessageReader } = load<typeof Arrow>('apache-arrow')
  const schema = new MessageReader(start.subarray(8)).readSchema()
  return schema ? fieldNames(schema.fields) : []
}

function fieldNames(fields: readonly Arrow.Field[]): string[] {
  return fields.flatMap(({ name, type }) => [
    name,
    ...fieldNames((type as { children?: Arrow.Field[] }).children ?? []),
  ])
}

async function parquetNames({ size, read }: TableBytes): Promise<string[]> {
  const end = asBuffer(await read(size - 8, 8))
  const length = end.readUInt32LE(0)
  if (end.toString('latin1', 4) !== 'PAR1' || length > FOOTER_BYTES_MAX || length + 8 > size) return []
  return new ThriftNames(asBuffer(await read(size - 8 - length, length))).schemaNames()
}

const STRUCT = 12
const LIST = 9
const SET = 10
const MAP = 11
const BINARY = 8
/** FileMetaData.schema, and SchemaElement.name. */
const SCHEMA = 2
const NAME = 4

/** As much of Thrift's compact protocol as leads to the names of a Parquet schema. */
class ThriftNames {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  schemaNames(): string[] {
    const names: string[] = []
    this.#fields((id, type) => {
      if (id !== SCHEMA || type !== LIST) return this.#skip(type)
      for (let left = this.#listHeader().count; left > 0; left--) {
        this.#fields((field, kind) => {
          if (field === NAME && kind === BINARY) names.push(this.#binary().toString('utf8'))
          else this.#skip(kind)
        })
      }
    })
    // The first element is the table itself.
    return names.slice(1)
  }

  #fields(visit: (id: number, type: number) => void): void {
    let id = 0
    for (;;) {
      const head = this.#byte()
      const type = head & 0x0f
      if (type === 0) return
      id = head >> 4 ? id + (head >> 4) : this.#zigzag()
      visit(id, type)
    }
  }

  #skip(type: number): void {
    if (type <= 2) return
    if (type === 3) this.#at++
    else if (type <= 6) this.#varint()
    else if (type === 7) this.#at += 8
    else if (type === BINARY) this.#binary()
    else if (type === LIST || type === SET) {
      const { count, type: item } = this.#listHeader()
      for (let i = 0; i < count; i++) this.#skipItem(item)
    } else if (type === MAP) {
      const count = this.#varint()
      const types = count > 0 ? this.#byte() : 0
      for (let i = 0; i < count; i++) {
        this.#skipItem(types >> 4)
        this.#skipItem(types & 0x0f)
      }
    } else if (type === STRUCT) this.#fields((_, kind) => this.#skip(kind))
    else throw new RangeError(`Thrift has no type ${type}`)
  }

  /** Within lists, booleans take a byte. */
  #skipItem(type: number): void {
    if (type <= 2) this.#byte()
    else this.#skip(type)
  }

  #listHeader(): { count: number; type: number } {
    const head = this.#byte()
    const count = head >> 4 === 15 ? this.#varint() : head >> 4
    return { count, type: head & 0x0f }
  }

  #binary(): Buffer {
    const length = this.#varint()
    if (length > this.#bytes.length - this.#at) throw new RangeError('it ends early')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #zigzag(): number {
    const value = this.#varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  #varint(): number {
    let [value, scale] = [0, 1]
    for (;;) {
      const byte = this.#byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
      if (scale > 2 ** 63) throw new RangeError('a number too large')
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new RangeError('it ends early')
    return byte
  }
}
