// dv query: SQL over what is recorded, here or in a store elsewhere, without a checkout.
import fs from 'node:fs'
import { unusedHex, utf8 } from '../base/index.js'
import { discardFile } from '../files/index.js'
import type { CommitId, ManifestId } from '../hash/index.js'
import { isAddress, parseAddress } from '../history/index.js'
import { iterEntries, lookup } from '../manifest/index.js'
import { type FileEntry, isFile } from '../objects/index.js'
import {
  ask,
  askForParquet,
  csvOf,
  objectsOf,
  type Question,
  type RefRow,
  type TableFile,
} from '../query/index.js'
import { listAllRefs, parseRef, shortRefName } from '../refs/index.js'
import { treeAttributes } from './attributes.js'
import { bringFiles } from './bring.js'
import { manifestOf, type StoreView } from './context.js'
import { streamFile } from './file-content.js'
import { writeOutput } from './output-file.js'
import type { QueryAnswer, QueryWritten } from './results.js'
import { tablePlaces } from './query-places.js'
import { NAMING_KINDS, resolve, unknownPath } from './revisions.js'
import type { Stores } from './stores.js'
import type { QueryFormat, QueryOptions, Work } from './types.js'

/** The rows of a query. They must be read to their end, or left. */
export async function query(stores: Stores, options: QueryOptions): Promise<QueryAnswer> {
  const { columns, batches, close } = await ask(await questionOf(stores, options))
  async function* closing() {
    try {
      yield* batches
    } finally {
      await close()
    }
  }
  return { columns, batches: closing() }
}

/** The rows of a query, each as an object that JSON can hold. */
export async function* queryRecords(
  stores: Stores,
  options: QueryOptions,
): AsyncGenerator<Record<string, unknown>> {
  yield* objectsOf(await query(stores, options))
}

/** The rows of a query as a file's bytes. */
export async function* queryBytes(
  stores: Stores,
  { format, ...options }: QueryOptions & { format: QueryFormat },
): AsyncGenerator<Uint8Array> {
  if (format === 'parquet') yield* parquetBytes(await questionOf(stores, options))
  else if (format === 'csv') for await (const text of csvOf(await query(stores, options))) yield utf8(text)
  else for await (const row of queryRecords(stores, options)) yield utf8(`${JSON.stringify(row)}\n`)
}

async function* parquetBytes(question: Question): AsyncGenerator<Uint8Array> {
  const file = question.folder.file(`answer.${unusedHex()}.tmp`)
  try {
    await askForParquet(question, file)
    yield* fs.createReadStream(file)
  } finally {
    discardFile(file)
  }
}

/** The rows of a query as a file, whole or not at all. */
export async function queryToFile(
  stores: Stores,
  { file, ...options }: QueryOptions & { format: QueryFormat; file: string },
): Promise<QueryWritten> {
  return writeOutput({ cwd: stores.surroundings.cwd, file }, queryBytes(stores, options))
}

async function questionOf(stores: Stores, { at = 'HEAD', ...rest }: QueryOptions): Promise<Question> {
  const { view, revisions } = await stores.meant(at)
  return questionAt(stores, { view, commit: (await resolve(view, revisions)).commit }, rest)
}

/** A question about a commit of a store. */
export async function questionAt(
  stores: Stores,
  { view, commit }: { view: StoreView; commit: CommitId },
  { sql, ...work }: Omit<QueryOptions, 'at'>,
): Promise<Question> {
  const manifest = (await manifestOf(view, commit))!
  return {
    ...work,
    ...(await tablePlaces(stores, view)),
    sql,
    reader: view.store,
    commit,
    refs: () => refsOf(view),
    manifestOf: async (revision) => {
      // A name of the store that is asked; another store has to say so.
      const there = stores.context === view ? await stores.meant(revision) : { view, revisions: revision }
      return (await manifestOf(there.view, (await resolve(there.view, there.revisions)).commit))!
    },
    tableFile: async (name) =>
      (await fileAt({ view, manifest, path: name }, work)) ??
      (await addressedFile(stores, { view, name }, work)),
    paths: () => somePaths(view, manifest),
  }
}

const KINDS = { heads: 'branch', tags: 'tag', remotes: 'remote' } as const

async function refsOf(view: StoreView): Promise<RefRow[]> {
  const refs = await listAllRefs(view.storage, NAMING_KINDS)
  return refs.map(({ ref, value }) => ({
    name: shortRefName(ref),
    kind: KINDS[parseRef(ref).kind as keyof typeof KINDS],
    commit: value.target,
  }))
}

interface Place {
  view: StoreView
  manifest: ManifestId
  path: string
}

async function fileAt({ view, manifest, path }: Place, work: Work): Promise<TableFile | undefined> {
  const entry = isTreePath(path) ? await lookup(view.store, manifest, path) : undefined
  if (!entry || !isFile(entry)) return undefined
  ;(await view.store.purged()).refuse(entry, path)
  async function* read(): AsyncGenerator<Uint8Array> {
    await bringFiles(view, [[entry as FileEntry]], work)
    yield* streamFile(view.store, entry as FileEntry, work.signal ? { signal: work.signal } : {})
  }
  const attributes = await treeAttributes(view, manifest, work)(path)
  return { path, content: entry.content, attributes, read }
}

/** What no path of a tree can be is no mistake of the store's. */
function isTreePath(path: string): boolean {
  return (
    path !== '' && !path.includes('\0') && path.split('/').every((part) => !['', '.', '..'].includes(part))
  )
}

/** '[REPO@]REV:PATH', of the store that is asked when it names no other. */
async function addressedFile(
  stores: Stores,
  { view, name }: { view: StoreView; name: string },
  work: Work,
): Promise<TableFile | undefined> {
  if (!isAddress(name)) return undefined
  const { repo, revision, path } = parseAddress(name)
  const there = repo === undefined ? view : await stores.at(repo)
  const { commit } = await resolve(there, revision)
  const manifest = (await manifestOf(there, commit))!
  const file = await fileAt({ view: there, manifest, path }, work)
  if (file) return file
  throw await unknownPath(there, manifest, { path, within: `'${revision}'` })
}

/** Paths that a mistyped name is compared with. */
const PATHS_COMPARED_MAX = 10_000

/** Paths of a tree, at most some thousands. */
export async function somePaths({ store }: StoreView, manifest: ManifestId): Promise<string[]> {
  const paths: string[] = []
  for await (const batch of iterEntries(store, manifest)) {
    paths.push(...batch.map(([path]) => path))
    if (paths.length >= PATHS_COMPARED_MAX) break
  }
  return paths
}
