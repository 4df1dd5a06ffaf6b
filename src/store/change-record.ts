// Small sealed records of a store that several may change at once.
import { DvError } from '../base/index.js'
import type { Storage } from '../storage/index.js'

const ATTEMPTS = 64

export interface RecordKind<T> {
  key: string
  /** For messages: 'record of promises'. */
  what: string
  /** Undefined: there is no record. */
  decode(bytes: Uint8Array | undefined): T
  encode(value: T): Buffer
}

/** Changes a record by compare-and-swap, again after every lost race. `change` returns the same value to leave it. */
export async function changeRecord<T>(
  storage: Storage,
  { key, what, decode, encode }: RecordKind<T>,
  change: (value: T) => T,
): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const stored = await storage.read(key)
    const now = decode(stored?.bytes)
    const next = change(now)
    if (next === now) return now
    if ((await storage.compareAndSwap(key, stored?.version, encode(next))) !== undefined) return next
    await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(200, 2 ** attempt)))
  }
  const { location } = storage.properties
  throw new DvError('DV_REF_MOVED', `The ${what} of '${location}' is changed by others all the time`, {
    hint: 'try again in a moment',
  })
}
