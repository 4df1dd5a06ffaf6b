// The entry of a thread that makes segments of the documents it is sent.
import { parentPort, workerData } from 'node:worker_threads'
import { DvError, type PlainError, toPlainError } from '../base/index.js'
import type { BuildLimits } from './builders.js'
import { readBatch } from './document-batch.js'
import { makeFile } from './make-file.js'
import { SegmentBuilder } from './segment-builder.js'

/** Documents of the segment under way, or the file that it goes to. */
export type Order = { batch: Uint8Array } | { file: string }
/** One for each order; `isFull`: the segment has as many documents as it should. */
export type Done = { isFull: boolean } | { error: PlainError } | { crash: string }

const port = parentPort!
const { words } = workerData as BuildLimits
let builder = new SegmentBuilder()
let queue = Promise.resolve()

port.on('message', (order: Order) => (queue = queue.then(() => answer(order))))

async function answer(order: Order): Promise<void> {
  port.postMessage(await carryOut(order))
}

async function carryOut(order: Order): Promise<Done> {
  try {
    if ('batch' in order) for (const document of readBatch(order.batch)) builder.add(document)
    else {
      await makeFile(order.file, (descriptor) => builder.write(descriptor))
      builder = new SegmentBuilder()
    }
    // Each document has some bytes, if it has no words.
    return { isFull: builder.words >= words || builder.docs >= words / 8 }
  } catch (error) {
    if (error instanceof DvError) return { error: toPlainError(error) }
    return { crash: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
