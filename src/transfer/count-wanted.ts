// What moving chunks would ask of the source, without moving them: what copyWanted() reads, in its order. Bases of deltas
// are read, as which requests they take depends on what they lie beside.
import { randomHex } from '../base/index.js'
import type { Id } from '../hash/index.js'
import { packKey } from '../pack/index.js'
import type { Traffic } from '../storage/index.js'
import { arrivingBases, hasFullCopy } from './bases.js'
import type { CopyJob } from './copy.js'
import { sizeIfWorthWhole } from './copy-pack.js'
import { windowsWithin } from './prefetch.js'
import { eitherEnd } from './sound-block.js'
import type { WantedPack } from './wanted.js'

/** Afterwards the target's index names the chunks as if they had come. */
export async function countWanted(job: CopyJob, traffic: Traffic): Promise<void> {
  for (const pack of job.wanted.packs()) {
    job.signal?.throwIfAborted()
    if (!(await countWhole(job, pack, traffic))) await countRuns(job, pack, traffic)
    job.onBytes?.(pack.storedBytes)
    job.onPack?.()
  }
  job.sums.objects += job.wanted.count
  job.sums.bytes += job.wanted.storedBytes
  await nameWanted(job)
}

/** False when the pack would be taken apart, be it after it was read. */
async function countWhole(job: CopyJob, pack: WantedPack, traffic: Traffic): Promise<boolean> {
  if ((await sizeIfWorthWhole(job, pack)) === undefined) return false
  const key = packKey(pack.pack)
  const { source, target } = job
  // Asking for its size is one request, as reading it would be.
  if ((await target.storage.size(key)) === undefined) {
    const size = await source.storage.size(key)
    traffic.received += size ?? 0
  }
  const bases = basesOf(pack)
  await readOutside(job, pack, bases)
  return (await arrivingBases(job, bases)) !== undefined
}

/** Bases that lie in other packs: a thread finds them all in the target, or they are read from afar. */
async function readOutside(job: CopyJob, { pack }: WantedPack, bases: readonly Id[]) {
  const { source, target } = job
  const outside: Id[] = []
  for (const id of bases) {
    const rows = await source.index.lookup(id)
    if (!rows.some((row) => row.pack === pack && row.bases.length === 0)) outside.push(id)
  }
  const areHere = await Promise.all(outside.map((id) => hasFullCopy(target, id)))
  if (areHere.every(Boolean)) return
  for (const id of outside) await eitherEnd(job).readFullCopy('chunk', id)
}

async function countRuns(job: CopyJob, pack: WantedPack, traffic: Traffic): Promise<void> {
  for (const { length } of windowsWithin(job.limits, pack.places())) {
    traffic.requests++
    traffic.received += length
  }
  for (const id of basesOf(pack)) await eitherEnd(job).readFullCopy('chunk', id)
}

/** What its wanted deltas stand on, one delta after the other. */
function basesOf(pack: WantedPack): Id[] {
  return pack.blocks().flatMap(({ rows }) => rows[0]?.bases ?? [])
}

async function nameWanted({ wanted, target, arrivals }: CopyJob): Promise<void> {
  const segment = wanted.segment()
  const ref = { key: `segments/${randomHex(16)}`, offset: 0, length: segment.length, rows: wanted.count }
  await target.storage.put(ref.key, segment)
  arrivals.add({ kind: 'data', ref, segment, bases: [] })
}
