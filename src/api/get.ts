// dv get: files of a commit, here or in another store, as plain files anywhere. What is there with the right content is
// not fetched again, so that the same command goes on where an earlier one ended.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, isLoss, noProgress } from '../base/index.js'
import { partName, readChunks, receiveFile, verifiedBytes } from '../content/index.js'
import { createShapeCheck, ParentGuard } from '../files/index.js'
import { parseAddress, parseElsewhere } from '../history/index.js'
import { type Entry, entrySize, type FileEntry, isFile } from '../objects/index.js'
import { iterChunks } from '../recipe/index.js'
import type { ObjectStore, Purged } from '../store/index.js'
import { bringFiles } from './bring.js'
import { lookAt, type Targets, targetsOf } from './get-target.js'
import type { GetResult, LostFiles, PurgedFiles, Sum } from './results.js'
import type { Stores } from './stores.js'
import { findPlace } from './tree-address.js'
import type { GetOptions, Work } from './types.js'

const NAMED_MAX = 20

export async function get(stores: Stores, options: GetOptions): Promise<GetResult> {
  const { address, destination: typed, force, where, signal } = options
  const place = await findPlace(stores, [address])
  const { cwd } = stores.surroundings
  const targets = await targetsOf(place, { cwd, typed, name: storeName(address), where, signal })
  const { destination, root } = targets
  const kept: Sum = { files: 0, bytes: 0 }
  const written: Sum = { files: 0, bytes: 0 }
  const purged = await place.view.store.purged()
  const { missing, holes } = await whatIsMissing(targets, { kept, purged }, options)
  // Of a folder all is written that is left.
  const how = { ...workOf(options), passesOverLost: destination === root }
  await bringFiles(place.view, [missing.map(({ entry }) => entry).filter(isFile)], how)
  const files: Incoming[] = []
  for (const { at, entry } of missing)
    if (isFile(entry)) files.push(await incoming(place.view.store, { root, at, entry }))
  makeFolders(root, missing)
  const lost = await receive(place.view.store, files, { ...options, written })
  if (lost) stores.surroundings.onLost?.(lost)
  for (const { at, entry } of missing) {
    if (entry.kind === 'symlink') makeLink(path.join(root, at), entry.target, force)
    if (entry.kind === 'symlink') count(written, entry)
  }
  return { destination, written, kept, ...(holes.count > 0 && { purged: holes }), ...(lost && { lost }) }
}

function workOf({ signal, onProgress }: GetOptions): Work {
  return { ...(signal && { signal }), ...(onProgress && { onProgress }) }
}

/** What a whole tree is called: the last part of its store's address. */
function storeName(address: string): string | undefined {
  const repo = parseElsewhere(address)?.repo ?? repoOf(address)
  return repo?.split(/[\\/]+/).findLast((part) => part !== '' && !/^\.+$/.test(part))
}

function repoOf(address: string): string | undefined {
  try {
    return parseAddress(address).repo
  } catch {
    return undefined
  }
}

interface Missing {
  /** Below the root. */
  at: string
  entry: Entry
}

/** Looks at all places before anything is written. */
async function whatIsMissing(
  { root, destination, entries }: Targets,
  { kept, purged }: { kept: Sum; purged: Purged },
  { force, signal }: GetOptions,
): Promise<{ missing: Missing[]; holes: PurgedFiles }> {
  const guard = new ParentGuard(root)
  const checkShape = createShapeCheck()
  const missing: Missing[] = []
  const inTheWay: string[] = []
  const holes: PurgedFiles = { count: 0, items: [] }
  for await (const batch of entries) {
    signal?.throwIfAborted()
    for (const [at, entry] of batch) {
      checkShape(at, entry.kind)
      if (isFile(entry) && purged.has(entry.content)) {
        // A file that was asked for by its name is no hole in something.
        if (destination !== root) purged.refuse(entry, at)
        const { time, reason } = purged.noteOf(entry.content)!
        if (++holes.count <= NAMED_MAX) holes.items.push({ path: at, time, reason })
        continue
      }
      const standing = lookAt(root, at, { entry, guard })
      if (standing === 'same') count(kept, entry)
      else if (standing === 'nothing' || (standing === 'other' && force)) missing.push({ at, entry })
      else inTheWay.push(path.join(root, at))
    }
  }
  if (inTheWay.length > 0) throw wouldOverwrite(inTheWay)
  return { missing, holes }
}

function count(sum: Sum, entry: Entry): void {
  if (entry.kind === 'directory') return
  sum.files++
  sum.bytes += entrySize(entry)
}

function wouldOverwrite(paths: readonly string[]): DvError {
  const more = paths.length > 1 ? ` and ${paths.length - 1} more` : ''
  return new DvError(
    'DV_WOULD_OVERWRITE',
    `Something else stands at '${paths[0]}'${more}; nothing was written`,
    {
      data: { paths: paths.slice(0, NAMED_MAX), count: paths.length },
      hint: 'name another destination; --force replaces files that differ (never folders)',
    },
  )
}

interface Incoming {
  /** Below the root. */
  at: string
  target: string
  part: string
  entry: FileEntry
  from: number
}

async function incoming(
  store: ObjectStore,
  { root, at, entry }: { root: string; at: string; entry: FileEntry },
): Promise<Incoming> {
  const target = path.join(root, at)
  const part = partName(target, entry)
  return { at, target, part, entry, from: await verifiedBytes(store, part, entry) }
}

function makeFolders(root: string, missing: readonly Missing[]): void {
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

interface Receiving extends GetOptions {
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
  options: GetOptions & { written: Sum },
): Promise<LostFiles | undefined> {
  const total = files.reduce((sum, { entry, from }) => sum + entry.size - from, 0)
  const receiving: Receiving = { ...options, total, done: 0 }
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
  receiving: Receiving,
): Promise<{ count: number; loss?: DvError }> {
  const { written, force, signal, onProgress = noProgress, total } = receiving
  const source = readChunks(store, chunksOf(store, files), { ...(signal && { signal }) })
  let received = 0
  try {
    for (const file of files) {
      signal?.throwIfAborted()
      await receiveFile({ ...file, force }, async () => {
        const { value } = await source.next()
        if (!value) throw new TypeError('the chunks of a file are fewer than its recipe says')
        receiving.done += value.length
        onProgress({ phase: 'Getting', done: receiving.done, total, unit: 'bytes' })
        return value
      })
      count(written, file.entry)
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
function makeLink(file: string, target: string, force: boolean): void {
  try {
    if (force) fs.rmSync(file, { force: true })
    fs.symlinkSync(target, file)
  } catch (error) {
    throw fromSystemError(error, 'write', file)
  }
}
