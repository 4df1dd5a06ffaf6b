// Carries out tasks, in a worker thread or, for little work, right here.
import { openDirectoryStorage } from '../storage/index.js'
import { ObjectStore } from '../store/index.js'
import { StoreRunner } from './store-runner.js'
import type { Deliver, RunnerOptions, Task, TaskResults } from './tasks.js'
import { WriteRunner } from './write-runner.js'

/** Decoded blocks a worker keeps: files are written in the order they were stored, so a few do. */
const CACHE_BYTES = 8 * 1024 * 1024

export interface Runner {
  run<T extends Task>(task: T): Promise<TaskResults[T['type']]>
  /** Drops what was stored and not finished. */
  abort(): void
}

export interface RunnerEnds {
  /** The store, where it is not to be opened here; its owner closes it. */
  store?: ObjectStore
  /** Takes packs of chunks instead of the store. */
  deliver?: Deliver
}

export function createRunner(options: RunnerOptions, ends: RunnerEnds = {}): Runner {
  const store =
    ends.store ?? new ObjectStore(openDirectoryStorage(options.storeRoot), { cacheBytes: CACHE_BYTES })
  const storer = new StoreRunner(options, store, ends.deliver)
  const writer = new WriteRunner(options, store)
  async function run(task: Task): Promise<TaskResults[Task['type']]> {
    switch (task.type) {
      case 'store':
        return storer.store(task)
      case 'hash':
        return storer.hash(task)
      case 'scan':
        return storer.scan(task)
      case 'chunks':
        return storer.chunks(task)
      case 'finish':
        return storer.finish()
      case 'write':
        return writer.write(task)
      case 'prepare':
        return writer.prepare(task)
      case 'fill':
        return writer.fill(task)
      case 'place':
        return writer.place(task)
    }
  }
  return {
    run: run as Runner['run'],
    abort() {
      storer.abort()
      if (!ends.store) store.storage.close()
    },
  }
}
