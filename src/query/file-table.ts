// The table of a manifest's files as it is kept: a Parquet file of all rows, or one of what differs from such a file.
// Both are of a manifest's id, so they are never stale. Format: spec/22-query.md, "What is kept".
import fs from 'node:fs'
import { noProgress, type OnProgress } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import { type ManifestId, parseId, toHex } from '../hash/index.js'
import { Inheritance, iterEntries, loadMetadata } from '../manifest/index.js'
import { type Entry, NO_METADATA, StoredMetadata } from '../objects/index.js'
import { writeFileAtomic } from '../files/index.js'
import { quoteText, type Sql } from '../sql/index.js'
import type { ObjectReader } from '../store/index.js'
import { changedRows } from './changed-rows.js'
import type { DerivedFolder } from './derived-folder.js'
import { FileRows, type StoredColumn } from './file-rows.js'

/** A Parquet file of rows. */
export interface Part {
  /** Absolute. */
  file: string
  columns: StoredColumn[]
}

export interface FileTable {
  base: Part
  /** Rows that take the place of those of the base, and paths that are gone from it. */
  delta?: Part
  /** Key and type of the metadata that rows have, by key. */
  keys: readonly { key: string; type: string }[]
}

export interface TableSource {
  reader: ObjectReader
  folder: DerivedFolder
  db: Sql
  onProgress?: OnProgress
  signal?: AbortSignal
}

/** What is kept beside a Parquet file. */
interface Record {
  version: 1
  rows: number
  bytes: number
  columns: StoredColumn[]
  /** Of the manifest whose table this one differs from. */
  base?: string
  /** How many rows have which metadata, the base's included. */
  keys: { key: string; type: string; count: number }[]
}

/** Beyond this part of the base, all is written anew. */
const DELTA_PART = 1 / 8
/** A table of so few rows is written anew in no time. */
const SMALL_ROWS = 10_000

/** The table of `manifest`: the one that is kept, else made from that of the first of `ancestors` that is kept, else
 * anew. */
export async function ensureFileTable(
  source: TableSource,
  manifest: ManifestId,
  ancestors: AsyncIterable<ManifestId>,
): Promise<FileTable> {
  const kept = readTable(source.folder, manifest)
  if (kept) return kept
  for await (const ancestor of ancestors) {
    const base = baseOf(source.folder, ancestor)
    if (!base) continue
    if ((await writeDelta(source, base, manifest)) === 'written') return readTable(source.folder, manifest)!
    break
  }
  await writeBase(source, manifest)
  return readTable(source.folder, manifest)!
}

function names(manifest: ManifestId) {
  const id = toHex(manifest)
  return { rows: `files-${id}.parquet`, record: `files-${id}.json` }
}

/** Undefined when it is not kept, or damaged, or its base is gone. */
function readTable(folder: DerivedFolder, manifest: ManifestId): FileTable | undefined {
  const record = readRecord(folder, manifest)
  if (!record) return undefined
  const own = { file: folder.file(names(manifest).rows), columns: record.columns }
  const { keys } = record
  if (record.base === undefined) return { base: own, keys }
  const baseId = parseId<'manifest'>(record.base)
  const base = readRecord(folder, baseId)
  if (!base) return undefined
  return { base: { file: folder.file(names(baseId).rows), columns: base.columns }, delta: own, keys }
}

function readRecord(folder: DerivedFolder, manifest: ManifestId): Record | undefined {
  const { rows, record: name } = names(manifest)
  if (!folder.has(name)) return undefined
  try {
    const record = unseal(fs.readFileSync(folder.file(name)), name) as unknown as Record
    const isWhole = folder.has(rows) && fs.statSync(folder.file(rows)).size === record.bytes
    return record.version === 1 && isWhole ? record : undefined
  } catch {
    // Damaged is as good as gone: it is made anew.
    return undefined
  }
}

interface Base {
  manifest: ManifestId
  record: Record
}

/** The table of all rows that an ancestor's stands on. */
function baseOf(folder: DerivedFolder, ancestor: ManifestId): Base | undefined {
  const record = readRecord(folder, ancestor)
  if (record?.base === undefined) return record && { manifest: ancestor, record }
  const manifest = parseId<'manifest'>(record.base)
  const base = readRecord(folder, manifest)
  return base && { manifest, record: base }
}

async function writeBase(source: TableSource, manifest: ManifestId): Promise<void> {
  const { reader, folder, onProgress = noProgress, signal } = source
  const inheritance = new Inheritance()
  const { columns, rows } = await writeRows(folder, manifest, async (table) => {
    for await (const batch of iterEntries(reader, manifest)) {
      signal?.throwIfAborted()
      for (const [path, entry] of batch) {
        const inherited = inheritance.effective(path, NO_METADATA, false)
        if (inherited.size === 0 && isSimple(entry)) table.addStored(path, entry)
        else {
          const own = await loadMetadata(reader, entry)
          table.add(path, entry, inheritance.effective(path, own, entry.kind === 'directory'))
        }
      }
      onProgress({ phase: 'Reading files', done: table.rows, unit: 'files' })
    }
  })
  writeRecord(folder, manifest, {
    rows,
    columns,
    keys: columns.map(({ key, type, count }) => ({ key, type, count })),
  })
}

/** Whether nothing is inherited from it, and its metadata is at hand. */
function isSimple({ kind, metadata }: Entry): boolean {
  return kind !== 'directory' && (!metadata || metadata instanceof StoredMetadata)
}

/** What differs from the base. `too much`: nothing is kept. */
async function writeDelta(
  source: TableSource,
  base: Base,
  manifest: ManifestId,
): Promise<'written' | 'too much'> {
  const { folder } = source
  const most = Math.max(base.record.rows * DELTA_PART, SMALL_ROWS)
  let tooMuch = false
  const { columns, rows } = await writeRows(folder, manifest, async (table) => {
    for await (const row of changedRows(source, [base.manifest, manifest])) {
      if (row.present) table.add(row.path, row.present.entry, row.present.metadata)
      else table.remove(row.path)
      if (table.rows > most) {
        tooMuch = true
        return
      }
    }
  })
  if (tooMuch) return 'too much'
  const part = { file: folder.file(names(manifest).rows), columns }
  const before = { file: folder.file(names(base.manifest).rows), columns: base.record.columns }
  const keys = await countKeys(source.db, { base: base.record, before, part })
  writeRecord(folder, manifest, { rows, columns, keys, base: toHex(base.manifest) })
  return 'written'
}

async function writeRows(
  folder: DerivedFolder,
  manifest: ManifestId,
  write: (table: FileRows) => Promise<void>,
): Promise<{ columns: StoredColumn[]; rows: number }> {
  return folder.make(names(manifest).rows, async (descriptor) => {
    const table = new FileRows(descriptor)
    await write(table)
    return { columns: table.finish(), rows: table.rows }
  })
}

function writeRecord(
  folder: DerivedFolder,
  manifest: ManifestId,
  record: Omit<Record, 'version' | 'bytes'>,
): void {
  const { rows, record: name } = names(manifest)
  const { size } = fs.statSync(folder.file(rows))
  const whole: Record = { version: 1, bytes: size, ...record }
  writeFileAtomic(folder.file(name), seal(whole), { sync: false })
}

interface Counted {
  base: Record
  before: Part
  part: Part
}

/** How many rows have which metadata: those of the base, less those that are replaced, and the new ones. */
async function countKeys(db: Sql, { base, before, part }: Counted): Promise<Record['keys']> {
  const counts = new Map(base.keys.map((one) => [`${one.type} ${one.key}`, { ...one }]))
  const replaced = await countReplaced(db, before, part)
  const add = ({ key, type }: { key: string; type: string }, count: number) => {
    const known = counts.get(`${type} ${key}`)
    if (known) known.count += count
    else counts.set(`${type} ${key}`, { key, type, count })
  }
  before.columns.forEach((column, i) => add(column, -replaced[i]!))
  for (const column of part.columns) add(column, column.count)
  return [...counts.values()].filter(({ count }) => count > 0)
}

async function countReplaced(db: Sql, before: Part, part: Part): Promise<number[]> {
  if (before.columns.length === 0) return []
  const sums = before.columns.map(({ name }) => `count(${name})`).join(', ')
  const [row] = await db.run(
    `SELECT ${sums} FROM ${quoteText(before.file)} WHERE path IN (SELECT path FROM ${quoteText(part.file)})`,
  )
  return row!.map(Number)
}
