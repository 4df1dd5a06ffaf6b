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
import { arrivingBases } from './bases.js'
import { type BroughtPack, eachId } from './bring-pack.js'
import type { CopyJob } from './copy.js'
import type { WantedPack } from './wanted.js'

const WORTH_IT = 0.9

/** Whether a pack is worth bringing whole, as far as its blocks' sizes say. Its footer does not count: that of a pack of
 * small files is a fifth of it. */
export async function isWorthWhole(
  { source, limits }: CopyJob,
  { pack, storedBytes }: WantedPack,
): Promise<boolean> {
  if (storedBytes < limits.wholePackBytes) return false
  const size = await source.storage.size(packKey(pack))
  if (size === undefined || size > PACK_BYTES_MAX) return false
  const range = { offset: size - PACK_TRAILER_BYTES, length: PACK_TRAILER_BYTES }
  const end = footerStart(await source.storage.get(packKey(pack), range), size)
  return end !== undefined && storedBytes >= (end - PACK_HEADER_BYTES) * WORTH_IT
}

/** Undefined when the trailer is damaged: the blocks may be whole all the same. */
function footerStart(trailer: Uint8Array, size: number): number | undefined {
  try {
    return decodePackTrailer(trailer, size).offset
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT')) return undefined
    throw error
  }
}

/** Puts the pack into the target; false when it must be taken apart: too much of it is not wanted, or a delta in it
 * stands on what the target will not have. Throws DV_CORRUPT when any block of it is damaged. */
export async function copyWholePack(job: CopyJob, wanted: WantedPack): Promise<boolean> {
  const order = { pack: wanted.pack, kind: job.kind, wanted: wanted.ids() }
  const brought = await job.copiers.bring(order, job.signal)
  if (!brought) return false
  try {
    const bases = await admit(job, brought)
    if (!bases) return false
    await putInto(job, brought)
    job.arrivals.add({ kind: job.kind, ref: brought.ref, segment: asBuffer(brought.segment), bases })
    return true
  } finally {
    fs.rmSync(brought.path, { force: true })
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

async function putInto({ target, sums }: CopyJob, { path, size, ref }: BroughtPack): Promise<void> {
  // It may lie there since an interrupted transfer, put by one who had verified it.
  if ((await target.storage.size(ref.key)) === size) return
  await target.storage.putFile(ref.key, path)
  sums.bytes += size
}
