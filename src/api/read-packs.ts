// Which packs were read and found whole when, so that samples go through all of them. Derived data: where it is lost,
// packs are read sooner than they need be. Place: spec/09-layout.md, "derived"
import fs from 'node:fs'
import path from 'node:path'
import { isDvError, systemCode } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import { writeFileAtomic } from '../files/index.js'
import type { PackSize } from '../maintenance/index.js'
import type { FsckRead } from './results.js'

/** When packs were read, by name; milliseconds since 1970. */
export type ReadTimes = ReadonlyMap<string, number>

/** Packs of at least this share of all bytes: those never read first, then those read longest ago. */
export function choosePacks(packs: readonly PackSize[], times: ReadTimes, share: number): Set<string> {
  const total = packs.reduce((sum, { size }) => sum + size, 0)
  const timeOf = ({ name }: PackSize) => times.get(name) ?? 0
  const chosen = new Set<string>()
  let bytes = 0
  // Names are random: of packs never read they give an order that favours none.
  for (const pack of [...packs].sort((a, b) => timeOf(a) - timeOf(b) || (a.name < b.name ? -1 : 1))) {
    if (bytes >= total * share) break
    chosen.add(pack.name)
    bytes += pack.size
  }
  return chosen
}

/** The times after a check: of packs that are there, `sound` ones read `now`. A pack found damaged counts as never read. */
export function afterCheck(
  times: ReadTimes,
  check: { sizes: ReadonlyMap<string, number>; read: ReadonlySet<string>; sound: readonly string[] },
  now: number,
): ReadTimes {
  const kept = [...times].filter(([name]) => check.sizes.has(name) && !check.read.has(name))
  return new Map([...kept, ...check.sound.map((name) => [name, now] as const)])
}

export function sumUp(
  sizes: ReadonlyMap<string, number>,
  read: ReadonlySet<string>,
  times: ReadTimes,
): FsckRead {
  const sum = (names: Iterable<string>) =>
    [...names].reduce((bytes, name) => bytes + (sizes.get(name) ?? 0), 0)
  const since = [...times.values()].reduce((oldest, time) => Math.min(oldest, time), Infinity)
  return {
    total: sum(sizes.keys()),
    now: sum(read),
    ever: sum(times.keys()),
    ...(times.size > 0 && { since }),
  }
}

export function recallReadTimes(store: string): ReadTimes {
  try {
    const { packs } = unseal(fs.readFileSync(fileIn(store)), 'record of what was read')
    return new Map(Object.entries(packs as Record<string, number>))
  } catch (error) {
    if (!isDvError(error, 'DV_CORRUPT') && systemCode(error) === undefined) throw error
    return new Map()
  }
}

/** Where it cannot be kept the next sample begins with the same packs. */
export function rememberReadTimes(store: string, times: ReadTimes): void {
  try {
    fs.mkdirSync(path.dirname(fileIn(store)), { recursive: true })
    writeFileAtomic(fileIn(store), seal({ packs: Object.fromEntries(times) }), { sync: false })
  } catch {
    return
  }
}

function fileIn(store: string): string {
  return path.join(store, 'derived', 'read')
}
