// The entry of a worker thread: one task at a time, in order.
import { parentPort, workerData } from 'node:worker_threads'
import { DvError, toPlainError } from '../base/index.js'
import { createRunner } from './runner.js'
import type { RunnerOptions, Task } from './tasks.js'

const port = parentPort!
const runner = createRunner(workerData as RunnerOptions)
let queue: Promise<void> = Promise.resolve()

port.on('message', ({ id, task }: { id: number; task: Task | undefined }) => {
  queue = queue.then(() => answer(id, task))
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
