// dv ls, cat and du: what is in a commit, read from its manifest and, for cat, its chunks. Nothing is checked out.
import { DvError } from '../base/index.js'
import { toHex } from '../hash/index.js'
import {
  type DirectoryItem,
  iterEntries,
  listDirectory,
  lookup,
  type PathEntry,
  summarize,
  type Totals,
} from '../manifest/index.js'
import { type Entry, entrySize, isFile } from '../objects/index.js'
import { compilePathspec } from '../workspace/index.js'
import { bringFiles } from './bring.js'
import type { StoreView } from './context.js'
import { streamFile } from './file-content.js'
import { staticPrefix } from './pathspec.js'
import type { CatResult, DuResult, TreeEntry } from './results.js'
import type { Stores } from './stores.js'
import { findAddress, findPlace, type TreePlace } from './tree-address.js'
import type { CatOptions, DuOptions, LsOptions } from './types.js'

/** A file by itself, a directory's children (with `recursive` all files below), or all that a pattern means. */
export async function* ls(
  stores: Stores,
  { operands, recursive, signal }: LsOptions,
): AsyncGenerator<TreeEntry> {
  const place = await findPlace(stores, operands)
  const isPattern = await meansPattern(place)
  const batches = isPattern
    ? matching(place)
    : recursive || (await isLeaf(place))
      ? below(place)
      : listChildren(place)
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

async function* matching(place: TreePlace): AsyncGenerator<TreeEntry[]> {
  for await (const batch of entriesMatching(place))
    yield batch.map(([name, entry]) => toTreeEntry(name, entry))
}

/** All that the place's pattern means. */
export async function* entriesMatching({ view, manifest, path }: TreePlace): AsyncGenerator<PathEntry[]> {
  const filter = compilePathspec([path])
  for await (const batch of iterEntries(view.store, manifest, { prefix: staticPrefix(path) }))
    yield batch.filter(([name]) => filter.matches(name))
}

async function* below({ view, manifest, path }: TreePlace): AsyncGenerator<TreeEntry[]> {
  for await (const batch of iterEntries(view.store, manifest, { prefix: path })) {
    yield batch.map(([name, entry]) => toTreeEntry(name, entry))
  }
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

/** Directories down to `depth` below the path, by path, then the whole. */
export async function du(stores: Stores, { operands, depth, signal }: DuOptions): Promise<DuResult> {
  const place = await findPlace(stores, operands)
  const { view, manifest, path } = place
  const isPattern = await meansPattern(place)
  const whole = isPattern ? await sumOf(matching(place)) : await summarize(view.store, manifest, path)
  const rows: DuResult['rows'] = []
  if (!isPattern && !(await isLeaf(place))) await addRows(place, { depth, rows, ...(signal && { signal }) })
  const total = { files: whole.entries, bytes: whole.bytes }
  const isFolder = view.storage.properties.localRoot !== undefined
  const storedBytes = isFolder ? await storedBytesOf(view) : undefined
  return { rows: [...rows, { path, ...total }], total, ...(storedBytes !== undefined && { storedBytes }) }
}

interface Rows {
  depth: number
  rows: DuResult['rows']
  signal?: AbortSignal
}

async function addRows(
  { view, manifest, path }: Pick<TreePlace, 'view' | 'manifest' | 'path'>,
  { depth, rows, signal }: Rows,
): Promise<void> {
  if (depth <= 0) return
  for await (const batch of listDirectory(view.store, manifest, path)) {
    signal?.throwIfAborted()
    for (const { path: child, below } of batch) {
      if (!below) continue
      await addRows({ view, manifest, path: child }, { depth: depth - 1, rows, ...(signal && { signal }) })
      rows.push({ path: child, files: below.entries, bytes: below.bytes })
    }
  }
}

async function sumOf(batches: AsyncIterable<readonly TreeEntry[]>): Promise<Totals> {
  const totals = { entries: 0, bytes: 0 }
  for await (const batch of batches) {
    totals.entries += batch.length
    for (const { bytes } of batch) totals.bytes += bytes
  }
  return totals
}

/** All packs: data and nodes of all commits, and what a collection would remove. In a bucket of many packs, listing them
 * would cost more than all else. */
async function storedBytesOf({ storage }: StoreView): Promise<number> {
  let sum = 0
  for await (const { size } of storage.list('packs/')) sum += size
  return sum
}
