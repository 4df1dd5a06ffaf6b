// The entry of a thread of Copiers.
import { parentPort, workerData } from 'node:worker_threads'
import { DvError, isDvError, toPlainError } from '../base/index.js'
import { toHex } from '../hash/index.js'
import { openDirectoryStorage } from '../storage/index.js'
import { ObjectStore } from '../store/index.js'
import { type BroughtPack, bringPack, type OwnBytes } from './bring-pack.js'
import type { ThreadAnswer, ThreadOrder, ThreadStart } from './copiers.js'
import type { BlockSource } from './open-block.js'

/** Decoded bases of deltas. */
const CACHE_BYTES = 8 * 1024 * 1024

const port = parentPort!
const { sourceRoot, targetRoot, location } = workerData as ThreadStart
const source = sourceRoot === undefined ? undefined : openDirectoryStorage(sourceRoot, { readOnly: true })
const target = targetRoot === undefined ? undefined : openDirectoryStorage(targetRoot)
const bases = basesOf(source ?? target)

port.on('message', async (order: ThreadOrder) => {
  const reply = await answer(order)
  const bytes = 'brought' in reply ? bytesOf(reply.brought) : undefined
  port.postMessage(reply, bytes ? [bytes.buffer] : [])
})

async function answer({ order, way }: ThreadOrder): Promise<ThreadAnswer> {
  try {
    return { brought: await bringPack({ source: source!, target: target!, bases }, order, way) }
  } catch (error) {
    if (isDvError(error)) return { error: toPlainError(error) }
    return { crash: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

function bytesOf(brought: BroughtPack | undefined): OwnBytes | undefined {
  return brought && 'bytes' in brought.content ? brought.content.bytes : undefined
}

/** What comes from afar may stand on what is here already. */
function basesOf(storage: ReturnType<typeof openDirectoryStorage> | undefined): BlockSource {
  const store = storage && new ObjectStore(storage, { cacheBytes: CACHE_BYTES })
  return {
    location,
    async readFullCopy(kind, id) {
      if (store) return store.readFullCopy(kind, id)
      throw new DvError('DV_MISSING_OBJECT', `The ${kind} '${toHex(id)}' is in no folder`)
    },
  }
}
