// The entry of a thread of Copiers.
import { parentPort, workerData } from 'node:worker_threads'
import { isDvError, toPlainError } from '../base/index.js'
import { openDirectoryStorage } from '../storage/index.js'
import { ObjectStore } from '../store/index.js'
import { bringPack, type PackOrder } from './bring-pack.js'
import type { ThreadAnswer, ThreadStart } from './copiers.js'

/** Decoded bases of deltas. */
const CACHE_BYTES = 8 * 1024 * 1024

const port = parentPort!
const { sourceRoot, targetRoot } = workerData as ThreadStart
const source = new ObjectStore(openDirectoryStorage(sourceRoot, { readOnly: true }), {
  cacheBytes: CACHE_BYTES,
})
const target = openDirectoryStorage(targetRoot)

port.on('message', async (order: PackOrder) => port.postMessage(await answer(order)))

async function answer(order: PackOrder): Promise<ThreadAnswer> {
  try {
    return { brought: await bringPack({ source, target }, order) }
  } catch (error) {
    if (isDvError(error)) return { error: toPlainError(error) }
    return { crash: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
