// The records of a CSV or TSV file, wherever its bytes come from.
import fs from 'node:fs'
import type Zlib from 'node:zlib'
import { load } from '../base/index.js'
import { CsvReader, cellText, type CsvRecord } from './csv.js'
import { badTable } from './errors.js'
import { readText, type TableBytes } from './text.js'

export interface CsvSource extends TableBytes {
  /** Absent: what the first line has most often. */
  delimiter?: string
  /** Whether the first record names the columns; default true. */
  header?: boolean
}

/** Of every record as many cells as of the first, which names the columns where there is a header. Throws DV_BAD_TABLE, DV_BAD_ENCODING. */
export async function* readCsv(source: CsvSource): AsyncGenerator<CsvRecord[]> {
  const reader = new CsvReader(source)
  for await (const text of readText(source)) yield reader.read(text)
  yield reader.end()
}

export interface CsvHead {
  delimiter: string
  names: string[]
  header: boolean
}

/** Reads no more than it must. Throws DV_BAD_TABLE, DV_BAD_ENCODING. */
export async function readCsvHead(source: CsvSource): Promise<CsvHead> {
  const reader = new CsvReader(source)
  const headOf = ([first]: CsvRecord[]) =>
    first && {
      delimiter: reader.delimiter!,
      names: columnNames(source, first),
      header: source.header ?? true,
    }
  for await (const text of readText(source)) {
    const head = headOf(reader.read(text))
    if (head) return head
  }
  const head = headOf(reader.end())
  if (head) return head
  throw badTable(source.path, 'it is empty, where a head was wanted that names the columns', { line: 1 })
}

/** What the columns are called, told by the first record. Throws DV_BAD_TABLE when two have one name. */
export function columnNames(
  { path, header = true }: Pick<CsvSource, 'path' | 'header'>,
  { line, cells }: CsvRecord,
): string[] {
  const names = cells.map((cell, i) => (header && cellText(cell)) || `column ${i + 1}`)
  refuseTwice(path, line, names)
  return names
}

export function refuseTwice(path: string, line: number, names: readonly string[]): void {
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i)
  if (twice !== undefined) throw badTable(path, `two columns are called '${twice}'`, { line })
}

/** Reads all of it, and throws the first thing that is wrong with it. */
export async function checkCsv(source: CsvSource): Promise<void> {
  let usual: string | undefined
  for await (const records of readCsv(source)) {
    for (const { line, end } of records) {
      usual ??= end
      if (end !== '' && end !== usual)
        throw badTable(
          source.path,
          `it ends with ${NAMES[end]}, where lines before it end with ${NAMES[usual]}`,
          { line },
        )
    }
  }
}

const NAMES: Record<string, string> = { '\n': 'LF', '\r\n': 'CR LF', '\r': 'CR' }

/** The bytes of a file on disk; of one whose name ends in .gz what is packed in it. */
export async function* fileBytes(file: string): AsyncGenerator<Uint8Array> {
  const stream = fs.createReadStream(file)
  const unpacked = file.endsWith('.gz') ? stream.pipe(load<typeof Zlib>('node:zlib').createGunzip()) : stream
  stream.on('error', (error) => unpacked.destroy(error))
  try {
    for await (const bytes of unpacked) yield bytes as Uint8Array
  } finally {
    stream.destroy()
  }
}
