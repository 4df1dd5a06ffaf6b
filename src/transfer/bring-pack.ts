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

/** How a pack comes: into a file beside the target's objects, into memory, or it is in a file already. */
export type Way = { to: 'file' } | { to: 'memory' } | { to: 'stay'; path: string }

export interface BroughtPack extends ExaminedPack {
  /** The file, which the caller gives away or removes, or the bytes. */
  content: { path: string } | { bytes: Uint8Array<ArrayBuffer> }
}

/** As examinePack(); when it fails, or gives nothing, no file was made. */
export async function bringPack(ends: Ends, order: PackOrder, way: Way): Promise<BroughtPack | undefined> {
  switch (way.to) {
    case 'memory':
      return bringBytes(ends, order)
    case 'stay':
      return examineFile(ends.bases, way.path, order)
    case 'file':
      return bringFile(ends, order)
  }
}

async function bringBytes(ends: Ends, order: PackOrder): Promise<BroughtPack | undefined> {
  const bytes = ownBytes(await ends.source.get(packKey(order.pack)))
  const examined = await examinePack(ends.bases, packInMemory(bytes), order)
  return examined && { ...examined, content: { bytes } }
}

/** In a buffer of their own, which may be handed to another thread. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
  return isWhole ? new Uint8Array(buffer) : new Uint8Array(bytes)
}

async function bringFile(ends: Ends, order: PackOrder): Promise<BroughtPack | undefined> {
  const path = ends.target.temporaryPath()
  await ends.source.getFile(packKey(order.pack), path)
  let brought: BroughtPack | undefined
  try {
    brought = await examineFile(ends.bases, path, order)
    return brought
  } finally {
    if (!brought) fs.rmSync(path, { force: true })
  }
}

async function examineFile(
  bases: BlockSource,
  path: string,
  order: PackOrder,
): Promise<BroughtPack | undefined> {
  try {
    const file = packInFile(path)
    try {
      const examined = await examinePack(bases, file, order)
      return examined && { ...examined, content: { path } }
    } finally {
      file.close()
    }
  } catch (error) {
    throw fromSystemError(error, 'read', path)
  }
}
