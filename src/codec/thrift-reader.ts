// Reads Thrift's compact protocol: what is wanted of it, while all else is passed over.
import { THRIFT } from './thrift.js'

const SET = 10
const MAP = 11

/** A struct that is read field by field. What is no Thrift, or ends early, is a RangeError. */
export class ThriftReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** Each field of a struct: the visitor reads it, or skips it. */
  fields(visit: (id: number, type: number) => void): void {
    let id = 0
    for (;;) {
      const head = this.#byte()
      const type = head & 0x0f
      if (type === 0) return
      id = head >> 4 ? id + (head >> 4) : this.#zigzag()
      visit(id, type)
    }
  }

  skip(type: number): void {
    if (type <= 2) return
    if (type === 3) this.#at++
    else if (type <= 6) this.#varint()
    else if (type === 7) this.#at += 8
    else if (type === THRIFT.text) this.binary()
    else if (type === THRIFT.list || type === SET) {
      const { count, type: item } = this.listHeader()
      for (let i = 0; i < count; i++) this.#skipItem(item)
    } else if (type === MAP) {
      const count = this.#varint()
      const types = count > 0 ? this.#byte() : 0
      for (let i = 0; i < count; i++) {
        this.#skipItem(types >> 4)
        this.#skipItem(types & 0x0f)
      }
    } else if (type === THRIFT.struct) this.fields((_, kind) => this.skip(kind))
    else throw new RangeError(`Thrift has no type ${type}`)
  }

  /** Within lists, booleans take a byte. */
  #skipItem(type: number): void {
    if (type <= 2) this.#byte()
    else this.skip(type)
  }

  listHeader(): { count: number; type: number } {
    const head = this.#byte()
    const count = head >> 4 === 15 ? this.#varint() : head >> 4
    return { count, type: head & 0x0f }
  }

  binary(): Buffer {
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
