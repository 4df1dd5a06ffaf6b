// Moves wanted items from pack to pack. Blocks travel as they are stored wherever that is right and cheap; everything
// is decoded and hashed on the way, before it can be seen. Read: few large ranges. Written: few large packs.
import fs from 'node:fs'
import { asBuffer } from '../base/index.js'
import type { Id } from '../hash/index.js'
import type { PackKind } from '../pack/index.js'
import type { ByteBudget, Traffic } from '../storage/index.js'
import { type ObjectStore, PackBuilder } from '../store/index.js'
import type { Arrivals } from './arrivals.js'
import { arrivingBases } from './bases.js'
import { allDone } from './all-done.js'
import type { Copiers } from './copiers.js'
import { countWanted } from './count-wanted.js'
import { copyWholePack, sizeIfWorthWhole } from './copy-pack.js'
import type { TransferLimits } from './limits.js'
import type { OpenBlock, OpenItem } from './open-block.js'
import { type ComingWindow, comingWindows } from './prefetch.js'
import {
  type ArrivedBlock,
  otherCopies,
  refuseLongBlock,
  type SoundBlock,
  soundBlock,
  unlessLost,
} from './sound-block.js'
import type { Wanted, WantedPack } from './wanted.js'

const PACK_ROWS_MAX = 256 * 1024
/** Data packs that arrived count after so many: what an interrupted transfer need not send again. */
const PUBLISH_PACKS = 4

export interface Sums {
  objects: number
  /** Written to the target. */
  bytes: number
}

export interface CopyJob {
  source: ObjectStore
  target: ObjectStore
  kind: PackKind
  wanted: Wanted
  sums: Sums
  limits: TransferLimits
  copiers: Copiers
  /** For bytes that are read and not yet written. */
  budget: ByteBudget
  /** Where packs go that lie in the target. */
  arrivals: Arrivals
  /** Deltas become full copies. */
  inFull?: boolean
  /** Given: chunks are not moved, but what that would ask of the source is counted here. */
  rehearsal?: Traffic | undefined
  signal?: AbortSignal
  /** Called with stored bytes that were dealt with. */
  onBytes?: (bytes: number) => void
  /** Called when a pack of the source was dealt with. */
  onPack?: () => void
}

/** Moves everything wanted: packs as they are in the copiers' threads, the rest meanwhile on this one. Chunks become part
 * of the target as they arrive; the last few packs of them, and all nodes, wait in `arrivals`. */
export async function copyWanted(wider: CopyJob): Promise<void> {
  if (wider.rehearsal && wider.kind === 'data') return countWanted(wider, wider.rehearsal)
  const failed = new AbortController()
  const signal = wider.signal ? AbortSignal.any([wider.signal, failed.signal]) : failed.signal
  const job = { ...wider, signal }
  const out = new Output(job)
  const copy = (pack: WantedPack) =>
    copyPack(job, pack, out).then(job.onPack, (error: unknown) => {
      failed.abort(error)
      throw error
    })
  try {
    await allDone(Array.from(job.wanted.packs(), copy))
    await out.finish()
  } catch (error) {
    out.abort()
    throw error
  }
  job.sums.objects += job.wanted.count
}

async function copyPack(job: CopyJob, pack: WantedPack, out: Output): Promise<void> {
  job.signal?.throwIfAborted()
  const size = await sizeIfWorthWhole(job, pack)
  if (size !== undefined && (await copyWholePack(job, pack, size))) {
    job.onBytes?.(pack.storedBytes)
    if (job.kind === 'data' && job.arrivals.count >= PUBLISH_PACKS) await job.arrivals.publishReady()
    return
  }
  const places = pack.places()
  for (const place of places) refuseLongBlock(pack.pack, place)
  const windows = comingWindows(job, pack.pack, places)
  try {
    await out.inTurn(() => copyBlocks(job, { pack, windows }, out))
  } finally {
    for (const { done } of windows) done()
  }
}

async function copyBlocks(
  job: CopyJob,
  { pack: { pack, blocks: rowsOf }, windows }: { pack: WantedPack; windows: readonly ComingWindow[] },
  out: Output,
): Promise<void> {
  const blocks = rowsOf()
  for (const { from, to, offset, bytes: arrived, done } of windows) {
    job.signal?.throwIfAborted()
    const bytes = await arrived().catch(unlessLost)
    for (const block of blocks.slice(from, to)) {
      const start = block.at - offset
      await copyBlock(job, out, { pack, block, bytes: bytes?.subarray(start, start + block.size) })
      job.onBytes?.(block.size)
    }
    done()
  }
}

async function copyBlock(job: CopyJob, out: Output, arrived: ArrivedBlock): Promise<void> {
  let sound: SoundBlock
  try {
    sound = await soundBlock(job, arrived)
  } catch (failure) {
    for await (const item of otherCopies(job, arrived, failure)) await out.addItem(item)
    return
  }
  await copySound(job, out, sound)
}

async function copySound(job: CopyJob, out: Output, { open, items }: SoundBlock): Promise<void> {
  if (open.bases.length > 0) {
    const arriving = job.inFull ? undefined : await arrivingBases(job, open.bases)
    if (arriving) await out.addDelta(open, arriving)
    else for (const item of items) await out.addItem(item)
  } else if (isBlockWorthWhole(job, open, items)) await out.addBlock(open)
  else for (const item of items) await out.addItem(item)
}

/** A block of chunks goes as it is when half of it is wanted; a node nobody asked for must not come along. */
function isBlockWorthWhole(
  { limits }: CopyJob,
  { items, rawLength }: OpenBlock,
  wanted: readonly OpenItem[],
): boolean {
  if (wanted.length === items.length) return true
  if (limits.onlyWanted || items.some(({ kind }) => kind !== 'chunk')) return false
  return wanted.reduce((sum, { bytes }) => sum + bytes.length, 0) * 2 >= rawLength
}

/** The packs being written into the target. */
class Output {
  readonly #job: CopyJob
  #pack: PackBuilder | undefined
  #bases: Id[] = []
  #turn: Promise<void> = Promise.resolve()

  constructor(job: CopyJob) {
    this.#job = job
  }

  /** One pack of the source is taken apart after the other, so that what lies together stays together. */
  inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work)
    return this.#turn
  }

  async addBlock({ bytes, items }: OpenBlock): Promise<void> {
    const rows = items.map(({ id, offset, bytes: item }) => ({ id, offset, length: item.length }))
    this.#open().addBlock(bytes, rows)
    await this.#endIfFull()
  }

  /** `arriving`: those of its bases that are on their way too. */
  async addDelta({ bytes, items, bases }: OpenBlock, arriving: readonly Id[]): Promise<void> {
    this.#open().addDelta(items[0]!.id, { block: asBuffer(bytes), bases }, items[0]!.bytes.length)
    this.#bases.push(...arriving)
    await this.#endIfFull()
  }

  async addItem({ id, kind, bytes }: OpenItem): Promise<void> {
    this.#open().add(id, kind, bytes)
    await this.#endIfFull()
  }

  async finish(): Promise<void> {
    if (!this.#pack) return
    const pack = this.#pack
    const bases = this.#bases
    this.#pack = undefined
    this.#bases = []
    const { ref, path, segment } = pack.finish()
    try {
      await this.#job.target.storage.putFile(ref.key, path)
    } catch (error) {
      fs.rmSync(path, { force: true })
      throw error
    }
    this.#job.sums.bytes += pack.length
    this.#job.arrivals.add({ kind: this.#job.kind, ref, segment, bases })
  }

  abort(): void {
    this.#pack?.abort()
    this.#pack = undefined
  }

  #open(): PackBuilder {
    this.#pack ??= new PackBuilder(this.#job.target.storage.temporaryPath(), this.#job.kind)
    return this.#pack
  }

  async #endIfFull(): Promise<void> {
    if (this.#pack && (this.#pack.length >= this.#job.limits.packBytes || this.#pack.rows >= PACK_ROWS_MAX))
      await this.finish()
  }
}
