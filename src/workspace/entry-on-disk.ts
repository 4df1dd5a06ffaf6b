// Whether what stands on disk is what an entry says.
import fs from 'node:fs'
import { isLoss } from '../base/index.js'
import { hashFiles } from '../content/index.js'
import { openForReading } from '../files/index.js'
import { type ContentId, sameId } from '../hash/index.js'
import { type Entry, type EntryKind, isFile } from '../objects/index.js'
import { iterChunks } from '../recipe/index.js'
import { kindOnDisk } from './judge.js'
import { readSymlink } from './scan.js'
import type { WorkTree } from './tree.js'

/** What is known of a path on disk. */
export interface OnDisk {
  path: string
  kind: EntryKind
  size: number
  content?: ContentId
  target?: string
}

/** Reads the file when its size is right and its content unknown. Where executable bits are not kept they do not count. */
export async function isAsEntry(tree: WorkTree, found: OnDisk, entry: Entry | undefined): Promise<boolean> {
  if (!entry) return false
  if (kindOnDisk(tree, found.kind, entry) !== entry.kind) return false
  if (entry.kind === 'symlink')
    return (found.target ?? readSymlink(tree.workdir.root, found.path)) === entry.target
  if (!isFile(entry)) return true
  if (found.size !== entry.size) return false
  if (found.content) return sameId(found.content, entry.content)
  for await (const [hashed] of hashFiles([{ path: found.path, size: found.size }], { pool: tree.pool })) {
    if (hashed) return sameId(hashed.content, entry.content)
  }
  return false
}

/** Whether a file begins as an entry's does and then ends, or has zeros: what a checkout leaves that a kill or a loss of
 * power ended (spec/decisions/0012 and 0029). There is nothing in it that the store has not. */
export async function isBegun(tree: WorkTree, found: OnDisk, entry: Entry | undefined): Promise<boolean> {
  if (!entry || !isFile(entry) || (found.kind !== 'file' && found.kind !== 'executable')) return false
  if (found.size > entry.size || (await tree.reader.purged()).has(entry.content)) return false
  const descriptor = openForReading(tree.workdir.root, found.path)
  let hasEnded = false
  try {
    for await (const chunks of iterChunks(tree.reader, entry, { length: found.size })) {
      for (const { id, length, offset } of chunks) {
        const bytes = Buffer.alloc(Math.min(length, found.size - offset))
        const count = fs.readSync(descriptor, bytes, 0, bytes.length, offset)
        if (count < bytes.length) return false
        const same: number = hasEnded ? 0 : commonLength(bytes, await tree.reader.readChunk(id))
        hasEnded ||= same < bytes.length
        if (bytes.subarray(same).some((byte) => byte !== 0)) return false
      }
    }
    return true
  } catch (error) {
    // Of what cannot be read nothing was written.
    if (isLoss(error)) return false
    throw error
  } finally {
    fs.closeSync(descriptor)
  }
}

/** Bytes that two begin with alike; `bytes` is not the longer one. */
function commonLength(bytes: Uint8Array, others: Uint8Array): number {
  const end = bytes.findIndex((byte, i) => byte !== others[i])
  return end < 0 ? bytes.length : end
}
