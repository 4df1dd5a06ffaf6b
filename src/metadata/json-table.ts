// JSON Lines as a table of metadata: an object a line, a column for each name that any of them has.
import { type MetadataValue, metadataFromJson } from '../objects/index.js'
import {
  badCell,
  badTable,
  columnsNamed,
  type MetadataTable,
  type TableOptions,
  type TableRow,
  type TableSource,
} from './table.js'
import { readText, splitLines } from './table-text.js'
import { askedType, valueOfText, type ValueType } from './text-value.js'

interface Column {
  name: string
  types: Set<ValueType>
  values: number
}

/** Reads all of it once. Values are of the types that JSON says; where a column has whole and other numbers, all are float64. */
export async function jsonTable(
  source: TableSource,
  options: TableOptions,
): Promise<MetadataTable<MetadataValue>> {
  const columns = new Map<string, Column>()
  for await (const lines of readObjects(source, options))
    for (const { values } of lines)
      for (const [name, value] of values) {
        const column = columns.get(name) ?? { name, types: new Set(), values: 0 }
        columns.set(name, column)
        column.types.add(value.type)
        column.values++
      }
  const all = [...columns.values()]
  columnsNamed(all, Object.keys(options.types))
  const types = all.map(typeOf)
  return {
    columns: all.map(({ name, values }, i) => ({ name, type: types[i]!, values })),
    warnings: all.flatMap((column, i) => (types[i] === 'mixed' ? [warningOf(column)] : [])),
    async *rows() {
      for await (const lines of readObjects(source, options))
        yield lines.map(({ line, values }): TableRow<MetadataValue> => ({
          line,
          cells: all.map(({ name }) => values.get(name)),
        }))
    },
    textOf: ({ value }) => String(value),
    valueOf: (cell, i) => (types[i] === 'float64' && cell.type === 'int64' ? asFloat(cell.value) : cell),
  }
}

function typeOf({ types }: Column): ValueType | 'mixed' {
  if (types.size === 1) return [...types][0]!
  return types.size === 2 && types.has('int64') && types.has('float64') ? 'float64' : 'mixed'
}

function warningOf({ name, types }: Column): string {
  return `'${name}' has values of several types: ${[...types].sort().join(', ')}`
}

function asFloat(value: bigint): MetadataValue {
  return { type: 'float64', value: Number(value) }
}

interface ObjectLine {
  line: number
  values: ReadonlyMap<string, MetadataValue>
}

async function* readObjects(source: TableSource, options: TableOptions): AsyncGenerator<ObjectLine[]> {
  let line = 0
  for await (const texts of splitLines(readText(source))) {
    const objects: ObjectLine[] = []
    for (const text of texts) {
      line++
      if (text.trim() !== '') objects.push({ line, values: parseObject(text, line, options) })
    }
    yield objects
  }
}

function parseObject(text: string, line: number, { types, nulls }: TableOptions): Map<string, MetadataValue> {
  const json = parseJson(text, line)
  const names = Object.keys(json)
  if (names.length !== countNames(text)) throw badTable(line, 'a name is there twice')
  const values = new Map<string, MetadataValue>()
  for (const name of names) {
    const value = json[name]
    // null is JSON's word for no value.
    if (value === null || (typeof value === 'string' && nulls.includes(value))) continue
    values.set(name, valueFrom(name, value, { line, type: askedType(types, name) }))
  }
  return values
}

function parseJson(text: string, line: number): Record<string, unknown> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw badTable(line, 'it is not JSON')
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>
  throw badTable(line, 'it is no JSON object')
}

function valueFrom(
  name: string,
  json: unknown,
  { line, type }: { line: number; type: ValueType | undefined },
): MetadataValue {
  let value: MetadataValue
  try {
    value = metadataFromJson({ [name]: json }).get(name)!
  } catch (error) {
    if (error instanceof TypeError) throw badTable(line, error.message)
    throw error
  }
  if (type === undefined || value.type === type) return value
  const text = typeof json === 'string' ? json : JSON.stringify(json)
  const forced = valueOfText(text, type)
  if (!forced) throw badCell({ line, name, text, type })
  return forced
}

/** Names of the outermost object of a line that is JSON: parsing keeps one of those that are there twice. */
function countNames(text: string): number {
  let count = 0
  let depth = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (token === ':' && depth === 1) count++
  }
  return count
}
