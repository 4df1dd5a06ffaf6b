// A pack of which nearly all is wanted goes into the target as a file, under its own name, so that an interrupted
// transfer finds it there.
import fs from 'node:fs'
import { asBuffer } from '../base/index.js'
import type { Id } from '../hash/index.js'
import { holdsSegment } from '../index/index.js'
import { PACK_BYTES_MAX, PACK_HEADER_BYTES, packKey } from '../pack/index.js'
import type { ObjectStore } from '../store/index.js'
import { arrivingBases } from './bases.js'
import type { BroughtPack } from './bring-pack.js'
import type { CopyJob } from './copy.js'
import { eachId } from './examine-pack.js'
import { unlessLost } from './sound-block.js'
import type { WantedPack } from './wanted.js'

const WORTH_IT = 0.9
/** What a pack counts at least: so bounds the budget how many are under way, and what a transfer loses that is killed. */
const PACK_BYTES_MIN = 48 * 1024 * 1024

/** The size, or nearly, of a pack that is worth bringing whole, as far as its blocks' sizes say; undefined: it is not. Its
 * footer does not count: that of a pack of small files is a fifth of it. */
export async function sizeIfWorthWhole(
  { source, limits }: CopyJob,
  { pack, storedBytes }: WantedPack,
): Promise<number | undefined> {
  if (limits.onlyWanted || storedBytes < limits.wholePackBytes) return undefined
  const end = await source.index.blocksEnd(pack)
  if (end === undefined || end > PACK_BYTES_MAX) return undefined
  if (limits.spare !== undefined && !(await isSparing(source, { pack, storedBytes }, limits.spare)))
    return undefined
  return storedBytes >= (end - PACK_HEADER_BYTES) * WORTH_IT ? end : undefined
}

async function isSparing(
  { storage }: ObjectStore,
  { pack, storedBytes }: Pick<WantedPack, 'pack' | 'storedBytes'>,
  spare: number,
): Promise<boolean> {
  const size = await storage.size(packKey(pack))
  return size !== undefined && size <= storedBytes * (1 + spare)
}

/** Puts the pack into the target; false when it must be taken apart: too much of it is not wanted, or a delta in it
 * stands on what the target will not have; or a block of it is damaged, perhaps only on its way: then each is read anew. */
export async function copyWholePack(job: CopyJob, wanted: WantedPack, size: number): Promise<boolean> {
  const giveBack = await job.budget.take(Math.max(size, PACK_BYTES_MIN))
  try {
    const order = { pack: wanted.pack, kind: job.kind, wanted: wanted.ids() }
    const brought = await job.copiers.bring(order, { size, signal: job.signal }).catch(unlessLost)
    return brought !== undefined && (await take(job, brought))
  } finally {
    giveBack()
  }
}

async function take(job: CopyJob, brought: BroughtPack): Promise<boolean> {
  try {
    const bases = await admit(job, brought)
    if (!bases || !(await putInto(job, brought))) return false
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

/** Puts it under its own name; false where another pack has that: a store that is not to be trusted may have given its packs
 * the names of those of another. What lies there was verified by whoever put it, so its footer says which it is. */
async function putInto(
  { target: { storage }, sums }: CopyJob,
  { content, size, ref }: BroughtPack,
): Promise<boolean> {
  if ((await storage.size(ref.key)) !== undefined) return holdsSegment(storage, ref)
  if ('path' in content) await storage.putFile(ref.key, content.path)
  else await storage.put(ref.key, content.bytes)
  sums.bytes += size
  return true
}
