// What stands between dv and the adapter of any server: requests wait for their turn, what may be repeated is, and a swap
// whose answer was lost finds out what became of it.
import { limited } from './limited.js'
import type { RetryOptions } from './patience.js'
import type { Storage } from './port.js'
import { retrying } from './retrying.js'
import { versioned } from './versioned.js'

export function overNetwork(adapter: Storage, retries: RetryOptions = {}): Storage {
  return versioned(retrying(limited(adapter), retries), retries)
}
