// Which files are tables: by their names, and of JSON by how they begin.
import fs from 'node:fs'
import type { Driver } from '../attributes/index.js'
import { baseName } from '../base/index.js'

const FORMATS = ['csv', 'tsv', 'json', 'jsonl', 'parquet', 'arrow'] as const
export type TableFormat = (typeof FORMATS)[number]

const BY_EXTENSION: Record<string, TableFormat> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  json: 'json',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  parquet: 'parquet',
  pq: 'parquet',
  arrow: 'arrow',
  arrows: 'arrow',
  feather: 'arrow',
}

export const TABLE_ENDINGS = Object.keys(BY_EXTENSION)

/** What a file of this name should be, unless `driver` says it; undefined when it is no table. */
export function tableFormat(path: string, driver?: Driver): TableFormat | undefined {
  if (driver !== undefined) return FORMATS.find((format) => format === driver)
  const [, extension = ''] = /\.([^.]+)$/.exec(baseName(path).toLowerCase()) ?? []
  return BY_EXTENSION[extension]
}

/** What a JSON array of records begins with: after a mark of UTF-8, blanks and the bracket, a record or nothing. */
const ARRAY = /^\ufeff?\s*\[\s*(\{|\]|$)/
const HEAD_BYTES = 4096

/** Whether the file on disk is what its name says. JSON of any other shape is text, and no damaged table. */
export function isTable(file: string, format: TableFormat): boolean {
  return format !== 'json' || ARRAY.test(firstBytes(file, HEAD_BYTES).toString())
}

function firstBytes(file: string, length: number): Buffer {
  const descriptor = fs.openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(length)
    return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, length, 0))
  } finally {
    fs.closeSync(descriptor)
  }
}
