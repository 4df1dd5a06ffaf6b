// The table `files` of a commit as a view of the database. Columns: spec/22-query.md, "files"
import type { OnProgress } from '../base/index.js'
import type { CommitId, ManifestId } from '../hash/index.js'
import { readCommit, walkCommits } from '../history/index.js'
import type { Sql } from '../sql/index.js'
import type { ObjectReader } from '../store/index.js'
import type { DerivedFolder } from './derived-folder.js'
import { ensureFileTable } from './file-table.js'
import { type FileViewOptions, fileSelect } from './file-view.js'
import { fillLastChanges } from './last-changes.js'

export interface CommitFiles {
  reader: ObjectReader
  commit: CommitId
  /** Where the rows are kept: the database must have been opened with it. */
  folder: DerivedFolder
  signal?: AbortSignal
  onProgress?: OnProgress
}

/** How far back a table is looked for that can be brought up to date. */
const ANCESTORS_MAX = 256

/** Makes the view. `named`: lower-case names of columns that are there only when they are named. */
export async function makeFilesView(
  db: Sql,
  files: CommitFiles,
  columns: Pick<FileViewOptions, 'named' | 'reserved'>,
): Promise<void> {
  const { reader, commit, folder, onProgress, signal } = files
  const work = { reader, folder, db, ...(onProgress && { onProgress }), ...(signal && { signal }) }
  const { manifest } = await readCommit(reader, commit)
  const table = await ensureFileTable(work, manifest, ancestorsOf(reader, commit))
  const changed = columns.named.has('commit')
    ? { table: 'last_changes', otherwise: await fillLastChanges(db, files, commit) }
    : undefined
  await db.run(`CREATE VIEW files AS ${fileSelect(table, { ...columns, ...(changed && { changed }) })}`)
}

async function* ancestorsOf(reader: ObjectReader, tip: CommitId): AsyncGenerator<ManifestId> {
  for await (const { commit } of walkCommits(reader, [tip], { limit: ANCESTORS_MAX })) yield commit.manifest
}
