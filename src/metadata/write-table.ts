// Metadata as a table that an import reads back. CSV has no types: JSON Lines keep them. Format: spec/20-metadata.md, "Tables"
import { DvError } from '../base/index.js'
import { type Metadata, metadataToJson, type MetadataValue, valueToJson } from '../objects/index.js'

export interface WrittenRow {
  path: string
  metadata: Metadata
}

/** `rows` are asked for twice: first for the names of columns. */
export async function* toCsv(
  rows: () => AsyncIterable<readonly WrittenRow[]>,
  pathColumn: string,
): AsyncGenerator<string> {
  const names = new Set<string>()
  for await (const batch of rows())
    for (const { metadata } of batch) for (const name of metadata.keys()) names.add(name)
  refuseColumn(names, pathColumn)
  const columns = [...names].sort()
  yield csvLine([pathColumn, ...columns])
  for await (const batch of rows())
    yield batch
      .map(({ path, metadata }) => csvLine([path, ...columns.map((name) => cellOf(metadata.get(name)))]))
      .join('')
}

export async function* toJsonLines(
  rows: AsyncIterable<readonly WrittenRow[]>,
  pathColumn: string,
): AsyncGenerator<string> {
  for await (const batch of rows) {
    for (const { metadata } of batch) refuseColumn(metadata, pathColumn)
    yield batch
      .map(({ path, metadata }) => `${JSON.stringify({ [pathColumn]: path, ...metadataToJson(metadata) })}\n`)
      .join('')
  }
}

/** Throws DV_USAGE. */
export function refuseColumn(names: Pick<ReadonlyMap<string, unknown>, 'has'>, pathColumn: string): void {
  if (!names.has(pathColumn)) return
  throw new DvError(
    'DV_USAGE',
    `Metadata is called '${pathColumn}' too: it and the path cannot be one column`,
    {
      hint: "name the column of the paths otherwise: '--path-column file'",
    },
  )
}

function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`
}

function cellOf(value: MetadataValue | undefined): string {
  if (value === undefined) return ''
  switch (value.type) {
    case 'date':
      return new Date(value.value).toISOString().replace('T00:00:00.000Z', '')
    case 'list':
      return JSON.stringify(valueToJson(value))
    case 'float64':
      return Number.isInteger(value.value) && Math.abs(value.value) < 1e15
        ? value.value.toFixed(1)
        : String(value.value)
    default:
      return String(value.value)
  }
}
