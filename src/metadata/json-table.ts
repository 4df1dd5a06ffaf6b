// JSON Lines as a table of metadata: an object a line, a column for each name that any of them has.
import { type MetadataValue, metadataFromJson } from '../objects/index.js'
import { badTable, parseJsonLine, readLines, type TableBytes } from '../tables/index.js'
import { badCell, columnsNamed, type MetadataTable, type TableOptions, type TableRow } from './table.js'
import { askedType, valueOfText, type ValueType } from './text-value.js'

interface Column {
  name: string
  types: Set<ValueType>
  values: number
}

/** Reads all of it once. Values are of the types that JSON says; where a column has whole and other numbers, all are float64. */
export async function jsonTable(
  source: TableBytes,
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
  columnsNamed({ path: source.path, columns: all }, Object.keys(options.types))
  const types = all.map(typeOf)
  return {
    path: source.path,
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

async function* readObjects(source: TableBytes, options: TableOptions): AsyncGenerator<ObjectLine[]> {
  let line = 0
  for await (const texts of readLines(source)) {
    const objects: ObjectLine[] = []
    for (const text of texts) {
      line++
      if (text.trim() !== '')
        objects.push({ line, values: parseObject(text, { ...options, path: source.path, line }) })
    }
    yield objects
  }
}

type ObjectOptions = TableOptions & LinePlace

interface LinePlace {
  path: string
  line: number
}

function parseObject(text: string, { types, nulls, ...at }: ObjectOptions): Map<string, MetadataValue> {
  const json = parseJsonLine(text, at)
  const names = Object.keys(json)
  if (names.length !== countNames(text)) throw badTable(at.path, 'a name is there twice', { line: at.line })
  const values = new Map<string, MetadataValue>()
  for (const name of names) {
    const value = json[name]
    // null is JSON's word for no value.
    if (value === null || (typeof value === 'string' && nulls.includes(value))) continue
    values.set(name, valueFrom(name, value, { ...at, type: askedType(types, name) }))
  }
  return values
}

function valueFrom(
  name: string,
  json: unknown,
  { path, line, type }: LinePlace & { type: ValueType | undefined },
): MetadataValue {
  let value: MetadataValue
  try {
    value = metadataFromJson({ [name]: json }).get(name)!
  } catch (error) {
    if (error instanceof TypeError) throw badTable(path, error.message, { line })
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
