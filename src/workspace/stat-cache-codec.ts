// The bytes of one entry of the stat cache. Format: spec/10-working-directory.md, "Stat cache".
import type { ContentId } from '../hash/index.js'
import type { EntryKind } from '../objects/index.js'
import type { StatCacheEntry } from './stat-cache.js'

/** The last byte is the version. */
export const MAGIC = Buffer.from('dvstat\0\x01', 'latin1')
/** Magic, flags, base manifest id. */
export const HEADER_BYTES = MAGIC.length + 1 + 32
/** Complete flag, count, checksum. */
export const TRAILER_BYTES = 1 + 8 + 32

const KINDS: readonly EntryKind[] = ['file', 'executable', 'symlink', 'directory']
const RACY = 4
const IN_BASE = 8
/** Size u48, mtime, ctime, inode. */
const STAT_BYTES = 6 + 3 * 8

/** Writes `entry` at `at`; returns where it ends. The buffer has room for a path and 100 bytes more. */
export function encodeEntry(buffer: Buffer, at: number, entry: StatCacheEntry, previous: string): number {
  const shared = sharedPrefix(previous, entry.path)
  const suffix = entry.path.slice(shared)
  const suffixBytes = buffer.write(suffix, at + 5, 'utf8')
  buffer[at] = KINDS.indexOf(entry.kind) | (entry.racy ? RACY : 0) | (entry.inBase ? IN_BASE : 0)
  buffer.writeUInt16LE(shared, at + 1)
  buffer.writeUInt16LE(suffixBytes, at + 3)
  let end = at + 5 + suffixBytes
  buffer.writeUIntLE(entry.size, end, 6)
  buffer.writeBigInt64LE(entry.mtimeNs, end + 6)
  buffer.writeBigInt64LE(entry.ctimeNs, end + 14)
  buffer.writeBigUInt64LE(entry.inode, end + 22)
  end += STAT_BYTES
  if (entry.kind === 'directory') return end
  buffer.set(entry.content!, end)
  return end + 32
}

/** UTF-16 units two paths begin with, never ending between the halves of a surrogate pair. */
function sharedPrefix(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  let shared = 0
  while (shared < length && a.charCodeAt(shared) === b.charCodeAt(shared)) shared++
  const last = a.charCodeAt(shared - 1)
  return last >= 0xd800 && last < 0xdc00 ? shared - 1 : shared
}

/** The entries in checked bytes. */
export function* decodeEntries(bytes: Buffer, count: number): Generator<StatCacheEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let path = ''
  let at = 0
  for (let i = 0; i < count; i++) {
    const flags = bytes[at]!
    const suffixEnd = at + 5 + view.getUint16(at + 3, true)
    path = path.slice(0, view.getUint16(at + 1, true)) + bytes.toString('utf8', at + 5, suffixEnd)
    at = suffixEnd + STAT_BYTES
    const kind = KINDS[flags & 3]!
    yield {
      path,
      kind,
      size: view.getUint32(suffixEnd, true) + view.getUint16(suffixEnd + 4, true) * 2 ** 32,
      mtimeNs: view.getBigInt64(suffixEnd + 6, true),
      ctimeNs: view.getBigInt64(suffixEnd + 14, true),
      inode: view.getBigUint64(suffixEnd + 22, true),
      content: kind === 'directory' ? undefined : (bytes.subarray(at, at + 32) as ContentId),
      racy: (flags & RACY) !== 0,
      inBase: (flags & IN_BASE) !== 0,
    }
    if (kind !== 'directory') at += 32
  }
}
