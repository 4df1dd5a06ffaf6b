// Files of a commit where DuckDB can read them, and what their headers say.
import { DvError } from '../base/index.js'
import { type ImageShape, shapeOf } from '../images/index.js'
import type { FileEntry } from '../objects/index.js'
import { keepTable, type TableFolders } from '../query/index.js'
import { isTable, type TableFile, tableFormat } from '../tables/index.js'
import type { AttributesIn } from './attributes.js'
import { bringFiles } from './bring.js'
import type { StoreView } from './context.js'
import { readFile, streamFile } from './file-content.js'
import type { Work } from './types.js'

export interface FileAt {
  path: string
  entry: FileEntry
}

/** Where a table comes from: a tree, whose attributes say how it is read. */
export interface TablesOf extends TableFolders {
  view: StoreView
  attributes: AttributesIn
}

/** Fetched whole into the folder, unless it is kept there. DV_NOT_A_TABLE for what is none. */
export async function keptTable(
  { view, attributes: attributesIn, ...folders }: TablesOf,
  { path, entry }: FileAt,
  work: Work,
): Promise<TableFile> {
  const attributes = await attributesIn(path)
  const format = tableFormat(path, attributes.driver)
  if (!format) throw notTable(path)
  ;(await view.store.purged()).refuse(entry, path)
  async function* read(): AsyncGenerator<Uint8Array> {
    await bringFiles(view, [[entry]], work)
    yield* streamFile(view.store, entry, work.signal ? { signal: work.signal } : {})
  }
  const file = { path, content: entry.content, attributes, read }
  const kept = await keepTable(folders, file, { format, ending: `.${format}` })
  if (!isTable(kept.file, format)) throw notTable(path)
  return kept
}

function notTable(path: string): DvError {
  return new DvError('DV_NOT_A_TABLE', `'${path}' is no table`, {
    data: { path },
    hint: "tables are CSV, TSV, JSON arrays, JSON Lines, Parquet and Arrow files, by the endings of their names; 'driver=csv' in .dvattributes says it of others",
  })
}

/** Only the header is read. DV_BAD_IMAGE for what is none. */
export async function imageShape(view: StoreView, { path, entry }: FileAt, work: Work): Promise<ImageShape> {
  ;(await view.store.purged()).refuse(entry, path)
  const readAt = async (offset: number, length: number) => {
    const range = { offset, length }
    await bringFiles(view, [[entry]], { ...work, range })
    const parts: Uint8Array[] = []
    for await (const part of readFile(view.store, entry, range)) parts.push(part)
    return Buffer.concat(parts)
  }
  return shapeOf(readAt, entry.size, path)
}
