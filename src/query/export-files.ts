// The table `files` of a commit as Parquet files for other engines: sorted by path, cut into parts of equally many rows. The
// same commit always gives the same bytes. Format: spec/30-exported-manifest.md
import fs from 'node:fs'
import path from 'node:path'
import { noProgress } from '../base/index.js'
import { toHex } from '../hash/index.js'
import { openSql, quoteName, quoteText, type Sql } from '../sql/index.js'
import { hashOfFile } from './file-hash.js'
import { type CommitFiles, makeFilesView } from './files-view.js'

export interface FilesExport extends CommitFiles {
  /** A folder for what does not fit into memory; removed at the end. */
  temporary: string
  /** A folder that is there: parts are made in it. */
  into: string
  /** Rows of each part, but for the last. */
  partRows: number
  /** Given each part, which lies in `into`, when it is done. */
  take: (part: ExportedPart) => Promise<void>
}

export interface ExportedPart {
  /** By number and content. */
  name: string
  rows: number
  bytes: number
  /** BLAKE3 of it, 64 hex digits. */
  blake3: string
}

export interface ExportedFiles {
  rows: number
  /** Types are DuckDB's. */
  columns: { name: string; type: string }[]
  parts: ExportedPart[]
}

/** The column that the folder of an export stands for, as engines read `at_commit=ID`. */
export const PARTITION = 'at_commit'
/** Of parts, and of nothing else. */
export const PART_NAME = /^part-\d{5,}-[0-9a-f]{16}\.parquet$/

export async function exportFiles(files: FilesExport): Promise<ExportedFiles> {
  const { folder, temporary, into } = files
  const db = await openSql({ temporary, readable: [folder.path, into] })
  try {
    await makeFilesView(db, files, { named: new Set(['commit']), reserved: [PARTITION] })
    return await writeParts(db, files)
  } finally {
    await db.close()
    fs.rmSync(temporary, { recursive: true, force: true })
  }
}

async function writeParts(db: Sql, files: FilesExport): Promise<ExportedFiles> {
  const { into, partRows, take, signal, onProgress = noProgress } = files
  signal?.throwIfAborted()
  // Sorted once: a part is then a range of row numbers.
  await db.run(`CREATE TABLE exported AS SELECT ${await portableColumns(db)} FROM files ORDER BY path`)
  const rows = Number((await db.run('SELECT count(*) FROM exported'))[0]![0])
  const parts: ExportedPart[] = []
  // Of no files, too, the columns are told.
  do {
    signal?.throwIfAborted()
    const from = parts.length * partRows
    const count = Math.min(partRows, rows - from)
    const part = await writePart(db, into, { number: parts.length, from, rows: count })
    await take(part)
    parts.push(part)
    onProgress({ phase: 'Exporting', done: from + count, total: rows, unit: 'files' })
  } while (parts.length * partRows < rows)
  return { rows, columns: await columnsOf(db, 'exported'), parts }
}

interface RowRange {
  number: number
  from: number
  rows: number
}

async function writePart(db: Sql, into: string, { number, from, rows }: RowRange): Promise<ExportedPart> {
  const made = path.join(into, 'part.tmp')
  await db.run(`COPY (SELECT * FROM exported WHERE rowid >= ${from} AND rowid < ${from + rows})
    TO ${quoteText(made)} (FORMAT parquet, COMPRESSION zstd)`)
  const blake3 = toHex(hashOfFile(made))
  const name = `part-${String(number).padStart(5, '0')}-${blake3.slice(0, 16)}.parquet`
  const { size: bytes } = fs.statSync(made)
  fs.renameSync(made, path.join(into, name))
  return { name, rows, bytes, blake3 }
}

/** Times are instants, and JSON is text: what every engine reads alike. */
async function portableColumns(db: Sql): Promise<string> {
  const columns = await columnsOf(db, 'files')
  return columns
    .map(({ name, type }) => {
      const portable = type.replace('TIMESTAMP', 'TIMESTAMP WITH TIME ZONE').replace('JSON', 'VARCHAR')
      return portable === type
        ? quoteName(name)
        : `CAST(${quoteName(name)} AS ${portable}) AS ${quoteName(name)}`
    })
    .join(', ')
}

async function columnsOf(db: Sql, table: string): Promise<ExportedFiles['columns']> {
  const rows = await db.run(`DESCRIBE ${table}`)
  return rows.map(([name, type]) => ({ name: name as string, type: type as string }))
}
