// The storage that all actors share: one call, one step of the schedule. It has a clock of its own; answers may be lost,
// whether or not what was asked for was done. A bucket is as weak as those that dv is used with: what is read by its name
// is what was written last, and a compare-and-swap has one winner (S3 since 2020, and all that dv's probe lets write there); but
// listings, also those of refs, may be as old as 90 seconds, as those of servers behind a cache or with replicas are.
import path from 'node:path'
import { DvError } from '../../src/base/index.js'
import { memoryStorage, type Storage, type StoredName } from '../../src/storage/index.js'
import type { Schedule } from './schedule.js'

export interface SharedOptions {
  /** Looks like a folder: listings are never old, and answers never lost. */
  isFolder: boolean
  /** A folder of this schedule alone: what the dead leave there must not meet anybody else. */
  folder: string
  /** Told of every change of a mutable name. */
  onChange?: (name: string) => Promise<void>
}

interface Life {
  size: number
  from: number
  to: number
}

const LISTING_LAG_MAX = 90_000
const STALE_SHARE = 0.2
const LOST_SHARE = 0.01
const CLOCK_SKEW = 5_400_000

/** `raw`: the same without steps, for those who look at it from outside. */
export function sharedStorage(
  schedule: Schedule,
  { isFolder, folder, onChange }: SharedOptions,
): { shared: Storage; raw: Storage } {
  const raw = storageIn(folder, 'the remote')
  const lives = new Map<string, Life>()
  const mutables = new Map<string, { from: number; to: number }[]>()
  const created = async (name: string) => {
    if (!lives.has(name) || lives.get(name)!.to <= schedule.now)
      lives.set(name, { size: (await raw.size(name))!, from: schedule.now, to: Infinity })
  }
  const step = <T>(what: string, work: () => Promise<T>) => schedule.call(what, work)
  const change = <T>(what: string, work: () => Promise<T>) =>
    step(what, async () => {
      const isLost = !isFolder && schedule.random() < LOST_SHARE
      if (isLost && schedule.random() < 0.5) throw lost()
      const result = await work()
      if (isLost) throw lost()
      return result
    })
  /** What time it is in a listing. */
  const listingTime = () => {
    const isOld = !isFolder && schedule.random() < STALE_SHARE
    return schedule.now - (isOld ? schedule.below(LISTING_LAG_MAX) : 0)
  }
  async function namesAsOf(prefix: string): Promise<StoredName[]> {
    const at = listingTime()
    return [...lives]
      .filter(([name, { from, to }]) => name.startsWith(prefix) && from <= at && at < to)
      .map(([name, { size, from }]) => ({ name, size, modified: from + CLOCK_SKEW }))
  }
  const named = (name: string, isThere: boolean) => {
    const own = mutables.get(name) ?? []
    mutables.set(name, own)
    const last = own.at(-1)
    const wasThere = last?.to === Infinity
    if (isThere && !wasThere) own.push({ from: schedule.now, to: Infinity })
    else if (!isThere && wasThere) last.to = schedule.now
  }
  const mutableAsOf = (prefix: string): string[] => {
    const at = listingTime()
    const isThere = ({ from, to }: { from: number; to: number }) => from <= at && at < to
    return [...mutables]
      .filter(([name, times]) => name.startsWith(prefix) && times.some(isThere))
      .map(([name]) => name)
      .sort()
  }
  const shared: Storage = {
    ...raw,
    properties: { ...raw.properties, ...(isFolder && { localRoot: '/nowhere' }) },
    get: (name, range) => step(`get ${name}`, () => raw.get(name, range)),
    getFile: (name, path) => step(`getFile ${name}`, () => raw.getFile(name, path)),
    size: (name) => step(`size ${name}`, () => raw.size(name)),
    put: (name, bytes) => change(`put ${name}`, async () => (await raw.put(name, bytes), created(name))),
    putFile: (name, path) =>
      change(`putFile ${name}`, async () => (await raw.putFile(name, path), created(name))),
    delete: (name) =>
      change(`delete ${name}`, async () => {
        await raw.delete(name)
        const life = lives.get(name)
        if (life) life.to = Math.min(life.to, schedule.now)
      }),
    async *list(prefix) {
      yield* await step(`list ${prefix}`, () => namesAsOf(prefix))
    },
    read: (name) => step(`read ${name}`, () => raw.read(name)),
    compareAndSwap: (name, expected, bytes) =>
      change(`swap ${name}`, async () => {
        const version = await raw.compareAndSwap(name, expected, bytes)
        if (version === undefined) return undefined
        named(name, bytes !== undefined)
        await onChange?.(name)
        return version
      }),
    listMutable: (prefix) => step(`listMutable ${prefix}`, async () => mutableAsOf(prefix)),
  }
  return { shared, raw }
}

let made = 0

/** A storage in memory whose temporary files lie in this folder. */
export function storageIn(folder: string, location?: string): Storage {
  return {
    ...memoryStorage(location),
    temporaryPath: () => path.join(folder, `${made++}`),
  }
}

function lost(): DvError {
  return new DvError('DV_IO', 'The answer was lost')
}
