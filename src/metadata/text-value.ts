// Text to typed values: what a command line, and a cell of a CSV file, mean. Format: spec/20-metadata.md, "Types of text"
import { type MetadataScalar, type MetadataValue, metadataFromJson } from '../objects/index.js'

export type ValueType = MetadataValue['type']
export const VALUE_TYPES: readonly ValueType[] = ['string', 'int64', 'float64', 'boolean', 'date', 'list']

/** The type that was asked for of a name, which may be called like what every object has. */
export function askedType(types: Readonly<Record<string, ValueType>>, name: string): ValueType | undefined {
  return Object.hasOwn(types, name) ? types[name] : undefined
}

const INT64_MAX = 2n ** 63n - 1n
const WHOLE = /^-?(0|[1-9]\d{0,18})$/
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?$/
const BOOLEAN = /^(true|True|TRUE|false|False|FALSE)$/
const DATE = /^(\d{4})-(\d{2})-(\d{2})([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/

/** The narrowest type that says all that the text does. */
export function typeOfText(text: string): ValueType {
  switch (text.charCodeAt(0)) {
    case 0x74: // t
    case 0x54:
    case 0x66: // f
    case 0x46:
      return BOOLEAN.test(text) ? 'boolean' : 'string'
    case 0x5b: // [
      return listOf(text) ? 'list' : 'string'
  }
  const first = text.charCodeAt(0)
  if (first !== 0x2d && (first < 0x30 || first > 0x39)) return 'string'
  if (int64Of(text)) return 'int64'
  if (float64Of(text)) return 'float64'
  return timeOf(text) === undefined ? 'string' : 'date'
}

/** The text as a value of that type; undefined: it is none. */
export function valueOfText(text: string, type: ValueType): MetadataValue | undefined {
  switch (type) {
    case 'string':
      return { type, value: text }
    case 'int64':
      return int64Of(text)
    case 'float64':
      return float64Of(text) ?? (/^-?(nan|inf|infinity)$/i.test(text) ? special(text) : undefined)
    case 'boolean':
      return BOOLEAN.test(text) ? { type, value: text.toLowerCase() === 'true' } : undefined
    case 'date': {
      const value = timeOf(text)
      return value === undefined ? undefined : { type, value }
    }
    case 'list':
      return listOf(text)
  }
}

/** '-0' is no whole number: its sign would be lost. */
function int64Of(text: string): MetadataScalar | undefined {
  if (!WHOLE.test(text) || text === '-0') return undefined
  const value = BigInt(text)
  return value <= INT64_MAX && value >= -INT64_MAX - 1n ? { type: 'int64', value } : undefined
}

/** Whole numbers only while a float64 can hold all of their digits. */
function float64Of(text: string): MetadataScalar | undefined {
  if (!NUMBER.test(text)) return undefined
  const value = Number(text)
  if (!Number.isFinite(value)) return undefined
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(text) ? { type: 'float64', value } : undefined
}

function special(text: string): MetadataScalar {
  const size = /nan/i.test(text) ? NaN : Infinity
  return { type: 'float64', value: text.startsWith('-') ? -size : size }
}

/** Without a zone UTC is meant. The 29th of February of a year that has none is none, rather than the 1st of March. */
function timeOf(text: string): number | undefined {
  const match = DATE.exec(text)
  if (!match) return undefined
  const [, year, month, day, clock, , , zone] = match
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day))
  const isInMonth = day! < '29' || new Date(date).getUTCDate() === Number(day)
  if (!isInMonth || day! < '01' || month! < '01' || month! > '12') return undefined
  // Two digits of a year would be taken for those of this age.
  if (clock === undefined && year! > '0099') return date
  const time = Date.parse(`${text.replace(' ', 'T')}${clock !== undefined && zone === undefined ? 'Z' : ''}`)
  return Number.isNaN(time) ? undefined : time
}

/** A JSON array of what a list can hold. */
function listOf(text: string): MetadataValue | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return Array.isArray(json) ? metadataFromJson({ list: json }).get('list') : undefined
  } catch {
    return undefined
  }
}
