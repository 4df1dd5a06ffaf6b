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
      const claim = await acquire(storage, name, options)
      const isFree = (await storage.size(name)) === undefined && claim.isFresh()
      await withdrawn(claim, isFree ? storage.put(name, bytes) : undefined)
    },
    async compareAndSwap(name, expected, bytes) {
      const claim = await acquire(storage, name, options)
      const version = (await storage.read(name))?.version
      if (version !== expected || !claim.isFresh()) return await withdrawn(claim, undefined)
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

/** A claim that was alone when it was looked at after it was put: of two that are put, one sees the other. */
async function acquire(storage: Storage, name: string, options: LeaseOptions): Promise<Claim> {
  const { expiryMs = EXPIRY_MS, holdMs = HOLD_MS, patienceMs = 3 * EXPIRY_MS, pollMs = 50 } = options
  const end = performance.now() + patienceMs
  for (let tries = 0; ; tries++) {
    const own = randomHex(16)
    const object = `leases/${name}/${own}`
    const until = performance.now() + holdMs
    const claim: Claim = { isFresh: () => performance.now() < until, withdraw: () => storage.delete(object) }
    await storage.put(object, Buffer.alloc(0))
    try {
      // The first of all waits where it is, the others come again: so one gets on, always.
      for (let first = true; first && claim.isFresh();) {
        const others = await livingClaims(storage, { name, own, expiryMs })
        if (others.length === 0) return claim
        first = others.every((other) => own < other)
        if (first) await pause(pollMs)
      }
    } catch (error) {
      await claim.withdraw()
      throw error
    }
    await claim.withdraw()
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
