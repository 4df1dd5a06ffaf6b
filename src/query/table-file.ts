// Table files of the tree: fetched whole into the folder, under their content's id, and read from there.
import fs from 'node:fs'
import type { Attributes, Driver, Encoding } from '../attributes/index.js'
import { baseName, corrupt, DvError, sameBytes } from '../base/index.js'
import { blake3, type ContentId, toHex } from '../hash/index.js'
import type { Sql } from '../sql/index.js'
import {
  addTable,
  fileBytes,
  TABLE_ENDINGS,
  type TableFile as KeptTable,
  type TableFormat,
  tableFormat,
  toUtf8,
} from '../tables/index.js'
import type { DerivedFolder } from './derived-folder.js'
import { hashOfFile } from './file-hash.js'

/** A file of some tree that SQL names. */
export interface TableFile {
  /** As it is named in the tree, for its format and for messages. */
  path: string
  content: ContentId
  /** What users say of it. */
  attributes?: Attributes
  /** Its bytes; asked for when they are not kept. */
  read(): AsyncIterable<Uint8Array>
}

export async function addTableFile(
  { db, folder, temporary }: { db: Sql; folder: DerivedFolder; temporary: string },
  name: string,
  table: TableFile,
): Promise<KeptTable> {
  const { path, attributes = {} } = table
  const { format, ending } = formatOf(path, attributes.driver)
  const fetched = await keepTable(folder, table, ending)
  const { encoding = 'utf-8', delimiter, header, types } = attributes
  const form = {
    ...(delimiter !== undefined && { delimiter }),
    ...(header !== undefined && { header }),
    ...(types !== undefined && { types }),
  }
  const file = encoding === 'utf-8' ? fetched : await decoded(fetched, { path, encoding, temporary })
  const kept = { path, file, format, form }
  await addTable(db, name, kept)
  return kept
}

interface Decoding {
  path: string
  encoding: Encoding
  temporary: string
}

/** The text of a file as UTF-8, in a file of its own. */
async function decoded(fetched: string, { path, encoding, temporary }: Decoding): Promise<string> {
  fs.mkdirSync(temporary, { recursive: true })
  const file = `${temporary}/${baseName(fetched).replace(/\.gz$/, '')}`
  const descriptor = fs.openSync(file, 'w')
  try {
    for await (const bytes of toUtf8(fileBytes(fetched), { path, encoding })) writeWhole(descriptor, bytes)
  } finally {
    fs.closeSync(descriptor)
  }
  return file
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += fs.writeSync(descriptor, bytes, done)
}

function formatOf(path: string, driver: Driver | undefined): { format: TableFormat; ending: string } {
  const [, name, zipped = ''] = /^(.*?)(\.gz)?$/s.exec(baseName(path).toLowerCase())!
  const format = name!.endsWith('.geojson') && driver === undefined ? 'json' : tableFormat(name!, driver)
  const isBinary = format === 'parquet' || format === 'arrow'
  if (format && (!isBinary || zipped === '')) return { format, ending: `.${format}${zipped}` }
  throw new DvError(
    'DV_BAD_SQL',
    `'${path}' is no table: SQL reads CSV, TSV, JSON, Parquet and Arrow files`,
    {
      data: { path },
      hint: `they are known by their endings: ${TABLE_ENDINGS.join(', ')}; the text formats with .gz too; 'driver=csv' in .dvattributes says it of others`,
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
      writeWhole(descriptor, bytes)
    }
    if (!sameBytes(hasher.digest(), content))
      throw corrupt(`The file '${path}' is damaged: its content is another`)
  })
  return folder.file(name)
}
