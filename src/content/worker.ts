// The entry of a worker thread: one task at a time, in order.
import { parentPort, workerData } from 'node:worker_threads'
import { DvError, toPlainError } from '../base/index.js'
import { type Delivered, Deliveries } from './deliveries.js'
import { createRunner } from './runner.js'
import type { RunnerOptions, Task } from './tasks.js'

const port = parentPort!
const options = workerData as RunnerOptions
const deliveries = new Deliveries(port)
const runner = createRunner(options, options.delivers ? { deliver: (pack) => deliveries.send(pack) } : {})
let queue: Promise<void> = Promise.resolve()

port.on('message', (message: { id: number; task: Task | undefined } | Delivered) => {
  // Not in turn: the task under way waits for it.
  if ('delivery' in message) deliveries.settle(message)
  else queue = queue.then(() => answer(message.id, message.task))
})

async function answer(id: number, task: Task | undefined): Promise<void> {
  if (!task) {
    runner.abort()
    port.close()
    return
  }
  try {
    port.postMessage({ id, result: await runner.run(task) })
  } catch (error) {
    if (error instanceof DvError) port.postMessage({ id, error: toPlainError(error) })
    else
      port.postMessage({ id, crash: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}
