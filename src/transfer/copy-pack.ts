// A pack of which nearly all is wanted goes into the target as a file, under its own name, so that an interrupted
// transfer finds it there.
import fs from 'node:fs'
import { asBuffer, isDvError } from '../base/index.js'
import type { Id } from '../hash/index.js'
import {
  decodePackTrailer,
  PACK_BYTES_MAX,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  packKey,
} from '../pack/index.js'
import type { ObjectStore } from '../store/index.js'
import { arrivingBases } from './bases.js'
import type { BroughtPack } from './bring-pack.js'
import type { CopyJob } from './copy.js'
import { eachId } from './examine-pack.js'
import type { WantedPack } from './wanted.js'

const WORTH_IT = 0.9

/** The size of a pack that is worth bringing whole, as far as its blocks' sizes say; undefined: it is not. Its footer does
 * not count: that of a pack of small files is a fifth of it. */
export async function sizeIfWorthWhole(
  { source, limits }: CopyJob,
  { pack, storedBytes }: WantedPack,
): Promise<number | undefined> {
  if (storedBytes < limits.wholePackBytes) return undefined
  const extent = await extentOf(source, pack)
  if (!extent || extent.size > PACK_BYTES_MAX) return undefined
  if (limits.spare !== undefined && extent.size > storedBytes * (1 + limits.spare)) return undefined
  return storedBytes >= (extent.end - PACK_HEADER_BYTES) * WORTH_IT ? extent.size : undefined
}

interface Extent {
  /** Where the blocks end. */
  end: number
  size: number
}

/** As the index says, which needs no request, or the pack itself. Undefined when the pack is gone or its trailer is
 * damaged: the blocks may be whole all the same. */
async function extentOf({ index, storage }: ObjectStore, pack: string): Promise<Extent | undefined> {
  const key = packKey(pack)
  const footer = (await index.root()).segments.find((ref) => ref.key === key)
  if (footer) return { end: footer.offset, size: footer.offset + footer.length + PACK_TRAILER_BYTES }
  const size = await storage.size(key)
  if (size === undefined || size > PACK_BYTES_MAX) return undefined
  const range = { offset: size - PACK_TRAILER_BYTES, length: PACK_TRAILER_BYTES }
  try {
    return { end: decodePackTrailer(await storage.get(key, range), size).offset, size }
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT')) return undefined
    throw error
  }
}

/** Puts the pack into the target; false when it must be taken apart: too much of it is not wanted, or a delta in it
 * stands on what the target will not have. Throws DV_CORRUPT when any block of it is damaged. */
export async function copyWholePack(job: CopyJob, wanted: WantedPack, size: number): Promise<boolean> {
  const giveBack = await job.budget.take(size)
  try {
    const order = { pack: wanted.pack, kind: job.kind, wanted: wanted.ids() }
    const brought = await job.copiers.bring(order, { size, signal: job.signal })
    return brought !== undefined && (await take(job, brought))
  } finally {
    giveBack()
  }
}

async function take(job: CopyJob, brought: BroughtPack): Promise<boolean> {
  try {
    const bases = await admit(job, brought)
    if (!bases) return false
    await putInto(job, brought)
    job.arrivals.add({ kind: job.kind, ref: brought.ref, segment: asBuffer(brought.segment), bases })
    return true
  } finally {
    if ('path' in brought.content) fs.rmSync(brought.content.path, { force: true })
  }
}

/** The bases that its deltas still wait for; undefined: not to be copied whole. */
async function admit(job: CopyJob, brought: BroughtPack): Promise<Id[] | undefined> {
  if (brought.wantedBytes < brought.rawBytes * WORTH_IT) return undefined
  // A node without what it refers to must not come along.
  for (const id of eachId(brought.others))
    if (!job.wanted.has(id) && !(await job.target.has(id))) return undefined
  return arrivingBases(job, [...eachId(brought.bases)])
}

async function putInto(
  { target: { storage }, sent, sums }: CopyJob,
  { content, size, ref }: BroughtPack,
): Promise<void> {
  // It may lie there since an interrupted transfer, put by one who had verified it.
  if (sent.mayHave(ref.key) && (await storage.size(ref.key)) === size) return
  sent.note(ref.key)
  if ('path' in content) await storage.putFile(ref.key, content.path)
  else await storage.put(ref.key, content.bytes)
  sums.bytes += size
}
