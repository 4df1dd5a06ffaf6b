// A pack of which nearly all is wanted travels as a file. Here it is brought and looked at: what was looked at is what
// will be published, the copy or the very bytes, not the original. Runs in any thread.
import fs from 'node:fs'
import { fromSystemError } from '../base/index.js'
import { packKey } from '../pack/index.js'
import type { Storage } from '../storage/index.js'
import { type ExaminedPack, examinePack, type PackOrder } from './examine-pack.js'
import type { BlockSource } from './open-block.js'
import { packInFile, packInMemory } from './pack-bytes.js'

export interface Ends {
  source: Storage
  target: Storage
  /** Has the bases of deltas. */
  bases: BlockSource
}

/** Bytes in a buffer of their own, which may be handed to another thread. */
export type OwnBytes = Uint8Array<ArrayBuffer>

export interface Way {
  /** The bytes, or which end has them; the target, when an interrupted transfer has brought them. */
  from: 'source' | 'target' | OwnBytes
  /** Where they wait: in a file beside the target's objects, or in memory. */
  into: 'file' | 'memory'
}

export interface BroughtPack extends ExaminedPack {
  /** The file, which the caller gives away or removes, or the bytes. */
  content: { path: string } | { bytes: OwnBytes }
}

/** As examinePack(); when it fails, or gives nothing, no file was made. */
export async function bringPack(ends: Ends, order: PackOrder, way: Way): Promise<BroughtPack | undefined> {
  const { from, into } = way
  if (typeof from === 'string' && into === 'file') return bringFile(ends, order, ends[from])
  const bytes = typeof from === 'string' ? await getPack(ends[from], order.pack) : from
  const examined = await examinePack(ends.bases, packInMemory(bytes), order)
  if (!examined) return undefined
  return { ...examined, content: into === 'memory' ? { bytes } : { path: writeNew(ends.target, bytes) } }
}

export async function getPack(storage: Storage, pack: string): Promise<OwnBytes> {
  const bytes = await storage.get(packKey(pack))
  const { buffer, byteLength } = bytes
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
  return isWhole ? new Uint8Array(buffer) : new Uint8Array(bytes)
}

function writeNew(target: Storage, bytes: Uint8Array): string {
  const path = target.temporaryPath()
  try {
    fs.writeFileSync(path, bytes, { flag: 'wx' })
    return path
  } catch (error) {
    fs.rmSync(path, { force: true })
    throw fromSystemError(error, 'write', path)
  }
}

async function bringFile(ends: Ends, order: PackOrder, from: Storage): Promise<BroughtPack | undefined> {
  const path = ends.target.temporaryPath()
  await from.getFile(packKey(order.pack), path)
  let brought: BroughtPack | undefined
  try {
    const examined = await examineFile(ends.bases, path, order)
    brought = examined && { ...examined, content: { path } }
    return brought
  } finally {
    if (!brought) fs.rmSync(path, { force: true })
  }
}

async function examineFile(
  bases: BlockSource,
  path: string,
  order: PackOrder,
): Promise<ExaminedPack | undefined> {
  try {
    const file = packInFile(path)
    try {
      return await examinePack(bases, file, order)
    } finally {
      file.close()
    }
  } catch (error) {
    throw fromSystemError(error, 'read', path)
  }
}
