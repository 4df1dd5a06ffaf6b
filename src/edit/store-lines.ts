// Lines to changes: contents are stored (files by the pool, bytes of lines right here), and what is to be deleted is
// looked up in the tree.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, type OnProgress } from '../base/index.js'
import { chunkerParams } from '../chunker/index.js'
import {
  type FileToStore,
  type Pool,
  storeBytes,
  type StoredFile,
  storeFiles,
  throughWork,
} from '../content/index.js'
import { quotePath } from '../files/index.js'
import type { ManifestId } from '../hash/index.js'
import { iterEntries, lookupMany } from '../manifest/index.js'
import { type Entry, type FileEntry, isFile } from '../objects/index.js'
import type { StoreWriter } from '../store/index.js'
import { atLine } from './line-error.js'
import type { TreeLine } from './parse-line.js'
import type { Change } from './sorted-changes.js'

export interface StoreLinesOptions {
  /** The tree as it is; undefined: there is none yet. */
  base: ManifestId | undefined
  /** Takes the bytes that stand in lines. */
  data: StoreWriter
  /** Takes recipes; reads the tree. */
  nodes: StoreWriter
  /** Takes files. Their names are relative to its root, which is `root`. */
  pool: Pool
  root: string
  /** Names of files in lines are relative to this folder. */
  cwd: string
  chunkAvg: number
  /** Whether what a file replaces may be read, so that its new version is stored as a difference to it. */
  withBases: boolean
  /** Paths of `base` that a pattern means, in batches. */
  matching: (base: ManifestId, pattern: string) => AsyncIterable<readonly string[]>
  signal?: AbortSignal
  onProgress?: OnProgress
}

/** The changes that lines ask for, in no order. Failures name their line. */
export async function* storeLines(
  lines: AsyncIterable<readonly TreeLine[]>,
  options: StoreLinesOptions,
): AsyncGenerator<Change[]> {
  const { pool, nodes, chunkAvg, signal, onProgress } = options
  const work = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
  const stage = {
    job: (slot: Slot) => ('file' in slot ? slot.file : undefined),
    work: (files: AsyncIterable<FileToStore>) => storeFiles(files, { pool, nodes, chunkAvg, ...work }),
    isOf: (stored: StoredFile, slot: Slot) => 'file' in slot && slot.file.path === stored.path,
  }
  for await (const batch of throughWork(slotsOf(lines, options), stage)) {
    signal?.throwIfAborted()
    yield batch.map(({ item, result }) => ('change' in item ? item.change : fromStored(item.line, result!)))
  }
}

type PutLine = Extract<TreeLine, { op: 'put' }>

/** A change, or a file that is to be stored for one. */
type Slot = { change: Change } | { line: PutLine; file: FileToStore }

async function* slotsOf(
  lines: AsyncIterable<readonly TreeLine[]>,
  options: StoreLinesOptions,
): AsyncGenerator<Slot[]> {
  for await (const batch of lines) {
    const before = await entriesBefore(batch, options)
    let slots: Slot[] = []
    for (const [i, line] of batch.entries()) {
      if (line.op !== 'delete' && line.op !== 'delete-matching') {
        slots.push(await slotOf(line, before[i], options))
        continue
      }
      yield slots
      slots = []
      for await (const paths of deletedPaths(line, before[i], options))
        yield paths.map((deleted) => ({ change: removal(line, deleted) }))
    }
    yield slots
  }
}

/** What stands at the paths of lines now, where that must be known here already. */
async function entriesBefore(
  batch: readonly TreeLine[],
  { base, nodes, withBases }: StoreLinesOptions,
): Promise<(Entry | undefined)[]> {
  const before = new Array<Entry | undefined>(batch.length).fill(undefined)
  if (!base) return before
  const asked = [...batch.entries()].flatMap(([i, line]) =>
    line.op === 'delete' || (line.op === 'put' && withBases) ? [{ i, path: line.path }] : [],
  )
  const found = await lookupMany(
    nodes,
    base,
    asked.map(({ path }) => path),
  )
  for (const [at, { i }] of asked.entries()) before[i] = found[at]
  return before
}

async function slotOf(
  line: Exclude<TreeLine, { op: 'delete' | 'delete-matching' }>,
  before: Entry | undefined,
  options: StoreLinesOptions,
): Promise<Slot> {
  if (line.op === 'put') return putSlot(line, before, options)
  if (line.op === 'meta') return { change: { ...at(line), type: 'meta', set: line.set, unset: line.unset } }
  const { target, meta } = line
  return { change: { ...at(line), type: 'symlink', target, ...(meta && { set: meta }) } }
}

async function putSlot(line: PutLine, before: Entry | undefined, options: StoreLinesOptions): Promise<Slot> {
  const { source } = line
  const previous = before && isFile(before) ? before : undefined
  if ('file' in source) {
    const file = fileToStore(line, source.file, options)
    return { line, file: { ...file, ...(previous && { previous }) } }
  }
  const { data, nodes, chunkAvg } = options
  const params = chunkerParams(chunkAvg)
  return { change: fromStored(line, await storeBytes(source.bytes, { data, nodes, params, previous })) }
}

/** Links are followed to what is meant, once, here: the file itself is then read as what it is. */
function fileToStore({ line }: PutLine, typed: string, { cwd, root }: StoreLinesOptions): FileToStore {
  const named = path.resolve(cwd, typed)
  try {
    const real = fs.realpathSync(named)
    const stats = fs.statSync(real)
    if (!stats.isFile()) throw noFile(typed)
    return { path: path.relative(root, real).split(path.sep).join('/'), size: stats.size }
  } catch (error) {
    throw atLine(line, fromSystemError(error, 'read', typed))
  }
}

function noFile(typed: string): DvError {
  return new DvError('DV_NOT_FOUND', `${quotePath(typed)} is no regular file`, {
    data: { path: typed },
    hint: 'a folder is given file by file',
  })
}

function fromStored(line: PutLine, { content, recipe, ...stored }: Stored): Change {
  const { executable, meta } = line
  const size = 'stat' in stored ? stored.stat.size : stored.size
  return {
    ...at(line),
    type: 'file',
    ...{ size, content, recipe },
    ...(executable !== undefined && { executable }),
    ...(meta && { set: meta }),
  }
}

type Stored = StoredFile | Pick<FileEntry, 'size' | 'content' | 'recipe'>

function at({ line, path, expect }: Exclude<TreeLine, { op: 'delete-matching' }>) {
  return { line, path, ...(expect !== undefined && { expect }) }
}

type DeleteLine = Extract<TreeLine, { op: 'delete' | 'delete-matching' }>

/** A file, a directory with all below it, or all that a pattern means. */
async function* deletedPaths(
  line: DeleteLine,
  before: Entry | undefined,
  { base, nodes, matching }: StoreLinesOptions,
): AsyncGenerator<readonly string[]> {
  if (before && before.kind !== 'directory') return yield [(line as { path: string }).path]
  let count = 0
  const found = line.op === 'delete' ? below(nodes, base, line.path) : base && matching(base, line.pattern)
  for await (const paths of found ?? []) {
    count += paths.length
    yield paths
  }
  if (count > 0) return
  // What is expected not to be there is judged with all other expectations.
  if (line.op === 'delete' && line.expect !== undefined) return yield [line.path]
  if (!line.missingOk) throw atLine(line.line, nothingThere(line))
}

async function* below(
  nodes: StoreWriter,
  base: ManifestId | undefined,
  directory: string,
): AsyncGenerator<string[]> {
  if (!base) return
  for await (const batch of iterEntries(nodes, base, { prefix: directory })) yield batch.map(([path]) => path)
}

function nothingThere(line: DeleteLine): DvError {
  const path = line.op === 'delete' ? line.path : line.pattern
  return new DvError('DV_UNKNOWN_PATH', `There is nothing at ${quotePath(path)} to delete`, {
    data: { path },
    hint: "'missingOk': true deletes what is there, and is content with nothing",
  })
}

function removal(line: DeleteLine, path: string): Change {
  // Of a directory the expectation is about no content, so that it can only fail: at its first path.
  const expect = line.op === 'delete' ? line.expect : undefined
  return { path, line: line.line, type: 'remove', ...(expect !== undefined && { expect }) }
}
