// Files of a commit where DuckDB can read them, and what their headers say.
import { DvError } from '../base/index.js'
import { type ImageShape, shapeOf } from '../images/index.js'
import type { FileEntry } from '../objects/index.js'
import { type DerivedFolder, keepTable } from '../query/index.js'
import { isTable, type TableFile, tableFormat } from '../tables/index.js'
import { bringFiles } from './bring.js'
import type { StoreView } from './context.js'
import { readFile, streamFile } from './file-content.js'
import type { Work } from './types.js'

export interface FileAt {
  path: string
  entry: FileEntry
}

/** Fetched whole into the folder, unless it is kept there. DV_NOT_A_TABLE for what is none. */
export async function keptTable(
  { view, folder }: { view: StoreView; folder: DerivedFolder },
  { path, entry }: FileAt,
  work: Work,
): Promise<TableFile> {
  const format = tableFormat(path)
  if (!format) throw notTable(path)
  ;(await view.store.purged()).refuse(entry, path)
  async function* read(): AsyncGenerator<Uint8Array> {
    await bringFiles(view, [[entry]], work)
    yield* streamFile(view.store, entry, work.signal ? { signal: work.signal } : {})
  }
  const file = await keepTable(folder, { path, content: entry.content, read }, `.${format}`)
  if (!isTable(file, format)) throw notTable(path)
  return { path, file, format }
}

function notTable(path: string): DvError {
  return new DvError('DV_NOT_A_TABLE', `'${path}' is no table`, {
    data: { path },
    hint: 'tables are CSV, TSV, JSON arrays, JSON Lines, Parquet and Arrow files, by the endings of their names',
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
