// What stands between dv and the adapter of any server: requests wait for their turn, what may be repeated is, writers
// keep out of each other's way, and a swap whose answer was lost finds out what became of it.
import { limited } from './limited.js'
import type { RetryOptions } from './patience.js'
import type { Storage } from './port.js'
import { retrying } from './retrying.js'
import { versioned } from './versioned.js'
import { safeWrites, type WriteOptions } from './writes.js'

export interface NetworkOptions extends WriteOptions {
  retries?: RetryOptions
}

export function overNetwork(adapter: Storage, { retries = {}, ...writing }: NetworkOptions = {}): Storage {
  const storage = repeated(adapter, retries)
  return versioned(adapter.properties.readOnly ? storage : safeWrites(storage, writing), retries)
}

/** The server as it is, for who wants to know how it behaves: swaps are its own, of plain bytes. */
export function repeated(adapter: Storage, retries: RetryOptions = {}): Storage {
  return retrying(limited(adapter), retries)
}
