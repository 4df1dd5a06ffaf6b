// The prebuilt binding gives memory back only after a garbage collection *and* a turn of the event loop, and V8 does
// not see that memory, so it does not collect for it: 2,000 blocks of 128 KiB in one loop held 600 MB. Whoever
// compresses or decompresses in a loop therefore asks here, block by block.
import { load } from '../base/index.js'

const HELD_MAX = 16 * 1024 * 1024

let held = 0
let collect: ((options: { type: 'minor' }) => void) | undefined

/** Notes that the binding now holds about `bytes` more. */
export function holdMemory(bytes: number): void {
  held += bytes
}

/** A promise to wait for when the binding holds too much memory, else undefined: in a loop over blocks,
 * `const pause = reclaimZstdMemory(); if (pause) await pause`. */
export function reclaimZstdMemory(): Promise<void> | undefined {
  if (held < HELD_MAX) return undefined
  held = 0
  collect ??= exposeCollector()
  collect({ type: 'minor' })
  return new Promise((resolve) => setImmediate(resolve))
}

function exposeCollector(): (options: { type: 'minor' }) => void {
  load<typeof import('node:v8')>('node:v8').setFlagsFromString('--expose-gc')
  return load<typeof import('node:vm')>('node:vm').runInNewContext('gc') as (options: {
    type: 'minor'
  }) => void
}
