// Table files of the tree: fetched whole into the folder, under their content's id, and read from there.
import fs from 'node:fs'
import { baseName, corrupt, DvError, sameBytes } from '../base/index.js'
import { blake3, type ContentId, toHex } from '../hash/index.js'
import { quoteName, quoteText, type Sql } from '../sql/index.js'
import { readArrow } from './arrow.js'
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

type Format = 'csv' | 'tsv' | 'json' | 'parquet' | 'arrow'

const FORMATS: Record<string, Format> = {
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  json: 'json',
  jsonl: 'json',
  ndjson: 'json',
  geojson: 'json',
  parquet: 'parquet',
  pq: 'parquet',
  arrow: 'arrow',
  feather: 'arrow',
}

/** Makes the file the table `name` of the database. Returns where it is kept, for messages. */
export async function addTableFile(
  { db, folder }: { db: Sql; folder: DerivedFolder },
  name: string,
  table: TableFile,
): Promise<string> {
  const { format, ending } = formatOf(table.path)
  const kept = await fetchTable(folder, table, ending)
  if (format === 'arrow') await readArrow(db, { name, bytes: fs.readFileSync(kept), path: table.path })
  else await db.run(`CREATE VIEW ${quoteName(name)} AS SELECT * FROM ${SOURCES[format](quoteText(kept))}`)
  return kept
}

const SOURCES: Record<Exclude<Format, 'arrow'>, (file: string) => string> = {
  csv: (file) => `read_csv(${file})`,
  tsv: (file) => `read_csv(${file}, delim = '\\t')`,
  json: (file) => `read_json(${file})`,
  parquet: (file) => `read_parquet(${file})`,
}

function formatOf(path: string): { format: Format; ending: string } {
  const [, extension = '', zipped = ''] = /\.([^.]+?)(\.gz)?$/.exec(baseName(path).toLowerCase()) ?? []
  const format = FORMATS[extension]
  const isText = format === 'csv' || format === 'tsv' || format === 'json'
  if (format && (isText || zipped === '')) return { format, ending: `.${extension}${zipped}` }
  throw new DvError(
    'DV_BAD_SQL',
    `'${path}' is no table: SQL reads CSV, TSV, JSON, Parquet and Arrow files`,
    {
      data: { path },
      hint: `they are known by their endings: ${Object.keys(FORMATS).join(', ')}; the text formats with .gz too`,
    },
  )
}

/** The file in the folder, with the content that its name says: whoever can write there may have changed it, and damage would be
 * an answer that is wrong. */
async function fetchTable(
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
