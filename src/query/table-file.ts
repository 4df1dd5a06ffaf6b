// Table files of the tree: fetched whole into the folder, under their content's id, and read from there.
import fs from 'node:fs'
import path from 'node:path'
import type { Attributes, Driver, Encoding } from '../attributes/index.js'
import { baseName, corrupt, DvError, sameBytes } from '../base/index.js'
import { blake3, type ContentId, toHex } from '../hash/index.js'
import { openSql, type Sql } from '../sql/index.js'
import {
  addTable,
  fileBytes,
  formOf,
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

export interface TableFolders {
  folder: DerivedFolder
  /** Of this process alone, and removed at its end. */
  temporary: string
}

/** A database that reads tables which are kept in the folders. */
export function openTablesSql({ folder, temporary }: TableFolders, memory?: number): Promise<Sql> {
  const readable = [folder.path, tablesIn(temporary)]
  return openSql({ temporary, readable, ...(memory !== undefined && { memory }) })
}

/** Where table files in another encoding are put as UTF-8. */
function tablesIn(temporary: string): string {
  return path.join(temporary, 'tables')
}

/** Makes the file the table `name`. */
export async function addTableFile(
  { db, ...folders }: TableFolders & { db: Sql },
  name: string,
  table: TableFile,
): Promise<KeptTable> {
  const kept = await keepTable(folders, table, formatOf(table.path, table.attributes?.driver))
  await addTable(db, name, kept)
  return kept
}

/** The file as UTF-8 where the database can read it; fetched if it is not kept. */
export async function keepTable(
  { folder, temporary }: TableFolders,
  table: TableFile,
  { format, ending }: { format: TableFormat; ending: string },
): Promise<KeptTable> {
  const { path: called, attributes = {} } = table
  const { encoding = 'utf-8' } = attributes
  const form = formOf(attributes)
  const fetched = await fetchTable(folder, table, ending)
  const file = encoding === 'utf-8' ? fetched : await decoded(fetched, { called, encoding, temporary })
  return { path: called, file, format, ...(form && { form }) }
}

interface Decoding {
  called: string
  encoding: Encoding
  temporary: string
}

/** The text of a file as UTF-8, in a file of its own. */
async function decoded(fetched: string, { called, encoding, temporary }: Decoding): Promise<string> {
  const tables = tablesIn(temporary)
  fs.mkdirSync(tables, { recursive: true })
  const file = path.join(tables, `${encoding}-${path.basename(fetched).replace(/\.gz$/, '')}`)
  if (fs.existsSync(file)) return file
  const descriptor = fs.openSync(file, 'wx')
  try {
    const text = toUtf8(fileBytes(fetched), { path: called, encoding })
    for await (const bytes of text) writeWhole(descriptor, bytes)
  } catch (error) {
    fs.rmSync(file)
    throw error
  } finally {
    fs.closeSync(descriptor)
  }
  return file
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += fs.writeSync(descriptor, bytes, done)
}

function formatOf(called: string, driver: Driver | undefined): { format: TableFormat; ending: string } {
  const [, name, zipped = ''] = /^(.*?)(\.gz)?$/s.exec(baseName(called).toLowerCase())!
  const format = name!.endsWith('.geojson') && driver === undefined ? 'json' : tableFormat(name!, driver)
  const isBinary = format === 'parquet' || format === 'arrow'
  if (format && (!isBinary || zipped === '')) return { format, ending: `.${format}${zipped}` }
  throw new DvError(
    'DV_BAD_SQL',
    `'${called}' is no table: SQL reads CSV, TSV, JSON, Parquet and Arrow files`,
    {
      data: { path: called },
      hint: `they are known by their endings: ${TABLE_ENDINGS.join(', ')}; the text formats with .gz too; 'driver=csv' in .dvattributes says it of others`,
    },
  )
}

/** The file in the folder, fetched if it is not there, with the content that its name says: whoever can write there may have changed it, and damage would be
 * an answer that is wrong. */
async function fetchTable(
  folder: DerivedFolder,
  { path: called, content, read }: TableFile,
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
      throw corrupt(`The file '${called}' is damaged: its content is another`)
  })
  return folder.file(name)
}
