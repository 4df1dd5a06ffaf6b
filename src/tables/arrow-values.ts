// Values of Arrow as DuckDB holds them. Times are read as the whole numbers they are kept as: what `apache-arrow` makes of
// them is milliseconds, and what is finer would be the same in two versions that differ.
import type * as Arrow from 'apache-arrow'
import type { SqlValue } from '../sql/index.js'

export interface ArrowColumn {
  /** DuckDB's name of it. What has no equal is JSON text. */
  type: string
  /** The values of a vector, by their place. */
  read: (vector: Arrow.Vector) => (row: number) => SqlValue
}

export function arrowColumn(arrow: typeof Arrow, type: Arrow.DataType): ArrowColumn {
  const { DataType } = arrow
  if (DataType.isDictionary(type)) return dictionary(arrow, type)
  if (DataType.isInt(type)) return as(`${type.isSigned ? '' : 'U'}${INTEGERS[type.bitWidth]}`, same)
  if (DataType.isFloat(type)) return as(type.precision === arrow.Precision.DOUBLE ? 'DOUBLE' : 'FLOAT', same)
  if (DataType.isBool(type)) return as('BOOLEAN', same)
  if (isText(arrow, type)) return as('VARCHAR', same)
  if (isBinary(arrow, type)) return as('BLOB', same)
  if (DataType.isDate(type)) return as('DATE', (ms) => Math.floor(Number(ms) / DAY_MS))
  if (DataType.isTimestamp(type)) return timestamp(type.unit)
  if (DataType.isTime(type)) return time(type.unit)
  if (DataType.isDecimal(type)) return decimal(type)
  return JSON_TEXT
}

const INTEGERS: Record<number, string> = { 8: 'TINYINT', 16: 'SMALLINT', 32: 'INTEGER', 64: 'BIGINT' }
const DAY_MS = 86_400_000

function isText({ DataType }: typeof Arrow, type: Arrow.DataType): boolean {
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)
}

function isBinary({ DataType }: typeof Arrow, type: Arrow.DataType): boolean {
  return (
    DataType.isBinary(type) ||
    DataType.isLargeBinary(type) ||
    DataType.isBinaryView(type) ||
    DataType.isFixedSizeBinary(type)
  )
}

function same(value: unknown): SqlValue {
  return value as SqlValue
}

function as(type: string, convert: (value: unknown) => SqlValue): ArrowColumn {
  return {
    type,
    read: (vector) => (row) => {
      const value: unknown = vector.get(row)
      return value === null || value === undefined ? undefined : convert(value)
    },
  }
}

const JSON_TEXT = as('JSON', (value) => JSON.stringify(value, plain))

function plain(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  return ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value
}

/** Values by the numbers they are kept as. */
function raw(
  type: string,
  convert: (values: ArrayLike<number | bigint>, at: number) => SqlValue,
): ArrowColumn {
  return {
    type,
    read: (vector) => (row) => {
      if (vector.get(row) === null) return undefined
      let at = row
      for (const { length, values } of vector.data) {
        if (at < length) return convert(values as ArrayLike<number | bigint>, at)
        at -= length
      }
      return undefined
    },
  }
}

/** A second in each of Arrow's units, which are numbered from 0. */
const PER_SECOND = [1n, 1000n, 1_000_000n, 1_000_000_000n]
const NANOSECOND = 3

/** Microseconds, or nanoseconds where they are kept. */
function timestamp(unit: number): ArrowColumn {
  if (unit === NANOSECOND) return raw('TIMESTAMP_NS', (values, at) => BigInt(values[at]!))
  const factor = 1_000_000n / PER_SECOND[unit]!
  return raw('TIMESTAMP', (values, at) => BigInt(values[at]!) * factor)
}

function time(unit: number): ArrowColumn {
  const perSecond = PER_SECOND[unit]!
  const digits = unit * 3
  return raw('VARCHAR', (values, at) => {
    const value = BigInt(values[at]!)
    const seconds = Number(value / perSecond)
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    const clock = parts.map((part) => String(part).padStart(2, '0')).join(':')
    return digits === 0 ? clock : `${clock}.${String(value % perSecond).padStart(digits, '0')}`
  })
}

/** The most digits of DuckDB's decimals. */
const DIGITS_MAX = 38

function decimal({ precision, scale, bitWidth }: Arrow.Decimal): ArrowColumn {
  const words = bitWidth / 32
  const whole = (values: ArrayLike<number | bigint>, at: number) => {
    let value = 0n
    for (let word = words - 1; word >= 0; word--)
      value = (value << 32n) | (BigInt(values[at * words + word]!) & 0xffff_ffffn)
    return BigInt.asIntN(bitWidth, value)
  }
  const isKnown = precision <= DIGITS_MAX && scale >= 0 && scale <= precision
  if (isKnown) return raw(`DECIMAL(${precision},${scale})`, whole)
  return raw('VARCHAR', (values, at) => `${whole(values, at)}e${-scale}`)
}

/** By the place of each value in the dictionary. */
function dictionary(arrow: typeof Arrow, { dictionary: values }: Arrow.Dictionary): ArrowColumn {
  const { type, read } = arrowColumn(arrow, values as Arrow.DataType)
  return {
    type,
    read: (vector) => {
      const [data] = vector.data
      const value = read(data!.dictionary!)
      const places = data!.values as ArrayLike<number>
      return (row) => (vector.isValid(row) ? value(Number(places[row])) : undefined)
    },
  }
}
