// The small files in `.dv` that tie a working directory to its store. Sealed records, replaced in one step and synced.
// Format: spec/10-working-directory.md, "State files".
import fs from 'node:fs'
import path from 'node:path'
import { corrupt, DvError, fromSystemError, systemCode } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import { type CommitId, type ManifestId, parseId, toHex } from '../hash/index.js'
import { syncDirectory, writeFileAtomic } from '../files/index.js'
import type { Meant, SparseRule } from './sparse-list.js'

export const DV_FOLDER = '.dv'
const VERSION = 1
const RECORD_BYTES_MAX = 256 << 20

/** A working directory on disk. Paths are absolute. */
export interface Workdir {
  root: string
  /** The `.dv` folder of this working directory. */
  dvDir: string
  /** Names this working directory in the operation log. */
  id: string
  /** The store's location: an absolute path. */
  store: string
}

/** What is checked out. */
export type Head = { kind: 'branch'; branch: string } | { kind: 'commit'; commit: CommitId }

/** The working directory of `startDir` or of the nearest folder above. Throws DV_NO_REPOSITORY when there is none. */
export function findWorkdir(startDir: string): Workdir {
  for (let folder = path.resolve(startDir); ; folder = path.dirname(folder)) {
    if (fs.existsSync(path.join(folder, DV_FOLDER, 'workdir.json'))) return openWorkdir(folder)
    if (folder === path.dirname(folder)) break
  }
  throw new DvError('DV_NO_REPOSITORY', `There is no dv repository in '${startDir}' or above it`, {
    data: { path: startDir },
    hint: fs.existsSync(path.join(startDir, DV_FOLDER, 'store'))
      ? "run 'dv repair': the folder '.dv' is here, but not the record of what it belongs to"
      : "run 'dv init' to make one here, or 'dv clone' to copy one",
  })
}

/** The working directory whose root is `root`. */
export function openWorkdir(root: string): Workdir {
  const dvDir = path.join(root, DV_FOLDER)
  const record = readState(dvDir, 'workdir.json')
  if (record === undefined) {
    throw new DvError('DV_NO_REPOSITORY', `There is no dv repository in '${root}'`, { data: { path: root } })
  }
  const { version, id, store } = record
  if (typeof version === 'number' && version > VERSION) {
    throw new DvError(
      'DV_NEWER_FORMAT',
      `The working directory '${root}' was made by a newer dv (format ${version})`,
      {
        data: { path: root, version },
        hint: 'install a newer dv',
      },
    )
  }
  const isSound = version === VERSION && typeof id === 'string' && typeof store === 'string'
  if (!isSound || store.includes('\0')) throw damaged('workdir.json')
  return { root, dvDir, id, store: path.resolve(root, store) }
}

/** Makes `.dv` in `root` and records where the store is: relative when it lies inside the working directory, so that
 * the whole can be moved. That record comes last: with it there is a working directory. Throws DV_ALREADY_EXISTS when
 * there is one. */
export function createWorkdir(
  root: string,
  { id, store, head }: { id: string; store: string; head: Head },
): Workdir {
  const dvDir = path.join(root, DV_FOLDER)
  if (fs.existsSync(path.join(dvDir, 'workdir.json'))) {
    throw new DvError('DV_ALREADY_EXISTS', `There is already a dv repository in '${root}'`, {
      data: { path: root },
    })
  }
  try {
    fs.mkdirSync(path.join(dvDir, 'tmp'), { recursive: true })
    syncDirectory(root)
  } catch (error) {
    throw fromSystemError(error, 'create', dvDir)
  }
  writeHead({ root, dvDir, id, store }, head, [])
  return recordWorkdir(root, { id, store })
}

/** Writes the record anew, whatever is there. */
export function recordWorkdir(root: string, { id, store }: { id: string; store: string }): Workdir {
  const dvDir = path.join(root, DV_FOLDER)
  const inner = path.relative(root, store)
  const isInside = inner !== '' && inner.split(path.sep)[0] !== '..' && !path.isAbsolute(inner)
  const recorded = isInside ? inner.split(path.sep).join('/') : path.resolve(store)
  writeState(dvDir, 'workdir.json', { version: VERSION, id, store: recorded })
  return openWorkdir(root)
}

export function readHead({ dvDir }: Workdir): Head {
  const record = readState(dvDir, 'head')
  if (typeof record?.['branch'] === 'string') return { kind: 'branch', branch: record['branch'] }
  if (typeof record?.['commit'] === 'string')
    return { kind: 'commit', commit: parseId<'commit'>(record['commit']) }
  throw damaged('head')
}

/** `unfinished`: what readUnfinishedOperations() is to tell from now on; when left out, as before. */
export function writeHead(
  workdir: Workdir,
  head: Head,
  unfinished: readonly number[] = readUnfinishedOperations(workdir),
): void {
  writeState(workdir.dvDir, 'head', {
    ...(head.kind === 'branch' ? { branch: head.branch } : { commit: toHex(head.commit) }),
    ...(unfinished.length > 0 && { unfinished }),
  })
}

/** The numbers of operations that move no ref and are under way, or ended early: nothing else tells that they did not
 * happen. In the file of the head, so that it moves in the same step in which an operation has happened. */
export function readUnfinishedOperations({ dvDir }: Workdir): readonly number[] {
  const unfinished = readState(dvDir, 'head')?.['unfinished'] ?? []
  if (!Array.isArray(unfinished) || !unfinished.every((n) => Number.isSafeInteger(n))) throw damaged('head')
  return unfinished as number[]
}

/** Patterns of a sparse checkout; undefined: everything is here. */
export function readSparse({ dvDir }: Workdir): readonly string[] | undefined {
  const record = readState(dvDir, 'sparse')
  if (record === undefined) return undefined
  if (!isTexts(record['patterns'])) throw damaged('sparse')
  return record['patterns']
}

export function writeSparse(
  { dvDir }: Workdir,
  patterns: readonly string[] | undefined,
  meant?: Meant,
): void {
  writeState(dvDir, 'sparse', patterns && { patterns, ...(meant?.size && { meant: toRecord(meant) }) })
}

/** The patterns before a change of them that is under way, or ended early; undefined: none is. */
export function readSparseBefore({ dvDir }: Workdir): readonly string[] | undefined {
  const before = readState(dvDir, 'sparse')?.['before']
  if (before !== undefined && !isTexts(before)) throw damaged('sparse')
  return before
}

/** What is checked out, and in the middle of a change what was before: here is what both take in. None: everything. */
export function readSparseRules(workdir: Workdir): SparseRule[] {
  const record = readState(workdir.dvDir, 'sparse') ?? {}
  const lists = [
    [readSparse(workdir), record['meant']],
    [readSparseBefore(workdir), record['meantBefore']],
  ] as const
  return lists.flatMap(([list, meant]) => (list ? [{ list, meant: fromRecord(meant) }] : []))
}

/** Until writeSparse(), what is here is what both take in. */
export function writeSparseChange(
  { dvDir }: Workdir,
  { before, now }: Record<'before' | 'now', SparseRule>,
): void {
  writeState(dvDir, 'sparse', {
    patterns: now.list,
    before: before.list,
    ...(now.meant.size > 0 && { meant: toRecord(now.meant) }),
    ...(before.meant.size > 0 && { meantBefore: toRecord(before.meant) }),
  })
}

function toRecord(meant: Meant): Record<string, string[]> {
  return Object.fromEntries([...meant].map(([expression, paths]) => [expression, [...paths]]))
}

function fromRecord(record: unknown): Meant {
  const pairs = Object.entries(record ?? {})
  if (!pairs.every((pair): pair is [string, string[]] => isTexts(pair[1]))) throw damaged('sparse')
  return new Map(pairs.map(([expression, paths]) => [expression, new Set(paths)]))
}

/** The commit a checkout was under way to when it ended early; undefined: none was. */
export function readUnfinishedCheckout({ dvDir }: Workdir): CommitId | undefined {
  const record = readState(dvDir, 'checkout')
  if (record === undefined) return undefined
  if (typeof record['to'] !== 'string') throw damaged('checkout')
  return parseId<'commit'>(record['to'])
}

export function writeUnfinishedCheckout({ dvDir }: Workdir, to: CommitId | undefined): void {
  writeState(dvDir, 'checkout', to && { to: toHex(to) })
}

/** Metadata that is set and not committed yet: a tree of edits as src/metadata makes it. */
export interface PendingMetadata {
  edits: ManifestId
  /** The recorded tree that they were held against: over any other, some may be so already. */
  over?: ManifestId | undefined
}

export function readPendingMetadata({ dvDir }: Workdir): PendingMetadata | undefined {
  const record = readState(dvDir, 'metadata')
  if (record === undefined) return undefined
  const { edits, over } = record
  if (typeof edits !== 'string' || (over !== undefined && typeof over !== 'string')) throw damaged('metadata')
  return { edits: parseId(edits), ...(over !== undefined && { over: parseId<'manifest'>(over) }) }
}

export function writePendingMetadata({ dvDir }: Workdir, pending: PendingMetadata | undefined): void {
  const { edits, over } = pending ?? {}
  writeState(dvDir, 'metadata', edits && { edits: toHex(edits), over: over && toHex(over) })
}

/** A sealed record of `.dv`, or undefined when there is none. Throws DV_CORRUPT when it is damaged. */
export function readState(dvDir: string, name: string): Record<string, unknown> | undefined {
  const file = path.join(dvDir, name)
  let bytes: Buffer
  try {
    const stats = fs.statSync(file, { throwIfNoEntry: false })
    if (stats === undefined) return undefined
    if (!stats.isFile() || stats.size > RECORD_BYTES_MAX) throw damaged(name)
    bytes = fs.readFileSync(file)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw fromSystemError(error, 'read', file)
  }
  return unseal(bytes, `file '.dv/${name}'`)
}

/** Replaces a sealed record of `.dv`, durably; undefined removes it. */
export function writeState(dvDir: string, name: string, record: object | undefined): void {
  const file = path.join(dvDir, name)
  if (record !== undefined) {
    const bytes = seal(record)
    if (bytes.length > RECORD_BYTES_MAX) throw tooLarge(name, bytes.length)
    return writeFileAtomic(file, bytes, { sync: true })
  }
  try {
    fs.rmSync(file, { force: true })
    syncDirectory(dvDir)
  } catch (error) {
    throw fromSystemError(error, 'remove', file)
  }
}

function tooLarge(name: string, bytes: number): DvError {
  return new DvError('DV_UNSUPPORTED', `The file '.dv/${name}' would have ${bytes} bytes`, {
    data: { file: name, bytes, max: RECORD_BYTES_MAX },
  })
}

/** What a state file holds is not what it should. */
export function damaged(name: string): DvError {
  return corrupt(`The file '.dv/${name}' does not hold what it should`, { file: name })
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
