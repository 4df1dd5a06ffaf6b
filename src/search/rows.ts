// What a revision has: a row for each entry of its tree, in the order of paths, and one for each commit that leads to it.
// Rows say which documents tell of them. They are kept by the id of the tree, or of the commit, which never change.
// Format: spec/26-search.md, "Rows"
import { indexDamage } from './damage.js'
import { PagedFile, PagedWriter } from './paged-file.js'
import type { SearchFolder } from './search-folder.js'

/** Columns of document numbers, NO_DOCUMENT where there is none, in the order in which they count. */
export const FIELDS = ['place', 'metadata', 'content', 'message'] as const
export type Field = (typeof FIELDS)[number]

export const KINDS = ['file', 'executable', 'symlink', 'directory', 'commit'] as const

export interface Rows {
  /** Of the index that the numbers of documents are of. */
  index: string
  count: number
  fields: Partial<Record<Field, Uint32Array>>
  /** Places in KINDS. */
  kinds: Uint8Array
  /** Of entries, bytes. */
  sizes?: Float64Array
  /** Of commits, 32 bytes each. */
  ids?: Uint8Array
  /** Rows whose content is not here, and what was in the store when it was looked for. */
  absent: number
  seen: string
}

interface RowsRecord {
  format: 1
  index: string
  count: number
  absent: number
  seen: string
  columns: [name: Column, offset: number, length: number][]
}

type Column = Field | 'kinds' | 'sizes' | 'ids'

/** Bytes of a row. */
const WIDTHS: Record<Column, number> = {
  ...{ place: 4, metadata: 4, content: 4, message: 4 },
  ...{ kinds: 1, sizes: 8, ids: 32 },
}

function isWhole({ count, absent, seen, columns }: RowsRecord): boolean {
  if (!Number.isSafeInteger(count) || !Number.isSafeInteger(absent) || typeof seen !== 'string') return false
  if (!Array.isArray(columns)) return false
  return columns.every(
    (column) =>
      Array.isArray(column) && Object.hasOwn(WIDTHS, column[0]) && column[2] === count * WIDTHS[column[0]],
  )
}

export async function keepRows(folder: SearchFolder, name: string, rows: Rows): Promise<void> {
  const { index, count, absent, seen } = rows
  await folder.make(name, async (descriptor) => {
    const writer = new PagedWriter(descriptor)
    const columns: RowsRecord['columns'] = []
    for (const [column, values] of columnsOf(rows)) {
      columns.push([column, writer.offset, values.byteLength])
      writer.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    }
    const record: RowsRecord = { format: 1, index, count, absent, seen, columns }
    writer.finish(record)
  })
  folder.trimRows()
}

function columnsOf({ fields, kinds, sizes, ids }: Rows): (readonly [Column, ArrayBufferView])[] {
  const all: { [name: string]: ArrayBufferView | undefined } = { ...fields, kinds, sizes, ids }
  return Object.entries(all).flatMap(([name, values]) => (values ? [[name as Column, values] as const] : []))
}

/** Undefined when they are not kept, or of another index. Throws DV_CORRUPT. */
export function keptRows(folder: SearchFolder, name: string, index: string): Rows | undefined {
  if (!folder.has(name)) return undefined
  const file = new PagedFile(folder.file(name))
  try {
    const record = file.record as unknown as RowsRecord
    if (record.format !== 1 || record.index !== index) return undefined
    if (!isWhole(record)) throw indexDamage(`'${name}'`)
    const { count, absent, seen } = record
    const rows: Rows = { index, count, absent, seen, fields: {}, kinds: new Uint8Array() }
    for (const [column, offset, length] of record.columns) {
      const bytes = file.read(offset, length)
      if (column === 'kinds') rows.kinds = bytes
      else if (column === 'ids') rows.ids = bytes
      else if (column === 'sizes') rows.sizes = new Float64Array(copyOf(bytes))
      else rows.fields[column] = new Uint32Array(copyOf(bytes))
    }
    return rows
  } finally {
    file.close()
  }
}

/** Typed arrays begin at multiples of their width. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length)
  new Uint8Array(copy).set(bytes)
  return copy
}
