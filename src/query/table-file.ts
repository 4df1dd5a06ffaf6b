// Table files of the tree: fetched whole into the folder, under their content's id, and read from there.
import fs from 'node:fs'
import { baseName, corrupt, DvError, sameBytes } from '../base/index.js'
import { blake3, type ContentId, toHex } from '../hash/index.js'
import type { Sql } from '../sql/index.js'
import {
  addTable,
  TABLE_ENDINGS,
  type TableFile as KeptTable,
  type TableFormat,
  tableFormat,
} from '../tables/index.js'
import type { DerivedFolder } from './derived-folder.js'
import { hashOfFile } from './file-hash.js'

/** A file of some tree that SQL names. */
export interface TableFile {
  /** As it is named in the tree, for its format and for messages. */
  path: string
  content: ContentId
  /** Its bytes; asked for when they are not kept. */
  read(): AsyncIterable<Uint8Array>
}

export async function addTableFile(
  { db, folder }: { db: Sql; folder: DerivedFolder },
  name: string,
  { path, ...table }: TableFile,
): Promise<KeptTable> {
  const { format, ending } = formatOf(path)
  const file = await keepTable(folder, { path, ...table }, ending)
  const kept = { path, file, format }
  await addTable(db, name, kept)
  return kept
}

function formatOf(path: string): { format: TableFormat; ending: string } {
  const [, name, zipped = ''] = /^(.*?)(\.gz)?$/s.exec(baseName(path).toLowerCase())!
  const format = name!.endsWith('.geojson') ? 'json' : tableFormat(name!)
  const isBinary = format === 'parquet' || format === 'arrow'
  if (format && (!isBinary || zipped === '')) return { format, ending: `.${format}${zipped}` }
  throw new DvError(
    'DV_BAD_SQL',
    `'${path}' is no table: SQL reads CSV, TSV, JSON, Parquet and Arrow files`,
    {
      data: { path },
      hint: `they are known by their endings: ${TABLE_ENDINGS.join(', ')}; the text formats with .gz too`,
    },
  )
}

/** The file in the folder, fetched if it is not there, with the content that its name says: whoever can write there may have changed it, and damage would be
 * an answer that is wrong. */
export async function keepTable(
  folder: DerivedFolder,
  { path, content, read }: TableFile,
  ending: string,
): Promise<string> {
  const name = `table-${toHex(content)}${ending}`
  if (folder.has(name) && sameBytes(hashOfFile(folder.file(name)), content)) return folder.file(name)
  await folder.make(name, async (descriptor) => {
    const hasher = blake3.hasher()
    for await (const bytes of read()) {
      hasher.update(bytes)
      for (let done = 0; done < bytes.length;) done += fs.writeSync(descriptor, bytes, done)
    }
    if (!sameBytes(hasher.digest(), content))
      throw corrupt(`The file '${path}' is damaged: its content is another`)
  })
  return folder.file(name)
}
