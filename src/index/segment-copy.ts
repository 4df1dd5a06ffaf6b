// Segments of a store elsewhere that are read more than once: each read may arrive damaged, so what was verified must be
// what is read on.
import fs from 'node:fs'
import { fromSystemError } from '../base/index.js'
import { readSoundly, type Storage, type WantedRange } from '../storage/index.js'
import type { NearSegments, SegmentSource } from './near-segments.js'
import type { SegmentRef } from './root.js'
import { verifyStoredSegment } from './segment-reader.js'

const PIECE_BYTES = 4 * 1024 * 1024

/** A segment that is read more than once, verified. */
export interface StableSegment {
  source: SegmentSource
  /** To be called when it is no longer read. */
  letGo(): void
}

/** Where its bytes are the same each time: a folder, what is near, or else a copy. Throws as copySegment(). */
export async function stableSegment(
  storage: Storage,
  ref: SegmentRef,
  near?: NearSegments,
): Promise<StableSegment> {
  const isHere = storage.properties.localRoot !== undefined
  const source = (await near?.sourceOf(ref)) ?? (isHere ? storage : undefined)
  if (!source) {
    const copy = await copySegment(storage, ref)
    return { source: copy, letGo: () => copy.remove() }
  }
  await verifyStoredSegment(source, ref)
  return { source, letGo() {} }
}

export interface SegmentCopy extends SegmentSource {
  /** Removes it. */
  remove(): void
}

/** A verified copy in a temporary file. Throws DV_NOT_FOUND when the segment is gone, DV_CORRUPT when it is damaged. */
export async function copySegment(storage: Storage, ref: SegmentRef): Promise<SegmentCopy> {
  const copy = openCopy(storage.temporaryPath(), ref)
  try {
    await readSoundly(storage, ref.key, async () => {
      for (let at = 0; at < ref.length; at += PIECE_BYTES) {
        const length = Math.min(PIECE_BYTES, ref.length - at)
        copy.write(await storage.get(ref.key, { offset: ref.offset + at, length }), at)
      }
      await verifyStoredSegment(copy, ref)
    })
    return copy
  } catch (error) {
    copy.remove()
    throw error
  }
}

function openCopy(path: string, ref: SegmentRef) {
  const fd = onDisk(() => fs.openSync(path, 'wx+'))
  function onDisk<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw fromSystemError(error, 'write', path)
    }
  }
  return {
    write: (bytes: Uint8Array, at: number) => void onDisk(() => fs.writeSync(fd, bytes, 0, bytes.length, at)),
    // Ranges are named as of the object that the segment lies in.
    async get(_: string, { offset, length, into }: WantedRange = { offset: ref.offset, length: ref.length }) {
      const bytes = into ?? Buffer.allocUnsafe(length)
      const count = onDisk(() => fs.readSync(fd, bytes, 0, length, offset - ref.offset))
      return bytes.subarray(0, count)
    },
    remove() {
      fs.closeSync(fd)
      fs.rmSync(path, { force: true })
    },
  }
}
