// Segments of a store elsewhere that need not come from there. A pack that came from that store or went there as a file has
// its segment with it, under the same name; others are kept in a folder of derived data, which anybody may empty. A name
// alone proves nothing: a store that is not to be trusted gives its packs whatever names it likes. The sum does, which
// the root of the store elsewhere says of each segment.
import fs from 'node:fs'
import path from 'node:path'
import { asBuffer, systemCode } from '../base/index.js'
import type { ByteRange, Storage } from '../storage/index.js'
import type { SegmentRef } from './root.js'
import { SEGMENT_CHECKSUM_BYTES, sumOfSegment } from './segment-format.js'

const KEPT_BYTES_MAX = 1024 * 1024
const KEPT_FILES_MAX = 128

/** Where the bytes of segments come from. */
export type SegmentSource = Pick<Storage, 'get'>

export interface NearSegments {
  /** Undefined: it is not near. */
  sourceOf(ref: SegmentRef): Promise<SegmentSource | undefined>
  /** Keeps a whole segment, known to be undamaged, for the next time. */
  keep(ref: SegmentRef, bytes: () => Uint8Array): Promise<void>
}

export function nearSegments({ twins, folder }: { twins: Storage; folder: string }): NearSegments {
  const fileOf = ({ key, offset }: SegmentRef) => path.join(folder, `${path.posix.basename(key)}-${offset}`)
  const isTwin = (ref: SegmentRef) => holdsSegment(twins, ref)
  return {
    async sourceOf(ref) {
      if (await isTwin(ref)) return twins
      const bytes = readKept(fileOf(ref))
      if (!bytes || sumOfSegment(bytes) !== ref.sum) return undefined
      return { get: async (_, range) => sliceOf(bytes, ref, range) }
    },
    async keep(ref, bytes) {
      if (ref.length <= KEPT_BYTES_MAX && !(await isTwin(ref))) keepFile(folder, fileOf(ref), bytes())
    },
  }
}

/** Whether what a store has under a segment's name is that segment, and not another of the same name. */
export async function holdsSegment(
  storage: Storage,
  { key, offset, length, sum }: SegmentRef,
): Promise<boolean> {
  const size = sum === undefined ? undefined : await storage.size(key)
  const end = offset + length
  if (size === undefined || size < end || length < SEGMENT_CHECKSUM_BYTES) return false
  const range = { offset: end - SEGMENT_CHECKSUM_BYTES, length: SEGMENT_CHECKSUM_BYTES }
  return sumOfSegment(await storage.get(key, range)) === sum
}

/** The same to a command that must leave nothing behind: what it keeps, it keeps for itself. */
export function keptInMemory(near: NearSegments): NearSegments {
  const kept = new Map<string, Buffer>()
  const nameOf = ({ key, offset, sum }: SegmentRef) => `${key}-${offset}-${sum}`
  return {
    async sourceOf(ref) {
      const bytes = kept.get(nameOf(ref))
      return bytes ? { get: async (_, range) => sliceOf(bytes, ref, range) } : near.sourceOf(ref)
    },
    async keep(ref, bytes) {
      if (ref.length <= KEPT_BYTES_MAX && !(await near.sourceOf(ref)))
        kept.set(nameOf(ref), Buffer.from(bytes()))
    },
  }
}

/** Ranges are named as of the object that the segment lies in. */
function sliceOf(bytes: Buffer, ref: SegmentRef, range?: ByteRange): Buffer {
  const at = (range?.offset ?? ref.offset) - ref.offset
  return bytes.subarray(at, at + (range?.length ?? ref.length))
}

function readKept(file: string): Buffer | undefined {
  try {
    return fs.readFileSync(file)
  } catch {
    return undefined
  }
}

/** Where it cannot be kept it is read from afar once more. */
function keepFile(folder: string, file: string, bytes: Uint8Array): void {
  try {
    fs.mkdirSync(folder, { recursive: true })
    const temporary = `${file}.${process.pid}`
    fs.writeFileSync(temporary, asBuffer(bytes))
    fs.renameSync(temporary, file)
    dropOldest(folder)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}

function dropOldest(folder: string): void {
  const names = fs.readdirSync(folder)
  if (names.length <= KEPT_FILES_MAX) return
  const files = names.map((name) => path.join(folder, name))
  const age = new Map(files.map((file) => [file, fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0]))
  files.sort((a, b) => age.get(a)! - age.get(b)!)
  for (const file of files.slice(0, KEPT_FILES_MAX / 4)) fs.rmSync(file, { force: true })
}
