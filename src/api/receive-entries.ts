// Entries of a tree become files, links and folders somewhere on disk: chunks of all files are read as one stream, each
// file appears whole.
import fs from 'node:fs'
import path from 'node:path'
import { type DvError, fromSystemError, isLoss, noProgress } from '../base/index.js'
import { partName, readChunks, receiveFile, verifiedBytes } from '../content/index.js'
import { type Entry, entrySize, type FileEntry, isFile } from '../objects/index.js'
import { iterChunks } from '../recipe/index.js'
import type { ObjectStore } from '../store/index.js'
import { bringFiles } from './bring.js'
import type { StoreView } from './context.js'
import type { LostFiles, Sum } from './results.js'
import type { Work } from './types.js'

/** How many of many are told by name. */
export const NAMED_MAX = 20

/** What is to stand at a path below a root, whose place was looked at. */
export interface ToReceive {
  at: string
  entry: Entry
  /** It takes the place of what stands there. */
  force: boolean
  /** Called right before that; it may throw. */
  check?: () => void
}

export interface Receiving extends Work {
  /** Whether files that are lost are told of, all others written, or the first of them is the end. */
  passesOverLost?: boolean
}

export interface Received {
  written: Sum
  /** Files that cannot be read; all others came. */
  lost?: LostFiles
}

export interface Receipt {
  /** What all paths begin at. */
  root: string
  missing: readonly ToReceive[]
  /** A folder for files while they are not whole; else they lie beside their places. */
  parts?: string
}

/** Writes them all. Throws DV_WOULD_OVERWRITE where something has come to stand that may not be replaced, and the loss of
 * a file that is the only one. What was written before stays. */
export async function receiveEntries(view: StoreView, receipt: Receipt, work: Receiving): Promise<Received> {
  const { root, missing } = receipt
  const written: Sum = { files: 0, bytes: 0 }
  const { signal, onProgress, passesOverLost = true } = work
  const bringing = { passesOverLost, ...(signal && { signal }), ...(onProgress && { onProgress }) }
  await bringFiles(view, [missing.map(({ entry }) => entry).filter(isFile)], bringing)
  const files: Incoming[] = []
  for (const { entry, ...place } of missing)
    if (isFile(entry)) files.push(await incoming(view.store, receipt, { ...place, entry }))
  makeFolders(root, missing)
  const lost = await receive(view.store, files, { ...work, written })
  for (const one of missing) {
    if (one.entry.kind !== 'symlink') continue
    makeLink(path.join(root, one.at), one.entry.target, one)
    countEntry(written, one.entry)
  }
  return { written, ...(lost && { lost }) }
}

/** Directories are no files. */
export function countEntry(sum: Sum, entry: Entry): void {
  if (entry.kind === 'directory') return
  sum.files++
  sum.bytes += entrySize(entry)
}

interface Incoming extends ToReceive {
  target: string
  part: string
  entry: FileEntry
  from: number
}

async function incoming(
  store: ObjectStore,
  { root, parts }: Receipt,
  file: ToReceive & { entry: FileEntry },
): Promise<Incoming> {
  const target = path.join(root, file.at)
  const part = partName(target, file.entry, parts)
  return { ...file, target, part, from: await verifiedBytes(store, part, file.entry) }
}

function makeFolders(root: string, missing: readonly ToReceive[]): void {
  const folders = new Set([root])
  for (const { at, entry } of missing)
    folders.add(path.join(root, entry.kind === 'directory' ? at : path.dirname(at)))
  for (const folder of folders) {
    try {
      fs.mkdirSync(folder, { recursive: true })
    } catch (error) {
      throw fromSystemError(error, 'create', folder)
    }
  }
}

interface Stream extends Work {
  written: Sum
  total: number
  /** Bytes so far. */
  done: number
}

/** The chunks of all files are read as one stream, far ahead of what is written. Where that ends because something cannot
 * be read, the file it ended at is tried by itself: it may be one behind it. */
async function receive(
  store: ObjectStore,
  files: readonly Incoming[],
  options: Work & { written: Sum },
): Promise<LostFiles | undefined> {
  const total = files.reduce((sum, { entry, from }) => sum + entry.size - from, 0)
  const receiving: Stream = { ...options, total, done: 0 }
  const lost: LostFiles = { count: 0, items: [] }
  for (let at = 0; at < files.length; at++) {
    const { count, loss } = await receiveRun(store, files.slice(at), receiving)
    at += count
    if (!loss) break
    const alone = await receiveRun(store, [files[at]!], receiving)
    if (!alone.loss) continue
    if (files.length === 1) throw alone.loss
    if (++lost.count <= NAMED_MAX) lost.items.push({ path: files[at]!.at, what: alone.loss.message })
  }
  return lost.count > 0 ? lost : undefined
}

/** How many of the files came, and why the next one did not. */
async function receiveRun(
  store: ObjectStore,
  files: readonly Incoming[],
  receiving: Stream,
): Promise<{ count: number; loss?: DvError }> {
  const { written, signal, onProgress = noProgress, total } = receiving
  const source = readChunks(store, chunksOf(store, files), { ...(signal && { signal }) })
  let received = 0
  try {
    for (const file of files) {
      signal?.throwIfAborted()
      await receiveFile(file, async () => {
        const { value } = await source.next()
        if (!value) throw new TypeError('the chunks of a file are fewer than its recipe says')
        receiving.done += value.length
        onProgress({ phase: 'Getting', done: receiving.done, total, unit: 'bytes' })
        return value
      })
      countEntry(written, file.entry)
      received++
    }
    return { count: received }
  } catch (error) {
    if (isLoss(error)) return { count: received, loss: error }
    throw error
  } finally {
    await source.return(undefined)
  }
}

async function* chunksOf(store: ObjectStore, files: readonly Incoming[]) {
  for (const { entry, from } of files) yield* iterChunks(store, entry, { offset: from })
}

/** Never followed: whatever it points to is not looked at. */
function makeLink(file: string, target: string, { force, check }: ToReceive): void {
  try {
    check?.()
    if (force) fs.rmSync(file, { force: true })
    fs.symlinkSync(target, file)
  } catch (error) {
    throw fromSystemError(error, 'write', file)
  }
}
