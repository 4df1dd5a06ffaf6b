// dv ls and cat: what is in a commit, read from its manifest and, for cat, its chunks. Nothing is checked out.
import { DvError } from '../base/index.js'
import { toHex } from '../hash/index.js'
import {
  type DirectoryItem,
  iterEntries,
  listDirectory,
  lookup,
  type PathEntry,
  summarize,
} from '../manifest/index.js'
import { type Entry, entrySize, isFile } from '../objects/index.js'
import { compilePathspec } from '../workspace/index.js'
import { bringFiles } from './bring.js'
import { streamFile } from './file-content.js'
import { staticPrefix } from './pathspec.js'
import type { CatResult, TreeEntry } from './results.js'
import type { Stores } from './stores.js'
import { findAddress, findPlace, type TreePlace } from './tree-address.js'
import type { CatOptions, LsOptions } from './types.js'

/** A file by itself, a directory's children (with `recursive` all files below), or all that a pattern means. */
export async function* ls(
  stores: Stores,
  { operands, recursive, where, signal }: LsOptions,
): AsyncGenerator<TreeEntry> {
  const place = await findPlace(stores, operands)
  const isAll = recursive || where !== undefined || (await meansPattern(place)) || (await isLeaf(place))
  const batches = isAll ? treeEntries(place, { where, signal }) : listChildren(place)
  for await (const batch of batches) {
    signal?.throwIfAborted()
    yield* batch
  }
}

/** A name that is there is meant by its letter, whatever it would match. */
export async function meansPattern({ view, manifest, path }: TreePlace): Promise<boolean> {
  return path !== '' && (await summarize(view.store, manifest, path)).entries === 0
}

export async function isLeaf({ view, manifest, path }: TreePlace): Promise<boolean> {
  if (path === '') return false
  const entry = await lookup(view.store, manifest, path)
  return entry !== undefined && entry.kind !== 'directory'
}

async function* treeEntries(place: TreePlace, options: Meant): AsyncGenerator<TreeEntry[]> {
  for await (const batch of entriesAt(place, options))
    yield batch.map(([name, entry]) => toTreeEntry(name, entry))
}

export interface Meant {
  /** Only what this expression means. */
  where?: string | undefined
  signal?: AbortSignal | undefined
}

/** What stands at a place and below it, or all that its pattern means. */
export async function* entriesAt(place: TreePlace, { where, signal }: Meant): AsyncGenerator<PathEntry[]> {
  const { view, manifest, path } = place
  const isPattern = await meansPattern(place)
  const within = isPattern ? staticPrefix(path) : path
  const filter = isPattern ? compilePathspec([path]) : undefined
  const batches =
    where === undefined
      ? iterEntries(view.store, manifest, { prefix: within })
      : (await import('./where.js')).entriesWhere(view.store, manifest, { where, within, signal })
  for await (const batch of batches) yield filter ? batch.filter(([name]) => filter.matches(name)) : batch
}

/** What is in a directory, in batches; of each directory in it, what is below. */
export async function* listChildren({
  view,
  manifest,
  path,
}: Pick<TreePlace, 'view' | 'manifest' | 'path'>): AsyncGenerator<TreeEntry[]> {
  for await (const batch of listDirectory(view.store, manifest, path)) yield batch.map(toChild)
}

function toChild({ path, entry, below }: DirectoryItem): TreeEntry {
  if (entry && entry.kind !== 'directory') return toTreeEntry(path, entry)
  return { path, kind: 'directory', bytes: below?.bytes ?? 0, files: below?.entries ?? 0 }
}

function toTreeEntry(path: string, entry: Entry): TreeEntry {
  return {
    path,
    kind: entry.kind,
    bytes: entrySize(entry),
    ...(isFile(entry) && { content: toHex(entry.content) }),
    ...(entry.kind === 'symlink' && { target: entry.target }),
    ...(entry.kind === 'directory' && { files: 0 }),
  }
}

/** The bytes of a file. Of a symbolic link, which is never followed, the target's text. */
export async function cat(stores: Stores, options: CatOptions): Promise<CatResult> {
  const { address, offset = 0, length = Infinity, signal } = options
  refuseRange(offset, length)
  const place = await findAddress(stores, address)
  const { view, manifest, path } = place
  const entry = path === '' ? undefined : await lookup(view.store, manifest, path)
  if (!entry || entry.kind === 'directory') throw await noFile(place)
  if (isFile(entry)) {
    ;(await view.store.purged()).refuse(entry, path)
    await bringFiles(view, [[entry]], { range: { offset, length }, ...(signal && { signal }) })
    const content = streamFile(view.store, entry, { offset, length, ...(signal && { signal }) })
    return { path, bytes: entry.size, content }
  }
  return { path, bytes: entrySize(entry), content: textRange(entry.target, offset, length) }
}

async function* textRange(text: string, offset: number, length: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'utf8').subarray(offset, offset + length)
}

function refuseRange(offset: number, length: number): void {
  const isSound = (value: number) => value >= 0 && (Number.isSafeInteger(value) || value === Infinity)
  if (isSound(offset) && isSound(length) && offset !== Infinity) return
  throw new DvError('DV_USAGE', 'Offset and length must be whole numbers of bytes, not below 0')
}

/** The names of a directory's children help who wanted a file in it. */
async function noFile({ view: { store }, manifest, path, revision }: TreePlace): Promise<DvError> {
  const inside: string[] = []
  for await (const batch of listDirectory(store, manifest, path)) {
    inside.push(...batch.map((item) => item.path))
    if (inside.length >= 3) break
  }
  const isPattern = path !== '' && inside.length === 0 && !(await lookup(store, manifest, path))
  const what = isPattern ? 'is a pattern, not a file' : 'is a directory'
  return new DvError('DV_UNKNOWN_PATH', `'${path === '' ? '.' : path}' ${what} in '${revision}'`, {
    data: { path, nearest: inside.slice(0, 3) },
    hint: `'dv ls ${revision}:${path}' lists what is there`,
  })
}
