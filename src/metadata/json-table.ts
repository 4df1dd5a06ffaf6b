// JSON Lines as a table of metadata: an object a line, a column for each name that any of them has.
import { type MetadataValue, valueFromJson } from '../objects/index.js'
import { badTable, parseJsonLine, readLines, type TableBytes } from '../tables/index.js'
import { badCell, columnsNamed, type MetadataTable, type TableOptions, type TableRow } from './table.js'
import { askedType, valueOfText, type ValueType } from './text-value.js'

interface Column {
  name: string
  types: Set<ValueType>
  values: number
  /** The type that was asked for. */
  asked: ValueType | undefined
}

/** Reads all of it once. Values are of the types that JSON says; where a column has whole and other numbers, all are float64. */
export async function jsonTable(
  source: TableBytes,
  options: TableOptions,
): Promise<MetadataTable<MetadataValue>> {
  const reading = { source, options, columns: [], places: new Map() } satisfies Reading
  for await (const rows of readRows(reading)) for (const { cells } of rows) see(reading, cells)
  const all = [...reading.columns] as Column[]
  columnsNamed({ path: source.path, columns: all }, Object.keys(options.types))
  const types = all.map(typeOf)
  return {
    path: source.path,
    columns: all.map(({ name, values }, i) => ({ name, type: types[i]!, values })),
    warnings: all.flatMap((column, i) => (types[i] === 'mixed' ? [warningOf(column)] : [])),
    rows: () => readRows(reading),
    textOf: ({ value }) => String(value),
    valueOf: (cell, i) => (types[i] === 'float64' && cell.type === 'int64' ? asFloat(cell.value) : cell),
  }
}

function see({ columns }: Reading, cells: readonly (MetadataValue | undefined)[]): void {
  for (const [i, value] of cells.entries()) {
    if (value === undefined) continue
    columns[i]!.types.add(value.type)
    columns[i]!.values++
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

interface Reading {
  source: TableBytes
  options: TableOptions
  /** Those that were met so far, and where each is. */
  columns: Column[]
  places: Map<string, number>
}

async function* readRows(reading: Reading): AsyncGenerator<TableRow<MetadataValue>[]> {
  let line = 0
  for await (const texts of readLines(reading.source)) {
    const rows: TableRow<MetadataValue>[] = []
    for (const text of texts) {
      line++
      if (text.trim() !== '') rows.push({ line, cells: cellsOf(reading, text, line) })
    }
    yield rows
  }
}

/** In the order of columns. Everything here is done for each cell of the table, twice. */
function cellsOf(reading: Reading, text: string, line: number): (MetadataValue | undefined)[] {
  const { source, options, columns } = reading
  const json = parseJsonLine(text, { path: source.path, line })
  const names = Object.keys(json)
  if (names.length !== countNames(text)) throw badTable(source.path, 'a name is there twice', { line })
  const cells = columns.map((): MetadataValue | undefined => undefined)
  for (const name of names) {
    const value = json[name]
    // null is JSON's word for no value.
    if (value === null || (typeof value === 'string' && options.nulls.includes(value))) continue
    const place = placeOf(reading, name)
    cells[place] = valueFrom(value, columns[place]!, { path: source.path, line })
  }
  return cells
}

function placeOf({ options, columns, places }: Reading, name: string): number {
  const known = places.get(name)
  if (known !== undefined) return known
  places.set(name, columns.length)
  return columns.push({ name, types: new Set(), values: 0, asked: askedType(options.types, name) }) - 1
}

function valueFrom(
  json: unknown,
  { name, asked }: Column,
  { path, line }: { path: string; line: number },
): MetadataValue {
  const value = typedValue(json, name, { path, line })
  if (asked === undefined || value.type === asked) return value
  const text = typeof json === 'string' ? json : JSON.stringify(json)
  const forced = valueOfText(text, asked)
  if (!forced) throw badCell({ line, name, text, type: asked })
  return forced
}

function typedValue(
  json: unknown,
  name: string,
  { path, line }: { path: string; line: number },
): MetadataValue {
  try {
    return valueFromJson(name, json)
  } catch (error) {
    if (error instanceof TypeError) throw badTable(path, error.message, { line })
    throw error
  }
}

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a]
const OPENING = [0x5b, 0x7b]
const CLOSING = [0x5d, 0x7d]

/** Names of the outermost object of a line that is JSON: parsing keeps one of those that are there twice. */
function countNames(text: string): number {
  let count = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfText(text, at)
    else if (code === COLON && depth === 1) count++
    else if (OPENING.includes(code)) depth++
    else if (CLOSING.includes(code)) depth--
  }
  return count
}

/** Of the quote that a text begins with, the one that it ends with. */
function endOfText(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at)
    let escapes = 0
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++
    if (escapes % 2 === 0) return at
  }
}
