// Writes Thrift's compact protocol, as much of it as a Parquet file's footer and page headers need.

export type Thrift =
  { i32: number } | { i64: number } | { text: string } | { struct: Struct } | { list: Thrift[] }
/** Fields by number, in ascending order. */
export type Struct = readonly (readonly [id: number, value: Thrift])[]

export const THRIFT = { i32: 5, i64: 6, text: 8, list: 9, struct: 12 } as const

export const thrift = {
  i32: (value: number): Thrift => ({ i32: value }),
  i64: (value: number): Thrift => ({ i64: value }),
  text: (value: string): Thrift => ({ text: value }),
  list: (values: Thrift[]): Thrift => ({ list: values }),
  struct: (...fields: Struct): Thrift => ({ struct: fields }),
}

export function encodeThrift(fields: Struct): Buffer {
  const bytes: number[] = []
  writeStruct(bytes, fields)
  return Buffer.from(bytes)
}

function writeStruct(bytes: number[], fields: Struct): void {
  let last = 0
  for (const [id, value] of fields) {
    bytes.push(((id - last) << 4) | typeOf(value))
    writeValue(bytes, value)
    last = id
  }
  bytes.push(0)
}

function typeOf(value: Thrift): number {
  return THRIFT[Object.keys(value)[0] as keyof typeof THRIFT]
}

function writeValue(bytes: number[], value: Thrift): void {
  if ('i32' in value) writeVarint(bytes, value.i32 * 2)
  else if ('i64' in value) writeVarint(bytes, value.i64 * 2)
  else if ('struct' in value) writeStruct(bytes, value.struct)
  else if ('text' in value) {
    const utf8 = Buffer.from(value.text)
    writeVarint(bytes, utf8.length)
    for (const byte of utf8) bytes.push(byte)
  } else {
    const { length } = value.list
    const type = length === 0 ? THRIFT.i32 : typeOf(value.list[0]!)
    if (length < 15) bytes.push((length << 4) | type)
    else {
      bytes.push(0xf0 | type)
      writeVarint(bytes, length)
    }
    for (const item of value.list) writeValue(bytes, item)
  }
}

/** No number of a Parquet file is negative, so that zigzag is doubling. */
function writeVarint(bytes: number[], value: number): void {
  while (value >= 0x80) {
    bytes.push((value % 0x80) | 0x80)
    value = Math.floor(value / 0x80)
  }
  bytes.push(value)
}

/** A whole number in Thrift's and Parquet's variable length. */
export function varint(value: number): Buffer {
  const bytes: number[] = []
  writeVarint(bytes, value)
  return Buffer.from(bytes)
}
