// A commit as checks look at it: its files, their rows and shapes, what they were before. What is read of it is fetched when it is asked for.
import type { Against, FilesMeant, OtherVersion, Subject, SubjectFile } from '../checks/index.js'
import { entryRow, isTrue, parseExpression } from '../expression/index.js'
import { type CommitId, idKey, type ManifestId } from '../hash/index.js'
import { readCommit, readParent } from '../history/index.js'
import { diffManifests, inheritanceAt, iterEffective, loadMetadata, lookup } from '../manifest/index.js'
import { type Commit, isFile } from '../objects/index.js'
import { ask, objectsOf, type TableFolders } from '../query/index.js'
import type { TableFile } from '../tables/index.js'
import { compilePathspec } from '../workspace/index.js'
import { treeAttributes } from './attributes.js'
import type { StoreView } from './context.js'
import { type FileAt, imageShape, keptTable } from './kept-files.js'
import { staticPrefix } from './pathspec.js'
import { questionAt, somePaths } from './query.js'
import { resolve } from './revisions.js'
import type { Stores } from './stores.js'
import type { Work } from './types.js'

export interface Checked {
  stores: Stores
  view: StoreView
  id: CommitId
  commit: Commit
  /** Where table files are kept. */
  folders: TableFolders
  work: Work
}

export function subjectOf(checked: Checked): Subject {
  const { view, commit } = checked
  const tableOf = tablesIn(checked, commit.manifest)
  return {
    time: commit.committer.time,
    files: (meant) => filesMeant(checked, meant),
    changedSince: (time, meant) => changedSince(checked, time, meant),
    shapeOf: (file) => imageShape(checked.view, file, checked.work),
    table: tableOf,
    otherVersion: (against, path) => otherVersion(checked, against, path),
    query: (sql) => rowsOf(checked, sql),
    paths: () => somePaths(view, commit.manifest),
  }
}

/** The tables of a tree, read as its attributes say. */
function tablesIn({ view, folders, work }: Checked, tree: ManifestId): (file: FileAt) => Promise<TableFile> {
  const source = { view, ...folders, attributes: treeAttributes(view, tree, work) }
  return (file) => keptTable(source, file, work)
}

type IsMeant = (file: SubjectFile) => boolean

function filterOf({ patterns, where }: FilesMeant): { isMeant: IsMeant; prefix: string } {
  const filter = compilePathspec(patterns)
  const expression = where === undefined ? undefined : parseExpression(where)
  return {
    isMeant: ({ path, entry, metadata }) =>
      filter.matches(path) && (!expression || isTrue(expression, entryRow(path, entry, metadata))),
    prefix: patterns.length === 1 ? staticPrefix(patterns[0]!) : '',
  }
}

async function* filesMeant(
  { view, commit, work }: Checked,
  meant: FilesMeant,
): AsyncGenerator<SubjectFile[]> {
  const { isMeant, prefix } = filterOf(meant)
  for await (const batch of iterEffective(view.store, commit.manifest, { prefix })) {
    work.signal?.throwIfAborted()
    const files = batch.flatMap(([path, entry, metadata]) =>
      isFile(entry) ? [{ path, entry, metadata }] : [],
    )
    yield files.filter(isMeant)
  }
}

/** Against the newest of the commits before, by first parents, that is older. */
async function changedSince(
  { view, commit, work }: Checked,
  time: number,
  meant: FilesMeant,
): Promise<boolean> {
  const { store } = view
  const { isMeant } = filterOf(meant)
  let before: Commit | undefined = commit
  while (before && before.committer.time >= time)
    before = before.parents[0] && (await readParent(store, before.parents[0]))
  if (!before) return true
  for await (const changes of diffManifests(store, [before.manifest, commit.manifest])) {
    work.signal?.throwIfAborted()
    for (const { path, after } of changes) {
      if (!after || !isFile(after)) continue
      const own = await loadMetadata(store, after)
      const metadata = (await inheritanceAt(store, commit.manifest, path)).effective(path, own, false)
      if (isMeant({ path, entry: after, metadata })) return true
    }
  }
  return false
}

async function otherVersion(checked: Checked, against: Against, path: string): Promise<OtherVersion> {
  const { view, commit } = checked
  const found = new Map<string, () => Promise<TableFile>>()
  const take = async (other: Commit | undefined) => {
    const entry = other && (await lookup(view.store, other.manifest, path))
    if (entry && isFile(entry))
      found.set(idKey(entry.content), () => tablesIn(checked, other.manifest)({ path, entry }))
  }
  let name: string
  if (typeof against !== 'string') {
    name = `the last ${against.last} commits`
    let before: Commit | undefined = commit
    for (let n = 0; n < against.last && before; n++) {
      before = before.parents[0] && (await readParent(view.store, before.parents[0]))
      await take(before)
    }
  } else if (against === 'parent') {
    name = 'the parent'
    await take(commit.parents[0] && (await readParent(view.store, commit.parents[0])))
  } else {
    name = `'${against}'`
    await take(await readCommit(view.store, (await resolve(view, against)).commit))
  }
  return { name, tables: [...found.values()] }
}

async function* rowsOf(
  { stores, view, id, work }: Checked,
  sql: string,
): AsyncGenerator<Record<string, unknown>> {
  const answer = await ask(await questionAt(stores, { view, commit: id }, { ...work, sql }))
  try {
    yield* objectsOf(answer)
  } finally {
    await answer.close()
  }
}
