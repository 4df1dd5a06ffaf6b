// What dv knew of each file when it last looked, so that an unchanged file is not read again. One flat file in
// manifest order, replaced by rename, checked as a whole when loaded. It is a cache: damaged, of an unknown version or
// absent are the same. Format: spec/10-working-directory.md, "Stat cache".
//
// 1. An entry is *racy* when its mtime or ctime is not older than the file system's clock before the file was read: a
//    later write may have left the same times. Racy entries are kept, and always hashed again.
// 2. `base` is the manifest the cache was last compared with; an entry whose `inBase` is set equals that manifest's.
//    When every manifest entry is in the cache with `inBase` and nothing else, a clean status needs no manifest.
import fs from 'node:fs'
import { systemCode } from '../base/index.js'
import { blake3, type ContentId, type Hasher, ID_BYTES, type ManifestId } from '../hash/index.js'
import type { EntryKind } from '../objects/index.js'
import { replaceFile, temporaryName } from '../files/index.js'
import type { ScanEntry } from './scan.js'
import { decodeEntries, encodeEntry, HEADER_BYTES, MAGIC, TRAILER_BYTES } from './stat-cache-codec.js'

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
  count: number
  /** In manifest order; may be walked more than once. The content is a view of the cache's memory. */
  entries(): Generator<StatCacheEntry>
}

/** The cache in `file`, or undefined when it is absent, damaged or of another version. */
export function loadStatCache(file: string): StatCache | undefined {
  let bytes: Buffer
  try {
    bytes = fs.readFileSync(file)
  } catch (error) {
    // Whatever keeps us from reading it, the files themselves are the truth.
    if (systemCode(error) !== undefined) return undefined
    throw error
  }
  if (bytes.length < HEADER_BYTES + TRAILER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
    return undefined
  const end = bytes.length - ID_BYTES
  if (!bytes.subarray(end).equals(blake3.hash(bytes.subarray(0, end)))) return undefined
  const flags = bytes[MAGIC.length]!
  const base = Buffer.from(bytes.subarray(MAGIC.length + 1, HEADER_BYTES)) as unknown as ManifestId
  const count = Number(bytes.readBigUInt64LE(end - 8))
  return {
    base: (flags & 1) !== 0 ? base : undefined,
    isComplete: (bytes[end - 9]! & 1) !== 0,
    count,
    entries: () => decodeEntries(bytes.subarray(HEADER_BYTES, end - 9), count),
  }
}

/** Writes a cache entry by entry into a temporary file beside `file`; finish() puts it in its place. */
export class StatCacheWriter {
  readonly #file: string
  readonly #temporary: string
  #descriptor: number | undefined
  readonly #hasher: Hasher = blake3.hasher()
  readonly #buffer = Buffer.allocUnsafe(1 << 18)
  #length = 0
  #count = 0
  #previous = ''

  constructor(file: string, base: ManifestId | undefined) {
    this.#file = file
    this.#temporary = temporaryName(file)
    this.#descriptor = fs.openSync(this.#temporary, 'wx')
    MAGIC.copy(this.#buffer)
    this.#buffer[MAGIC.length] = base === undefined ? 0 : 1
    this.#buffer.fill(0, MAGIC.length + 1, HEADER_BYTES)
    if (base !== undefined) this.#buffer.set(base, MAGIC.length + 1)
    this.#length = HEADER_BYTES
  }

  /** Entries must come in manifest order. */
  add(entry: StatCacheEntry): void {
    this.#length = encodeEntry(this.#buffer, this.#length, entry, this.#previous)
    this.#previous = entry.path
    this.#count++
    if (this.#length > this.#buffer.length - 16_384) this.#flush()
  }

  /** `isComplete`: every entry of the base manifest was added. Not synced: a cache lost with the power is rebuilt. */
  finish(isComplete: boolean): void {
    this.#buffer[this.#length] = isComplete ? 1 : 0
    this.#buffer.writeBigUInt64LE(BigInt(this.#count), this.#length + 1)
    this.#length += 9
    this.#flush()
    fs.writeSync(this.#descriptor!, this.#hasher.digest())
    this.#close()
    replaceFile(this.#temporary, this.#file)
  }

  /** Gives up, whatever was done before: leaves the cache that was there. */
  abandon(): void {
    this.#close()
    fs.rmSync(this.#temporary, { force: true })
  }

  #close(): void {
    const descriptor = this.#descriptor
    this.#descriptor = undefined
    if (descriptor !== undefined) fs.closeSync(descriptor)
  }

  #flush(): void {
    const bytes = this.#buffer.subarray(0, this.#length)
    this.#hasher.update(bytes)
    for (let at = 0; at < bytes.length;) at += fs.writeSync(this.#descriptor!, bytes, at)
    this.#length = 0
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
