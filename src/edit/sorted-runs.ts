// Items put in order that need not fit into memory: what does not waits in sorted runs on disk, which are merged as they are
// read. They can be read as often as wanted.
import fs from 'node:fs'
import v8 from 'node:v8'
import { fromSystemError } from '../base/index.js'

/** About the bytes of memory that waiting items take. */
const HELD_BYTES = 32 * 1024 * 1024
const BATCH = 256

export interface SortedRunsOptions<T> {
  /** Gives a path for a new temporary file. */
  temporaryPath: () => string
  heldBytes?: number
  compare: (a: T, b: T) => number
  /** About the bytes that an item takes. */
  weigh: (item: T) => number
  /** What a batch is written as, when it is not structured data or less of it will do; and the reverse. */
  pack?: (batch: readonly T[]) => unknown
  unpack?: (packed: unknown) => T[]
}

/** Takes structured data in any order: it can be written and read back. `close` removes its files. */
export class SortedRuns<T> {
  readonly #options: SortedRunsOptions<T>
  readonly #runs: string[] = []
  #held: T[] = []
  #heldBytes = 0

  constructor(options: SortedRunsOptions<T>) {
    this.#options = options
  }

  /** How many runs lie on disk. */
  get runs(): number {
    return this.#runs.length
  }

  add(items: readonly T[]): void {
    for (const item of items) {
      this.#held.push(item)
      this.#heldBytes += this.#options.weigh(item)
    }
    if (this.#heldBytes >= (this.#options.heldBytes ?? HELD_BYTES)) this.#writeRun()
  }

  /** All that was added, in order. Nothing may be added afterwards. */
  sorted(): AsyncIterable<readonly T[]> {
    const { compare, unpack } = this.#options
    this.#held.sort(compare)
    const held = this.#held
    const runs = this.#runs
    const lists = () => [...runs.map((run) => readRun<T>(run, unpack)), batchesOf(held)]
    return { [Symbol.asyncIterator]: () => merged(lists(), compare) }
  }

  close(): void {
    for (const run of this.#runs.splice(0)) fs.rmSync(run, { force: true })
  }

  #writeRun(): void {
    const { temporaryPath, pack } = this.#options
    const path = temporaryPath()
    this.#runs.push(path)
    this.#held.sort(this.#options.compare)
    try {
      const fd = fs.openSync(path, 'wx')
      try {
        for (const batch of batchesOf(this.#held)) writeBatch(fd, pack ? pack(batch) : batch)
      } finally {
        fs.closeSync(fd)
      }
    } catch (error) {
      throw fromSystemError(error, 'write', path)
    }
    this.#held = []
    this.#heldBytes = 0
  }
}

function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH)
}

/** Its length in four bytes, then the changes as Node serialises data. */
function writeBatch(fd: number, batch: unknown): void {
  const bytes = v8.serialize(batch)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  fs.writevSync(fd, [length, bytes])
}

function* readRun<T>(path: string, unpack = (packed: unknown) => packed as T[]): Generator<readonly T[]> {
  const fd = fs.openSync(path, 'r')
  try {
    const length = Buffer.alloc(4)
    while (fs.readSync(fd, length) === length.length) {
      const bytes = Buffer.alloc(length.readUInt32LE())
      fs.readSync(fd, bytes)
      yield unpack(v8.deserialize(bytes))
    }
  } finally {
    fs.closeSync(fd)
  }
}

/** One of the lists, at its first item that was not taken yet. */
interface Head<T> {
  batches: Iterator<readonly T[]>
  batch: readonly T[]
  at: number
}

async function* merged<T>(
  lists: readonly Generator<readonly T[]>[],
  compare: (a: T, b: T) => number,
): AsyncGenerator<readonly T[]> {
  let heads = lists.map((batches): Head<T> => ({ batches, batch: [], at: 0 })).filter((head) => settle(head))
  try {
    let batch: T[] = []
    while (heads.length > 0) {
      const first = heads.reduce((least, head) =>
        compare(head.batch[head.at]!, least.batch[least.at]!) < 0 ? head : least,
      )
      batch.push(first.batch[first.at++]!)
      if (!settle(first)) heads = heads.filter((head) => head !== first)
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  } finally {
    for (const { batches } of heads) batches.return?.()
  }
}

/** Goes on to the next batch where one is done. False at the end of the list. */
function settle<T>(head: Head<T>): boolean {
  if (head.at < head.batch.length) return true
  const next = head.batches.next()
  if (next.done) return false
  head.batch = next.value
  head.at = 0
  return true
}
