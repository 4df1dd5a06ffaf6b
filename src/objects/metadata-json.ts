// Typed metadata as JSON has it. Format: spec/14-apply.md, "Metadata".
import { type Metadata, type MetadataScalar, type MetadataValue, TIME_MAX } from './metadata.js'

const INT64_MAX = 2n ** 63n - 1n

/** Reads a map of metadata. Throws a TypeError that says what is wrong. */
export function metadataFromJson(json: Readonly<Record<string, unknown>>): Metadata {
  return new Map(Object.entries(json).map(([name, value]) => [name, valueFromJson(name, value)]))
}

/** One of them. Throws TypeError for what is no value. */
export function valueFromJson(name: string, json: unknown): MetadataValue {
  if (name === '') throw new TypeError('a name of metadata is empty')
  if (!Array.isArray(json)) return scalarFrom(name, json)
  return { type: 'list', value: json.map((item) => scalarFrom(name, item)) }
}

function scalarFrom(name: string, json: unknown): MetadataScalar {
  if (typeof json === 'string') return { type: 'string', value: json }
  if (typeof json === 'boolean') return { type: 'boolean', value: json }
  if (typeof json === 'number') {
    return Number.isSafeInteger(json)
      ? { type: 'int64', value: BigInt(json) }
      : { type: 'float64', value: json }
  }
  const typed = typedFrom(json)
  if (typed) return typed
  throw new TypeError(`the metadata '${name}' is no text, number, boolean, list or typed value`)
}

/** `{"int64": "9007199254740993"}`, `{"float64": 1}`, `{"date": "2026-01-31T12:00:00Z"}`. */
function typedFrom(json: unknown): MetadataScalar | undefined {
  const fields = Object.entries(json ?? {})
  if (fields.length !== 1) return undefined
  const [type, value] = fields[0]! as [string, unknown]
  if (type === 'int64' && typeof value === 'string' && /^-?\d{1,19}$/.test(value)) {
    const whole = BigInt(value)
    return whole <= INT64_MAX && whole >= -INT64_MAX - 1n ? { type, value: whole } : undefined
  }
  if (type === 'float64' && typeof value === 'number') return { type, value }
  if (type === 'float64' && NOT_IN_JSON.includes(value as string)) return { type, value: Number(value) }
  if (type !== 'date' || typeof value !== 'string') return undefined
  const time = /^(\d{4}|[+-]\d{6})-\d{2}-\d{2}/.test(value) ? Date.parse(value) : NaN
  return Math.abs(time) <= TIME_MAX ? { type, value: time } : undefined
}

/** Floating point values that JSON has no number for. */
const NOT_IN_JSON = ['NaN', 'Infinity', '-Infinity', '-0']

/** A value as JSON says it: what JSON cannot tell from another type is named by its type. */
export type MetadataJson = JsonScalar | JsonScalar[]
type JsonScalar =
  string | number | boolean | { int64: string } | { float64: number | string } | { date: string }

/** The reverse of metadataFromJson(). */
export function metadataToJson(metadata: Metadata): Record<string, MetadataJson> {
  return Object.fromEntries([...metadata].map(([name, value]) => [name, valueToJson(value)]))
}

export function valueToJson(value: MetadataValue): MetadataJson {
  return value.type === 'list' ? value.value.map(scalarToJson) : scalarToJson(value)
}

function scalarToJson(scalar: MetadataScalar): JsonScalar {
  if (scalar.type === 'date') return { date: new Date(scalar.value).toISOString() }
  if (scalar.type === 'int64') {
    const number = Number(scalar.value)
    return Number.isSafeInteger(number) ? number : { int64: String(scalar.value) }
  }
  if (scalar.type !== 'float64') return scalar.value
  const { value } = scalar
  if (!Number.isFinite(value)) return { float64: String(value) }
  if (Object.is(value, -0)) return { float64: '-0' }
  return Number.isSafeInteger(value) ? { float64: value } : value
}
