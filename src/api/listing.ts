// dv ls, cat and du: what is in a commit, read from its manifest and, for cat, its chunks. Nothing is checked out.
import { DvError } from '../base/index.js'
import { type ManifestId, toHex } from '../hash/index.js'
import {
  type DirectoryItem,
  iterEntries,
  listDirectory,
  lookup,
  summarize,
  type Totals,
} from '../manifest/index.js'
import { type Entry, entrySize, isFile } from '../objects/index.js'
import { compilePathspec } from '../workspace/index.js'
import type { Context } from './context.js'
import { readFile } from './file-content.js'
import { staticPrefix } from './pathspec.js'
import type { CatResult, DuResult, TreeEntry } from './results.js'
import { findAddress, findPlace, type TreePlace } from './tree-address.js'
import type { CatOptions, DuOptions, LsOptions } from './types.js'

/** A file by itself, a directory's children (with `recursive` all files below), or all that a pattern means. */
export async function* ls(
  context: Context,
  { operands, recursive, signal }: LsOptions,
): AsyncGenerator<TreeEntry> {
  const place = await findPlace(context, operands)
  const isPattern = await meansPattern(context, place)
  const batches = isPattern
    ? matching(context, place)
    : recursive || (await isLeaf(context, place))
      ? below(context, place)
      : children(context, place)
  for await (const batch of batches) {
    signal?.throwIfAborted()
    yield* batch
  }
}

/** A name that is there is meant by its letter, whatever it would match. */
async function meansPattern({ store }: Context, { manifest, path }: TreePlace): Promise<boolean> {
  return path !== '' && (await summarize(store, manifest, path)).entries === 0
}

async function isLeaf({ store }: Context, { manifest, path }: TreePlace): Promise<boolean> {
  if (path === '') return false
  const entry = await lookup(store, manifest, path)
  return entry !== undefined && entry.kind !== 'directory'
}

async function* matching({ store }: Context, { manifest, path }: TreePlace): AsyncGenerator<TreeEntry[]> {
  const filter = compilePathspec([path])
  for await (const batch of iterEntries(store, manifest, { prefix: staticPrefix(path) })) {
    yield batch.filter(([name]) => filter.matches(name)).map(([name, entry]) => toTreeEntry(name, entry))
  }
}

async function* below({ store }: Context, { manifest, path }: TreePlace): AsyncGenerator<TreeEntry[]> {
  for await (const batch of iterEntries(store, manifest, { prefix: path })) {
    yield batch.map(([name, entry]) => toTreeEntry(name, entry))
  }
}

async function* children({ store }: Context, { manifest, path }: TreePlace): AsyncGenerator<TreeEntry[]> {
  for await (const batch of listDirectory(store, manifest, path)) yield batch.map(toChild)
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
export async function cat(context: Context, options: CatOptions): Promise<CatResult> {
  const { address, offset = 0, length = Infinity, signal } = options
  refuseRange(offset, length)
  const { manifest, path, revision } = await findAddress(context, address)
  const entry = path === '' ? undefined : await lookup(context.store, manifest, path)
  if (!entry || entry.kind === 'directory') throw await noFile(context, { manifest, path, revision })
  if (isFile(entry)) {
    const content = readFile(context.store, entry, { offset, length, ...(signal && { signal }) })
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
async function noFile({ store }: Context, { manifest, path, revision }: TreePlace): Promise<DvError> {
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
export async function du(context: Context, { operands, depth, signal }: DuOptions): Promise<DuResult> {
  const place = await findPlace(context, operands)
  const { manifest, path } = place
  const isPattern = await meansPattern(context, place)
  const whole = isPattern
    ? await sumOf(matching(context, place))
    : await summarize(context.store, manifest, path)
  const rows: DuResult['rows'] = []
  if (!isPattern && !(await isLeaf(context, place)))
    await addRows(context, { manifest, path }, { depth, rows, ...(signal && { signal }) })
  const total = { files: whole.entries, bytes: whole.bytes }
  return { rows: [...rows, { path, ...total }], total, storedBytes: await storedBytes(context) }
}

interface Rows {
  depth: number
  rows: DuResult['rows']
  signal?: AbortSignal
}

async function addRows(
  context: Context,
  { manifest, path }: { manifest: ManifestId; path: string },
  { depth, rows, signal }: Rows,
): Promise<void> {
  if (depth <= 0) return
  for await (const batch of listDirectory(context.store, manifest, path)) {
    signal?.throwIfAborted()
    for (const { path: child, below } of batch) {
      if (!below) continue
      await addRows(context, { manifest, path: child }, { depth: depth - 1, rows, ...(signal && { signal }) })
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

/** All packs: data and nodes of all commits, and what a collection would remove. */
async function storedBytes({ storage }: Context): Promise<number> {
  let sum = 0
  for await (const { size } of storage.list('packs/')) sum += size
  return sum
}
