// Metadata as JSON text: whole numbers have all their digits, dates are ISO, what JSON has no number for is a text.
import type { Metadata, MetadataScalar, MetadataValue } from '../objects/index.js'

export function metadataJson(metadata: Metadata): string {
  return `{${[...metadata].map(([key, value]) => `${JSON.stringify(key)}:${valueJson(value)}`).join(',')}}`
}

export function valueJson(value: MetadataValue): string {
  return value.type === 'list' ? `[${value.value.map(scalarJson).join(',')}]` : scalarJson(value)
}

function scalarJson({ type, value }: MetadataScalar): string {
  if (type === 'date') return JSON.stringify(new Date(value).toISOString())
  if (type === 'int64' || (type === 'float64' && Number.isFinite(value))) return String(value)
  return JSON.stringify(type === 'float64' ? String(value) : value)
}
