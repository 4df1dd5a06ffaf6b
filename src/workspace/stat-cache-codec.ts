// The bytes of the stat cache: rows and the trailer behind them. Format: spec/10-working-directory.md, "Stat cache".
import { type ContentId, ID_BYTES, type ManifestId } from '../hash/index.js'
import type { EntryKind } from '../objects/index.js'
import type { StatCacheEntry } from './stat-cache.js'

/** The last byte is the version. */
export const MAGIC = Buffer.from('dvstat\0\x02', 'latin1')
/** Flags, base, the cache these are changes to, count, checksum. */
export const TRAILER_BYTES = 1 + 2 * ID_BYTES + 8 + ID_BYTES
/** Room for the longest row. */
export const ROW_BYTES_MAX = 16_384

/** In a file of changes: the cache below has it and it is no more. */
export interface Gone {
  path: string
  kind: 'gone'
}

export type CacheRow = StatCacheEntry | Gone

export interface Trailer {
  base: ManifestId | undefined
  isComplete: boolean
  /** The checksum of the whole cache that the rows are changes to; undefined: they are a whole cache. */
  over: Uint8Array | undefined
  count: number
}

const KINDS: readonly EntryKind[] = ['file', 'executable', 'symlink', 'directory']
const RACY = 4
const IN_BASE = 8
const GONE = 16
/** Size u48, mtime, ctime, inode. */
const STAT_BYTES = 6 + 3 * 8

const HAS_BASE = 1
const COMPLETE = 2

export interface Target {
  bytes: Buffer
  /** Of the same memory. */
  view: DataView
}

/** Writes `row` at `at`; returns where it ends. `previous`: the path of the row before. */
export function encodeRow({ bytes, view }: Target, at: number, row: CacheRow, previous: string): number {
  const shared = sharedPrefix(previous, row.path)
  const stats = writeText(bytes, at + 5, row.path, shared)
  view.setUint16(at + 1, shared, true)
  view.setUint16(at + 3, stats - at - 5, true)
  if (row.kind === 'gone') {
    bytes[at] = GONE
    return stats
  }
  bytes[at] = KINDS.indexOf(row.kind) | (row.racy ? RACY : 0) | (row.inBase ? IN_BASE : 0)
  view.setUint32(stats, row.size % 2 ** 32, true)
  view.setUint16(stats + 4, row.size / 2 ** 32, true)
  view.setBigInt64(stats + 6, row.mtimeNs, true)
  view.setBigInt64(stats + 14, row.ctimeNs, true)
  view.setBigUint64(stats + 22, row.inode, true)
  if (row.kind === 'directory') return stats + STAT_BYTES
  bytes.set(row.content!, stats + STAT_BYTES)
  return stats + STAT_BYTES + ID_BYTES
}

/** Writes the end of `text` from unit `from` as UTF-8; returns where it ends. */
function writeText(bytes: Buffer, at: number, text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return at + i - from + bytes.write(text.slice(i), at + i - from, 'utf8')
    bytes[at + i - from] = unit
  }
  return at + text.length - from
}

/** UTF-16 units two paths begin with, never ending between the halves of a surrogate pair. */
function sharedPrefix(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  let shared = 0
  while (shared < length && a.charCodeAt(shared) === b.charCodeAt(shared)) shared++
  const last = a.charCodeAt(shared - 1)
  return last >= 0xd800 && last < 0xdc00 ? shared - 1 : shared
}

/** Whether `bytes` are `count` rows and nothing else. A right checksum does not make them so: whoever packs a folder can
 * compute one. */
export function areRows(bytes: Buffer, count: number): boolean {
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + 5 > bytes.length) return false
    const flags = bytes[at]!
    at += 5 + bytes.readUInt16LE(at + 3)
    if ((flags & GONE) === 0) at += STAT_BYTES + (KINDS[flags & 3] === 'directory' ? 0 : ID_BYTES)
  }
  return at === bytes.length
}

/** The rows in bytes of which areRows() holds. */
export function* decodeRows(bytes: Buffer, count: number): Generator<CacheRow> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let path = ''
  let at = 0
  for (let i = 0; i < count; i++) {
    const flags = bytes[at]!
    const stats = at + 5 + view.getUint16(at + 3, true)
    path = path.slice(0, view.getUint16(at + 1, true)) + bytes.toString('utf8', at + 5, stats)
    at = stats
    if ((flags & GONE) !== 0) {
      yield { path, kind: 'gone' }
      continue
    }
    const kind = KINDS[flags & 3]!
    at += STAT_BYTES
    yield {
      path,
      kind,
      size: view.getUint32(stats, true) + view.getUint16(stats + 4, true) * 2 ** 32,
      mtimeNs: view.getBigInt64(stats + 6, true),
      ctimeNs: view.getBigInt64(stats + 14, true),
      inode: view.getBigUint64(stats + 22, true),
      content: kind === 'directory' ? undefined : (bytes.subarray(at, at + ID_BYTES) as ContentId),
      racy: (flags & RACY) !== 0,
      inBase: (flags & IN_BASE) !== 0,
    }
    if (kind !== 'directory') at += ID_BYTES
  }
}

/** All but the checksum, which is the last. */
export function encodeTrailer({ base, isComplete, over, count }: Trailer): Buffer {
  const bytes = Buffer.alloc(TRAILER_BYTES - ID_BYTES)
  bytes[0] = (base ? HAS_BASE : 0) | (isComplete ? COMPLETE : 0)
  if (base) bytes.set(base, 1)
  if (over) bytes.set(over, 1 + ID_BYTES)
  bytes.writeBigUInt64LE(BigInt(count), 1 + 2 * ID_BYTES)
  return bytes
}

/** The trailer at the end of `bytes`, unchecked. */
export function decodeTrailer(bytes: Buffer): Trailer & { checksum: Uint8Array } {
  const trailer = Buffer.from(bytes.subarray(bytes.length - TRAILER_BYTES))
  const idAt = (at: number) => trailer.subarray(at, at + ID_BYTES)
  const over = idAt(1 + ID_BYTES)
  return {
    base: (trailer[0]! & HAS_BASE) !== 0 ? (idAt(1) as unknown as ManifestId) : undefined,
    isComplete: (trailer[0]! & COMPLETE) !== 0,
    over: over.some((byte) => byte !== 0) ? over : undefined,
    count: Number(trailer.readBigUInt64LE(1 + 2 * ID_BYTES)),
    checksum: idAt(TRAILER_BYTES - ID_BYTES),
  }
}
