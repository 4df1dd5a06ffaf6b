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
  /** Which end has the bytes, or the caller's file, which is not read again after it was brought; the target, when an
   * interrupted transfer has brought them. */
  from: 'source' | 'target' | { path: string }
  /** Where they wait: in a file beside the target's objects, or in memory. */
  into: 'file' | 'memory'
}

export interface BroughtPack extends ExaminedPack {
  /** The file, which the caller gives away or removes, or the bytes. */
  content: { path: string } | { bytes: OwnBytes }
}

/** As examinePack(); when it fails, or gives nothing, no file was made. */
export async function bringPack(
  ends: Ends,
  order: PackOrder,
  { from, into }: Way,
): Promise<BroughtPack | undefined> {
  if (into === 'memory') {
    const bytes = typeof from === 'string' ? await getPack(ends[from], order.pack) : readWhole(from.path)
    const examined = await examinePack(ends.bases, packInMemory(bytes), order)
    return examined && { ...examined, content: { bytes } }
  }
  if (typeof from === 'string') return bringFile(ends, order, ends[from])
  const examined = await examineFile(ends.bases, from.path, order)
  return examined && { ...examined, content: from }
}

async function getPack(storage: Storage, pack: string): Promise<OwnBytes> {
  return ownBytes(await storage.get(packKey(pack)))
}

function readWhole(path: string): OwnBytes {
  try {
    return ownBytes(fs.readFileSync(path))
  } catch (error) {
    throw fromSystemError(error, 'read', path)
  }
}

function ownBytes(bytes: Uint8Array): OwnBytes {
  const { buffer, byteLength } = bytes
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
  return isWhole ? new Uint8Array(buffer) : new Uint8Array(bytes)
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
