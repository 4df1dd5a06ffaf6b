// Compare-and-swap on servers that ignore conditions: whoever writes a mutable name first gets it for himself alone.
// The rules, and what they rest on: spec/13-transfer.md, "Leases"
import { DvError, randomHex } from '../base/index.js'
import { forward } from './forward.js'
import type { Storage } from './port.js'
import { isTransient } from './transient.js'

/** After so long, by the server's clock, a claim counts no more: its owner is dead, or has given up long ago. */
const EXPIRY_MS = 60_000
/** After so long since it was put, by his own clock, nobody begins to write on a claim. */
const HOLD_MS = 15_000

export interface LeaseOptions {
  expiryMs?: number
  holdMs?: number
  /** How long somebody waits for his turn. */
  patienceMs?: number
  pollMs?: number
}

/** `storage` must show at once what was put and deleted, in its listings too, with the server's time of each. */
export function leased(storage: Storage, options: LeaseOptions = {}): Storage {
  return {
    ...forward(storage),
    async put(name, bytes) {
      // All other names are random: nobody else puts them.
      if (name.includes('/')) return await storage.put(name, bytes)
      const isTaken = async () => (await storage.size(name)) !== undefined
      const claim = await acquire(storage, name, { ...options, isLost: isTaken })
      if (claim) await withdrawn(claim, storage.put(name, bytes))
    },
    async compareAndSwap(name, expected, bytes) {
      const isOther = async () => (await storage.read(name))?.version !== expected
      const claim = await acquire(storage, name, { ...options, isLost: isOther })
      if (!claim) return undefined
      try {
        return await withdrawn(claim, await storage.compareAndSwap(name, expected, bytes))
      } catch (error) {
        // It may still be underway: the claim stays, so that nobody writes before it has arrived or never will.
        if (isTransient(error) && error.data['notSent'] !== true) throw error
        return await withdrawn(claim, Promise.reject(error))
      }
    },
  }
}

interface Claim {
  /** Whether there is time left to write. */
  isFresh(): boolean
  withdraw(): Promise<void>
}

async function withdrawn<T>(claim: Claim, outcome: T | Promise<T>): Promise<T> {
  try {
    return await outcome
  } finally {
    await claim.withdraw()
  }
}

interface Wanted extends LeaseOptions {
  /** Whether there is nothing left to write: somebody else has. */
  isLost: () => Promise<boolean>
}

/** A claim that was alone when it was looked at after it was put: of two that are put, one sees the other. Undefined
 * when nothing is left to write. */
async function acquire(storage: Storage, name: string, wanted: Wanted): Promise<Claim | undefined> {
  const { expiryMs = EXPIRY_MS, holdMs = HOLD_MS, patienceMs = 3 * EXPIRY_MS, pollMs = 50, isLost } = wanted
  const end = performance.now() + patienceMs
  for (let tries = 0; ; tries++) {
    const own = randomHex(16)
    const object = `leases/${name}/${own}`
    const until = performance.now() + holdMs
    const claim: Claim = { isFresh: () => performance.now() < until, withdraw: () => storage.delete(object) }
    await storage.put(object, Buffer.alloc(0))
    let lost = false
    try {
      // The first of all waits where it is, the others come again: so one gets on, always.
      for (let first = true; first && claim.isFresh();) {
        const others = await livingClaims(storage, { name, own, expiryMs })
        lost = others.length === 0 && (await isLost())
        if (others.length === 0 && !lost && claim.isFresh()) return claim
        first = !lost && others.every((other) => own < other)
        if (first) await pause(pollMs)
      }
    } catch (error) {
      await claim.withdraw()
      throw error
    }
    await claim.withdraw()
    if (lost) return undefined
    if (performance.now() > end) throw neverAlone(name, storage)
    await pause(pollMs * 2 ** Math.min(tries, 6))
  }
}

/** Claims of others that have not expired; those that have are removed. */
async function livingClaims(
  storage: Storage,
  { name, own, expiryMs }: { name: string; own: string; expiryMs: number },
): Promise<string[]> {
  const prefix = `leases/${name}/`
  const claims = new Map<string, number>()
  for await (const { name: object, modified } of storage.list(prefix)) {
    const claim = object.slice(prefix.length)
    // Deeper ones are claims of another name.
    if (!claim.includes('/')) claims.set(claim, modified ?? NaN)
  }
  const now = claims.get(own)
  if (now === undefined || Number.isNaN(now)) throw unfit(name, storage)
  claims.delete(own)
  const expired = [...claims].filter(([, since]) => now - since > expiryMs).map(([claim]) => claim)
  for (const claim of expired) await storage.delete(prefix + claim)
  return [...claims.keys()].filter((claim) => !expired.includes(claim))
}

function neverAlone(name: string, { properties: { location } }: Storage): DvError {
  const message = `Others are writing '${name}' in '${location}' all the time`
  return new DvError('DV_LOCKED', message, { data: { name, location }, hint: 'repeat the command later' })
}

function unfit(name: string, { properties: { location } }: Storage): DvError {
  return new DvError(
    'DV_NO_CONDITIONAL_WRITES',
    `'${location}' has no conditional writes, and its listings lag, so that writers cannot take turns either`,
    { data: { name, location }, hint: 'use a service with conditional writes; reading from here is safe' },
  )
}

/** At random, so that those who waited together do not come together. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * ms))
}
