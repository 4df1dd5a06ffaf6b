// Paths with their stats, in order. A long walk is helped by threads, to which batches are given ahead; what they have
// no room for, and all of a short one, is done here. Memory is that of the batches ahead.
import { BATCH_PATHS, readStats, ROW } from './stat-rows.js'
import { StatThreads } from './stat-threads.js'

/** So many batches are done here before threads are started: they take as long to start. */
const BATCHES_BEFORE_THREADS = 16
const BATCHES_AHEAD = 48

/** A batch, with where its rows are: here, or in a thread's slot. */
interface Batch<T> {
  items: T[]
  rows?: BigInt64Array
  slot?: number
}

/** Items with the rows of their paths (stat-rows.ts), in batches. Throws for a path that may not be looked at. */
export function* statAhead<T extends { path: string }>(
  root: string,
  items: Iterable<T>,
): Generator<{ items: T[]; rows: BigInt64Array }> {
  const source = items[Symbol.iterator]()
  const queue: Batch<T>[] = []
  let threads: StatThreads | undefined
  let done = 0
  try {
    for (let next = takeBatch(source); next.length > 0 || queue.length > 0;) {
      const head = queue[0]
      const mayRead = next.length > 0 && queue.length < BATCHES_AHEAD
      if (mayRead && threads?.hasFreeSlot) {
        queue.push({ items: next, slot: threads.begin(next.map(({ path }) => path)) })
        next = takeBatch(source)
      } else if (head && (!mayRead || head.slot === undefined || threads!.isDone(head.slot))) {
        queue.shift()
        const rows = head.rows ?? threads!.take(head.slot!) ?? statHere(root, head.items)
        yield { items: head.items, rows }
      } else {
        queue.push({ items: next, rows: statHere(root, next) })
        if (++done === BATCHES_BEFORE_THREADS) threads = new StatThreads(root)
        next = takeBatch(source)
      }
    }
  } finally {
    threads?.close()
    source.return?.()
  }
}

function takeBatch<T>(source: Iterator<T>): T[] {
  const batch: T[] = []
  while (batch.length < BATCH_PATHS) {
    const { done, value } = source.next()
    if (done) break
    batch.push(value)
  }
  return batch
}

function statHere(root: string, items: readonly { path: string }[]): BigInt64Array {
  const rows = new BigInt64Array(items.length * ROW)
  readStats(
    root,
    items.map(({ path }) => path),
    rows,
  )
  return rows
}
