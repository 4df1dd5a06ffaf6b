// Packs of chunks that go to a remote as they are finished, so that this disk need hold only a few at once. The store here
// keeps what is in them: their index segments, with the promise that the remote has the packs. Several are made to count
// together, as many as came while the last ones were. Format: spec/13-transfer.md, "Straight to a remote".
import fs from 'node:fs'
import { fromSystemError } from '../base/index.js'
import type { SegmentRef } from '../index/index.js'
import { changePromises, type FinishedPack, type ObjectStore, withPromised } from '../store/index.js'
import { hasFullCopy } from './bases.js'

export interface DeliveryOptions {
  local: ObjectStore
  remote: ObjectStore
  /** The remote's name, as promises keep it. */
  name: string
  signal?: AbortSignal
  /** Called with the bytes of a pack that has arrived. */
  onBytes?: (bytes: number) => void
}

/** A pack that lies at the remote and does not count yet. */
interface Arrived {
  pack: FinishedPack
  resolve: () => void
  reject: (error: unknown) => void
}

export class Delivery {
  readonly #options: DeliveryOptions
  #arrived: Arrived[] = []
  #isCounting = false
  readonly #aborted: Promise<never>

  constructor(options: DeliveryOptions) {
    const { signal } = options
    this.#options = options
    this.#aborted = new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
    this.#aborted.catch(() => {})
  }

  /** Brings a pack to the remote; its file is gone when this resolves, and the indexes there and here name it. What
   * is aborted may have arrived all the same: then nothing names it. */
  async deliver(pack: FinishedPack): Promise<void> {
    this.#options.signal?.throwIfAborted()
    await Promise.race([this.#bring(pack), this.#aborted])
  }

  async #bring(pack: FinishedPack): Promise<void> {
    const { local, remote, onBytes } = this.#options
    if (!(await this.#mayStand(pack))) {
      // The push that follows makes of it what the remote can use.
      await local.storage.putFile(pack.ref.key, pack.path)
      await local.index.add([{ ref: pack.ref, bytes: pack.segment }])
      return
    }
    const bytes = sizeOf(pack.path)
    await remote.storage.putFile(pack.ref.key, pack.path)
    onBytes?.(bytes)
    await new Promise<void>((resolve, reject) => {
      this.#arrived.push({ pack, resolve, reject })
      if (!this.#isCounting) void this.#countAll()
    })
  }

  /** A delta is named only where full copies of its bases are. */
  async #mayStand({ bases }: FinishedPack): Promise<boolean> {
    for (const id of bases) if (!(await hasFullCopy(this.#options.remote, id))) return false
    return true
  }

  async #countAll(): Promise<void> {
    this.#isCounting = true
    while (this.#arrived.length > 0) {
      const batch = this.#arrived
      this.#arrived = []
      try {
        await this.#count(batch.map(({ pack }) => pack))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#isCounting = false
  }

  /** In this order: whatever an interruption leaves, no index names what nobody has. */
  async #count(packs: readonly FinishedPack[]): Promise<void> {
    const { local, remote, name } = this.#options
    await remote.index.add(packs.map(({ ref, segment }) => ({ ref, bytes: segment })))
    const names = packs.map(({ ref }) => nameOf(ref))
    await changePromises(local.storage, (promises) =>
      withPromised(promises, name, (promised) => ({
        ...promised,
        away: new Set([...promised.away, ...names]),
      })),
    )
    const own = packs.map((pack) => ({ ref: ownSegment(pack.ref), bytes: pack.segment }))
    for (const { ref, bytes } of own) await local.storage.put(ref.key, bytes)
    await local.index.add(own)
  }
}

function nameOf({ key }: SegmentRef): string {
  return key.slice(key.indexOf('/') + 1)
}

/** The pack's segment as an object of its own. Its name is as unused as the pack's. */
function ownSegment(ref: SegmentRef): SegmentRef {
  return { ...ref, key: `segments/${nameOf(ref)}`, offset: 0 }
}

function sizeOf(path: string): number {
  try {
    return fs.statSync(path).size
  } catch (error) {
    throw fromSystemError(error, 'read', path)
  }
}
