// dv meta get: the metadata of paths, their own and what they inherit, at a revision or as it will be committed.
import { describeBare, type Described, describeEntries } from '../metadata/index.js'
import { type ManifestId, toHex } from '../hash/index.js'
import { summarize } from '../manifest/index.js'
import { type EntryKind, type Metadata, metadataToJson } from '../objects/index.js'
import { compilePathspec, isGlob, readPendingMetadata, scanPath } from '../workspace/index.js'
import { commitOf, fromTop, manifestOf, type StoreView } from './context.js'
import { recordedTree } from './meta.js'
import { describedWhere } from './meta-where.js'
import type { MetaItem } from './meta-results.js'
import type { MetaGetOptions } from './meta-types.js'
import { requirePaths, staticPrefix } from './pathspec.js'
import { resolve } from './revisions.js'
import type { Stores } from './stores.js'

/** In the order of PATHS; of a pattern in the order of paths. */
export async function* getMetadata(stores: Stores, options: MetaGetOptions): AsyncGenerator<MetaItem> {
  if (options.commit !== undefined) return yield await ofCommit(stores, options.commit, options.keys)
  const place = await metadataPlace(stores, options)
  const { view, tree, isWorkdir } = place
  if (options.where !== undefined) return yield* describeMeant(place, { ...options, where: options.where })
  await requirePaths(view, options.paths, { manifests: [tree], workdir: isWorkdir })
  const asked = options.paths.map((typed) => fromTop(view.prefix, typed))
  const left = asked.filter((path) => path.startsWith('!'))
  for (const path of asked) if (!path.startsWith('!')) yield* describe(place, { path, left, ...options })
}

async function ofCommit(stores: Stores, typed: string, keys: readonly string[]): Promise<MetaItem> {
  const { view, revisions } = await stores.meant(typed)
  const { commit } = await resolve(view, revisions)
  const { metadata } = (await commitOf(view, commit))!
  return { commit: toHex(commit), metadata: metadataToJson(chosenOf(metadata, keys)), inherited: {} }
}

function chosenOf(metadata: Metadata, keys: readonly string[]): Metadata {
  return keys.length === 0 ? metadata : new Map([...metadata].filter(([name]) => keys.includes(name)))
}

/** Where metadata is read. */
interface Place {
  view: StoreView
  tree: ManifestId | undefined
  /** What waits for a commit over it. */
  edits: ManifestId | undefined
  /** Whether files count that no commit has. */
  isWorkdir: boolean
}

/** The working directory, or the revision that was asked for. */
export async function metadataPlace(stores: Stores, { at }: { at?: string }): Promise<Place> {
  if (at === undefined) {
    const { here } = stores
    const edits = readPendingMetadata(here.workdir)?.edits
    return { view: here, tree: await recordedTree(here), edits, isWorkdir: true }
  }
  const { view, revisions } = await stores.meant(at)
  const { commit } = await resolve(view, revisions)
  return { view, tree: await manifestOf(view, commit), edits: undefined, isWorkdir: false }
}

/** Of the entries that an expression means those at PATHS, or all. */
async function* describeMeant(
  { view, tree, edits }: Place,
  { where, paths, keys, signal }: MetaGetOptions & { where: string },
): AsyncGenerator<MetaItem> {
  await requirePaths(view, paths, { manifests: [tree] })
  const asked =
    paths.length === 0 ? undefined : compilePathspec(paths.map((typed) => fromTop(view.prefix, typed)))
  for await (const found of describedWhere(view.store, { tree, pending: edits, where, signal }))
    if (asked?.matches(found.path) ?? true) yield toItem(found, found.entry.kind, keys)
}

async function* describe(
  { view, tree, edits }: Place,
  { path, left, keys, signal }: MetaGetOptions & { path: string; left: readonly string[] },
): AsyncGenerator<MetaItem> {
  const isPattern = isGlob(path) && !(await isThere(view, tree, path))
  const filter = compilePathspec([path, ...left])
  const isMeant = isPattern ? (one: string) => filter.matches(one) : (one: string) => one === path
  const prefix = isPattern ? staticPrefix(path) : path
  let count = 0
  for await (const found of describeEntries(view.store, { tree, pending: edits, prefix })) {
    signal?.throwIfAborted()
    if (!isMeant(found.path)) {
      // A plain path comes first of all that lies at it or below it.
      if (isPattern) continue
      break
    }
    const kind = found.kind ?? kindHere(view, found.path)
    if (kind === undefined) continue
    count++
    const item = toItem(found, kind, keys)
    if (!isPattern || Object.keys(item.metadata).length > 0) yield item
  }
  if (count === 0 && !isPattern) yield* withoutEntry({ view, tree, edits }, path, keys)
}

async function isThere({ store }: StoreView, tree: ManifestId | undefined, path: string): Promise<boolean> {
  return tree !== undefined && (await summarize(store, tree, path)).entries > 0
}

/** What stands on disk at a path that is not recorded; of a directory that is only there because of what lies in it,
 * that. */
function kindHere({ workdir }: StoreView, path: string): EntryKind | undefined {
  return workdir ? (scanPath(workdir.root, path)?.kind ?? 'directory') : 'directory'
}

/** A file or directory that is neither recorded by itself nor edited: it has what it inherits. */
async function* withoutEntry(
  { view, tree, edits }: Pick<Place, 'view' | 'tree' | 'edits'>,
  path: string,
  keys: readonly string[],
): AsyncGenerator<MetaItem> {
  const found = await describeBare(view.store, { tree, pending: edits, prefix: path })
  yield toItem(found, kindHere(view, path) ?? 'directory', keys)
}

function toItem(
  { path, effective, originOf }: Described,
  kind: EntryKind,
  keys: readonly string[],
): MetaItem {
  const chosen = chosenOf(effective, keys)
  const inherited: [string, string][] = []
  for (const name of chosen.keys()) {
    const from = originOf(name)
    if (from !== undefined) inherited.push([name, from])
  }
  return { path, kind, metadata: metadataToJson(chosen), inherited: Object.fromEntries(inherited) }
}
