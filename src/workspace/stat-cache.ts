// What dv knew of each file when it last looked, so that an unchanged file is not read again: one flat file in manifest
// order and, beside it, what changed since, each replaced by rename and checked as a whole when loaded. It is a cache:
// damaged, of an unknown version or absent are the same. Format: spec/10-working-directory.md, "Stat cache".
//
// 1. An entry is *racy* when its mtime or ctime is not older than the file system's clock before the file was read: a
//    later write may have left the same times. Racy entries are kept, and always hashed again.
// 2. `base` is the manifest the cache was last compared with; an entry whose `inBase` is set equals that manifest's.
//    When every manifest entry is in the cache with `inBase` and nothing else, a clean status needs no manifest.
// 3. Changes name the whole cache they belong to, so that whatever is left of an older pair is only ever incomplete.
import fs from 'node:fs'
import { systemCode } from '../base/index.js'
import { blake3, type ContentId, ID_BYTES, type ManifestId } from '../hash/index.js'
import type { EntryKind } from '../objects/index.js'
import { mergeJoin } from './merge-join.js'
import type { ScanEntry } from './scan.js'
import {
  areRows,
  type CacheRow,
  decodeRows,
  decodeTrailer,
  MAGIC,
  type Trailer,
  TRAILER_BYTES,
} from './stat-cache-codec.js'

export interface StatCacheEntry {
  path: string
  kind: EntryKind
  /** Bytes. */
  size: number
  mtimeNs: bigint
  ctimeNs: bigint
  inode: bigint
  /** Of a file its content id, of a symbolic link BLAKE3 of its target; undefined for directories. */
  content: ContentId | undefined
  /** The file may have been written again without a change of these times. */
  racy: boolean
  /** The entry is that of the base manifest. */
  inBase: boolean
}

export interface StatCache {
  /** The manifest `inBase` speaks of, when there is one. */
  base: ManifestId | undefined
  /** Entries of the base manifest that the cache does not hold: then a status cannot do without the manifest. */
  isComplete: boolean
  /** In manifest order; may be walked more than once. The content is a view of the cache's memory. */
  entries(): Iterable<StatCacheEntry>
}

/** Where the changes to the whole cache in `file` are. */
export function changesFile(file: string): string {
  return `${file}-changes`
}

/** The cache in `file` with its changes, or undefined when it is absent, damaged or of another version. */
export function loadStatCache(file: string): StatCache | undefined {
  const whole = readRows(file)
  if (!whole || whole.over) return undefined
  const changes = loadChanges(file, whole)
  const { base, isComplete } = changes ?? whole
  const entries = () => (changes ? withChanges(whole.rows(), changes.rows()) : present(whole))
  return { base, isComplete, entries }
}

/** Rows of one file. */
interface Rows extends Trailer {
  checksum: Uint8Array
  rows(): Generator<CacheRow>
}

/** The changes to the cache in `file`, whose end is `whole`. */
export function loadChanges(file: string, whole: Pick<Rows, 'checksum'>): Rows | undefined {
  const changes = readRows(changesFile(file))
  return changes?.over && Buffer.compare(changes.over, whole.checksum) === 0 ? changes : undefined
}

/** The rows in a file, or undefined when it is absent, damaged or of another version. */
export function readRows(file: string): Rows | undefined {
  const bytes = readOrUndefined(() => fs.readFileSync(file))
  if (!bytes || bytes.length < MAGIC.length + TRAILER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
    return undefined
  const trailer = decodeTrailer(bytes)
  const checksum = blake3.hash(bytes.subarray(0, bytes.length - ID_BYTES))
  if (Buffer.compare(trailer.checksum, checksum) !== 0) return undefined
  const rows = bytes.subarray(MAGIC.length, bytes.length - TRAILER_BYTES)
  return areRows(rows, trailer.count)
    ? { ...trailer, rows: () => decodeRows(rows, trailer.count) }
    : undefined
}

/** The end of a file of this version, unchecked: whoever relies on it finds damage when the whole is loaded. */
export function readTrailer(file: string): (Trailer & { checksum: Uint8Array }) | undefined {
  return readOrUndefined(() => {
    const descriptor = fs.openSync(file, 'r')
    try {
      const { size } = fs.fstatSync(descriptor)
      const read = (length: number, from: number) => {
        const bytes = Buffer.alloc(length)
        return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, length, from))
      }
      if (size < MAGIC.length + TRAILER_BYTES || !read(MAGIC.length, 0).equals(MAGIC)) return undefined
      return decodeTrailer(read(TRAILER_BYTES, size - TRAILER_BYTES))
    } finally {
      fs.closeSync(descriptor)
    }
  })
}

/** Whatever keeps us from reading the cache, the files themselves are the truth. */
function readOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (systemCode(error) !== undefined) return undefined
    throw error
  }
}

/** A whole cache holds none that is gone. */
function present(whole: Rows): Generator<StatCacheEntry> {
  return whole.rows() as Generator<StatCacheEntry>
}

function* withChanges(whole: Iterable<CacheRow>, changes: Iterable<CacheRow>): Generator<StatCacheEntry> {
  for (const { left, right } of mergeJoin(whole, changes)) {
    const row = right ?? left!
    if (row.kind !== 'gone') yield row
  }
}

export interface StatRules {
  /** The file system changes inodes (SMB, NFS). */
  ignoreInode?: boolean
  /** Something changes ctimes without changing files (backup, indexing). */
  ignoreCtime?: boolean
  /** The file system has no executable bit: file and executable are one. */
  ignoreExecutable?: boolean
}

/** 'same': as it was. 'different': cannot be the same. 'unsure': only its bytes can tell. */
export type StatVerdict = 'same' | 'different' | 'unsure'

/** Compares what was known of a path with what stands there. */
export function compareStat(known: StatCacheEntry, found: ScanEntry, rules: StatRules = {}): StatVerdict {
  if (
    known.kind !== found.kind &&
    !(rules.ignoreExecutable && isFileKind(known.kind) && isFileKind(found.kind))
  ) {
    return 'different'
  }
  if (found.kind === 'directory') return 'same'
  if (known.size !== found.size) return 'different'
  if (known.racy || known.mtimeNs !== found.mtimeNs) return 'unsure'
  if (!rules.ignoreCtime && known.ctimeNs !== found.ctimeNs) return 'unsure'
  return !rules.ignoreInode && known.inode !== found.inode ? 'unsure' : 'same'
}

function isFileKind(kind: EntryKind): boolean {
  return kind === 'file' || kind === 'executable'
}

/** Whether what was read of a file may have been overtaken: `clockNs` is the file system's time before reading. */
export function isRacy(found: Pick<ScanEntry, 'mtimeNs' | 'ctimeNs'>, clockNs: bigint): boolean {
  return found.mtimeNs >= clockNs || found.ctimeNs >= clockNs
}
