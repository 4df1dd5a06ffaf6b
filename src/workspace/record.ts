// From a working directory to a manifest: stores what changed and edits the base manifest accordingly, in one ordered
// stream, so that memory does not grow with the number of files.
import { type FileToStore, storeFiles, type StoredFile, throughWork } from '../content/index.js'
import type { ManifestId } from '../hash/index.js'
import { sameId } from '../hash/index.js'
import { buildManifest, type Edit, editManifest, type PathEntry } from '../manifest/index.js'
import { type Entry, entrySize, type FileEntry, isFile } from '../objects/index.js'
import type { ObjectWriter } from '../store/index.js'
import { CacheUpdates, nothingKnown } from './cache-updates.js'
import { isAsEntry } from './entry-on-disk.js'
import { readFileClock } from './file-clock.js'
import { judge, type Judgement, kindOnDisk, linkContent } from './judge.js'
import { readSymlink } from './scan.js'
import { findSuspects, type Suspect, type SuspectOptions } from './suspects.js'
import type { BaseManifest, WorkTree } from './tree.js'

export interface RecordOptions extends SuspectOptions {
  /** Takes manifest and recipe nodes; reads them back. */
  nodes: ObjectWriter
  chunkAvg: number
}

export interface Recorded {
  manifest: ManifestId
  added: number
  modified: number
  deleted: number
  /** Of added files and of the new side of modified ones. */
  bytesAdded: number
  bytesRemoved: number
  /** To be merged into the stat cache once the commit stands. */
  updates: CacheUpdates
}

/** Records the working directory, or the part of it that `include` wants, over `base`. */
export async function recordTree(
  tree: WorkTree,
  base: BaseManifest,
  options: RecordOptions,
): Promise<Recorded> {
  const updates = new CacheUpdates(tree, readFileClock(tree.workdir.dvDir))
  const sums = { added: 0, modified: 0, deleted: 0, bytesAdded: 0, bytesRemoved: 0 }
  const edits = countEdits(recordEdits(tree, base, { ...options, updates }), sums)
  try {
    const manifest = base
      ? await editManifest(options.nodes, base, withoutBefore(edits))
      : await buildManifest(options.nodes, onlyPresent(edits))
    return { manifest, ...sums, updates }
  } catch (error) {
    updates.abandon()
    throw error
  }
}

/** An edit with what stood there before. */
interface Replacement {
  path: string
  before: Entry | undefined
  after: Entry | undefined
}

/** A suspect, with what is to be recorded of it where that is known without reading its file. */
interface Slot {
  suspect: Suspect
  after: Entry | undefined
  waits: boolean
  same: boolean
}

type WithUpdates = RecordOptions & { updates: CacheUpdates }

async function* recordEdits(
  tree: WorkTree,
  base: BaseManifest,
  options: WithUpdates,
): AsyncGenerator<Replacement[]> {
  const { nodes, chunkAvg, onProgress, signal, updates } = options
  const work = { ...(onProgress && { onProgress }), ...(signal && { signal }) }
  const slots = async function* () {
    for await (const batch of findSuspects(tree, base, options)) {
      const slots: Slot[] = []
      for (const suspect of batch) {
        const slot = toSlot(tree, suspect)
        const isSame = slot.waits && (await isPurgedStill(tree, suspect))
        slots.push(isSame ? { ...slot, waits: false, same: true } : slot)
      }
      yield slots
    }
  }
  const stage = {
    job: ({ waits, suspect }: Slot) => (waits ? toFile(suspect) : undefined),
    work: (files: AsyncIterable<FileToStore>) =>
      storeFiles(files, { pool: tree.pool, nodes, chunkAvg, ...work }),
    isOf: ({ path }: StoredFile, { suspect }: Slot) => path === suspect.path,
  }
  for await (const batch of throughWork(slots(), stage)) {
    const edits = batch.map(({ item, result }) =>
      result ? settleStored(tree, item, result, updates) : settleKnown(item, updates),
    )
    const changed = edits.filter((edit) => edit !== undefined)
    if (changed.length > 0) yield changed
  }
}

/** A purged file that the user still has is as it is recorded; it cannot be stored to find that out. */
async function isPurgedStill(tree: WorkTree, { found, recorded }: Suspect): Promise<boolean> {
  if (!found || !recorded || !isFile(recorded) || found.size !== recorded.size) return false
  return (await tree.reader.purged()).has(recorded.content) && isAsEntry(tree, found, recorded)
}

function toFile({ path, found, recorded }: Suspect): FileToStore {
  const previous: FileEntry | undefined = recorded && isFile(recorded) ? recorded : undefined
  return { path, size: found!.size, ...(previous && { previous }) }
}

const UNCHANGED: ReadonlySet<Judgement['verdict']> = new Set(['same', 'gone', 'hole'])

function toSlot(tree: WorkTree, suspect: Suspect): Slot {
  const { path, found, recorded } = suspect
  const judgement = judge(tree, suspect)
  const same = UNCHANGED.has(judgement.verdict)
  if (same || judgement.verdict === 'deleted') return { suspect, after: undefined, waits: false, same }
  const metadata = recorded?.metadata && { metadata: recorded.metadata }
  if (found!.kind === 'symlink') {
    const target = ('target' in judgement && judgement.target) || readSymlink(tree.workdir.root, path)
    return { suspect, after: { kind: 'symlink', target, ...metadata }, waits: false, same }
  }
  if (found!.kind === 'directory')
    return { suspect, after: { kind: 'directory', ...metadata }, waits: false, same }
  return { suspect, after: undefined, waits: true, same }
}

function settleKnown({ suspect, after, same }: Slot, updates: CacheUpdates): Replacement | undefined {
  const { path, found, recorded } = suspect
  if (same && !found) {
    if (suspect.hole) updates.put(nothingKnown(path, recorded!.kind))
    else updates.drop(path)
    return undefined
  }
  if (!found) {
    updates.drop(path)
    return { path, before: recorded, after: undefined }
  }
  const entry = same ? recorded : after
  const known = suspect.statSame ? suspect.known?.content : undefined
  const content =
    entry?.kind === 'symlink' ? linkContent(entry.target) : entry && isFile(entry) ? known : undefined
  if (content !== undefined || entry?.kind === 'directory') updates.put({ ...found, content, inBase: true })
  return same ? undefined : { path, before: recorded, after }
}

function settleStored(
  tree: WorkTree,
  slot: Slot,
  stored: StoredFile,
  updates: CacheUpdates,
): Replacement | undefined {
  const { path, found, recorded } = slot.suspect
  const { stat, content, recipe } = stored
  const kind = kindOnDisk(tree, found!.kind, recorded) as FileEntry['kind']
  updates.put({ path, kind: found!.kind, ...stat, content, inBase: true })
  if (recorded && isFile(recorded) && recorded.kind === kind && sameId(recorded.content, content))
    return undefined
  const metadata = recorded?.metadata && { metadata: recorded.metadata }
  return { path, before: recorded, after: { kind, size: stat.size, content, recipe, ...metadata } }
}

type Sums = Pick<Recorded, 'added' | 'modified' | 'deleted' | 'bytesAdded' | 'bytesRemoved'>

async function* countEdits(edits: AsyncIterable<Replacement[]>, sums: Sums): AsyncGenerator<Replacement[]> {
  for await (const batch of edits) {
    for (const { before, after } of batch) {
      if (before && after) sums.modified++
      else if (after) sums.added++
      else sums.deleted++
      if (after) sums.bytesAdded += entrySize(after)
      if (before) sums.bytesRemoved += entrySize(before)
    }
    yield batch
  }
}

async function* withoutBefore(edits: AsyncIterable<Replacement[]>): AsyncGenerator<Edit[]> {
  for await (const batch of edits) yield batch.map(({ path, after }): Edit => [path, after])
}

async function* onlyPresent(edits: AsyncIterable<Replacement[]>): AsyncGenerator<PathEntry[]> {
  for await (const batch of edits)
    yield batch.flatMap(({ path, after }) => (after ? [[path, after] as const] : []))
}
