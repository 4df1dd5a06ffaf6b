// dv profile: what the folders and tables of a version are like. Format: spec/29-profile.md
import fs from 'node:fs'
import type { Attributes } from '../attributes/index.js'
import { type DvError, isDvError, utf8 } from '../base/index.js'
import { blake3, toHex } from '../hash/index.js'
import { iterEntries } from '../manifest/index.js'
import { type FileEntry, isFile } from '../objects/index.js'
import { profileTable, type TableProfile } from '../profile/index.js'
import { keepRecord, openTablesSql, type TableFolders } from '../query/index.js'
import type { Sql } from '../sql/index.js'
import { formOf, type TableFormat, tableFormat } from '../tables/index.js'
import { type AttributesIn, treeAttributes } from './attributes.js'
import { manifestOf, type StoreView } from './context.js'
import { type FileAt, keptTable } from './kept-files.js'
import { pathScope, requirePaths } from './pathspec.js'
import { chosenImages, countFolders, folderProfile } from './profile-folders.js'
import { profileImages } from './profile-images.js'
import type { ProfileRecord, ProfileSums } from './profile-results.js'
import { tablePlaces, TABLES_MEMORY } from './query-places.js'
import type { Stores } from './stores.js'
import type { ProfileOptions, Work } from './types.js'
import { versionMeant, type VersionMeant } from './version-meant.js'

/** As its tree has it. */
interface ProfiledFile extends FileAt {
  attributes: Attributes
  /** Absent: it is no table. */
  format?: TableFormat
}

type Files = () => AsyncGenerator<ProfiledFile[]>

export async function* profile(stores: Stores, options: ProfileOptions): AsyncGenerator<ProfileRecord> {
  const { at, ...rest } = options
  yield* profileVersion(stores, await versionMeant(stores, at, workOf(rest)), rest)
}

/** Folders, each behind what is in it, then tables, by path. A table that cannot be read is told of, and passed over. */
export async function* profileVersion(
  stores: Stores,
  { view, id, isCommitted }: VersionMeant,
  options: Omit<ProfileOptions, 'at'>,
): AsyncGenerator<ProfileRecord> {
  const { paths, depth = 1, signal } = options
  const work = workOf(options)
  const manifest = (await manifestOf(view, id))!
  await requirePaths(view, paths, { manifests: [manifest] })
  const { filter, prefix = '' } = pathScope(view, paths)
  const attributes = treeAttributes(view, manifest, work)
  const files: Files = async function* () {
    const batches =
      options.where === undefined
        ? iterEntries(view.store, manifest, { prefix })
        : (await import('./where.js')).entriesWhere(view.store, manifest, {
            ...{ where: options.where, within: prefix, signal },
          })
    for await (const batch of batches) {
      signal?.throwIfAborted()
      const meant = batch.flatMap(([path, entry]) =>
        isFile(entry) && (!filter || filter.matches(path)) ? [{ path, entry: entry as FileEntry }] : [],
      )
      yield await withAttributes(meant, attributes)
    }
  }
  yield { type: 'profile', ...(isCommitted && { commit: toHex(id) }) }
  const folders = await tablePlaces(stores, view)
  const sums: ProfileSums = { files: 0, bytes: 0, tables: 0, unread: 0 }
  const profiling = { view, folders, attributes, work, sums }
  yield* folderRecords(profiling, files, { above: prefix, depth })
  yield* tableRecords(profiling, files)
  yield { type: 'summary', ...sums }
}

async function withAttributes(files: readonly FileAt[], attributesIn: AttributesIn): Promise<ProfiledFile[]> {
  const found: ProfiledFile[] = []
  for (const file of files) {
    const attributes = await attributesIn(file.path)
    const format = tableFormat(file.path, attributes.driver)
    found.push({ ...file, attributes, ...(format && { format }) })
  }
  return found
}

function workOf({ signal, onProgress }: Work): Work {
  return { ...(signal && { signal }), ...(onProgress && { onProgress }) }
}

interface Profiling {
  view: StoreView
  folders: TableFolders
  attributes: AttributesIn
  work: Work
  sums: ProfileSums
}

async function* folderRecords(
  { view, folders, work, sums }: Profiling,
  files: Files,
  { above, depth }: { above: string; depth: number },
): AsyncGenerator<ProfileRecord> {
  for await (const counts of countFolders(files(), { above, depth })) {
    if (counts.path === above) Object.assign(sums, { files: counts.files, bytes: counts.bytes })
    if (counts.isTable) continue
    const { files: all } = counts.images
    const looked = { view, folder: folders.folder, work }
    const images = all > 0 && (await profileImages(looked, { all, some: chosenImages(counts) }))
    yield { type: 'folder', ...folderProfile(counts), ...(images && { images }) }
  }
}

async function* tableRecords(profiling: Profiling, files: Files): AsyncGenerator<ProfileRecord> {
  const { folders, sums } = profiling
  const total = await sizeOfTables(files)
  if (total === 0) return
  const db = await openTablesSql(folders, TABLES_MEMORY)
  let done = 0
  try {
    for await (const batch of files()) {
      for (const file of batch.filter(isTableFile)) {
        const record = await tableRecord(profiling, { file, db, progress: { done, total } })
        done += file.entry.size
        if (!record) continue
        sums['error' in record ? 'unread' : 'tables']++
        yield record
      }
    }
  } finally {
    await db.close()
    fs.rmSync(folders.temporary, { recursive: true, force: true })
  }
}

const isTableFile = (file: ProfiledFile): file is TableAt => file.format !== undefined

type TableAt = ProfiledFile & { format: TableFormat }

async function sizeOfTables(files: Files): Promise<number> {
  let bytes = 0
  for await (const batch of files())
    for (const { entry } of batch.filter(isTableFile)) bytes += Math.max(1, entry.size)
  return bytes
}

interface TableWork {
  file: TableAt
  db: Sql
  /** Bytes of tables. */
  progress: { done: number; total: number }
}

/** Undefined for JSON that is no table: by its name it need not be one. */
async function tableRecord(
  { view, folders, attributes, work }: Profiling,
  { file, db, progress }: TableWork,
): Promise<(ProfileRecord & { type: 'table' }) | undefined> {
  const { path, entry, format } = file
  const { done, total } = progress
  const onShare = (share: number) =>
    work.onProgress?.({
      phase: 'profiling',
      done: Math.round(done + share * entry.size),
      total,
      unit: 'bytes',
    })
  const head = { type: 'table' as const, path, format, bytes: entry.size }
  onShare(0)
  try {
    ;(await view.store.purged()).refuse(entry, path)
    const name = `profile-${toHex(entry.content)}-${format}${formName(file.attributes)}.json`
    const { signal } = work
    const make = async () => {
      const table = await keptTable({ view, ...folders, attributes }, file, signal ? { signal } : {})
      return profileTable(db, table, { signal, onShare })
    }
    const found = await keepRecord(folders.folder, name, unlessNoTable(make))
    return 'rows' in found ? { ...head, ...found } : undefined
  } catch (error) {
    if (!isDvError(error) || !OF_THE_TABLE.includes(error.code)) throw error
    return { ...head, error: { code: error.code, message: error.message } }
  }
}

/** The same bytes, read in another way, are another table. */
function formName({ encoding, ...attributes }: Attributes): string {
  const form = { ...(encoding !== undefined && { encoding }), ...formOf(attributes) }
  if (Object.keys(form).length === 0) return ''
  return `-${toHex(blake3.hash(utf8(JSON.stringify(form)))).slice(0, 16)}`
}

/** That JSON is no table is kept, too: it would be fetched again to find that out. */
function unlessNoTable(make: () => Promise<TableProfile>) {
  return async (): Promise<TableProfile | { isTable: false }> => {
    try {
      return await make()
    } catch (error) {
      if (isDvError(error, 'DV_NOT_A_TABLE')) return { isTable: false }
      throw error
    }
  }
}

const OF_THE_TABLE: readonly DvError['code'][] = ['DV_BAD_TABLE', 'DV_BAD_ENCODING', 'DV_PURGED']
