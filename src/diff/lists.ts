// Two lists of chunks side by side. At the first difference both are read ahead until they meet again, so memory is
// bounded by the read-ahead, whatever the length. The lists may just as well be of recipe nodes.
import { idKey, sameId, type Id } from '../hash/index.js'

export interface Item {
  id: Id
  /** Bytes. */
  length: number
}

export type ItemBatches = AsyncIterable<readonly Item[]>

/** Items of one list, the first of them at `offset`. */
export interface Stretch {
  offset: number
  items: readonly Item[]
}

/** Items read ahead on either side before a stretch counts as rewritten. */
export const READ_AHEAD_MAX = 65_536

/** The stretches in which two lists differ, in ascending order. */
export async function* compareLists(
  before: ItemBatches,
  after: ItemBatches,
  readAhead = READ_AHEAD_MAX,
): AsyncGenerator<{ before: Stretch; after: Stretch }> {
  const a = new Feed(before)
  const b = new Feed(after)
  try {
    for (;;) {
      const x = a.at(0) ?? (await a.read(0))
      const y = b.at(0) ?? (await b.read(0))
      if (x === undefined && y === undefined) return
      if (x !== undefined && y !== undefined && sameId(x.id, y.id)) {
        a.drop(1)
        b.drop(1)
        continue
      }
      const [i, j] = await meet(a, b, readAhead)
      yield { before: { offset: a.offset, items: a.drop(i) }, after: { offset: b.offset, items: b.drop(j) } }
    }
  } finally {
    await Promise.all([a.close(), b.close()])
  }
}

/** How many items each side is ahead of the nearest place where both go on with the same item. */
async function meet(a: Feed, b: Feed, readAhead: number): Promise<[number, number]> {
  const inA = new Map<string, number>()
  const inB = new Map<string, number>()
  for (let at = 0; at < readAhead; at++) {
    const x = a.at(at) ?? (await a.read(at))
    const y = b.at(at) ?? (await b.read(at))
    if (x === undefined && y === undefined) return [a.ready, b.ready]
    if (x !== undefined) first(inA, idKey(x.id), at)
    if (y !== undefined) first(inB, idKey(y.id), at)
    const ofX = x && inB.get(idKey(x.id))
    const ofY = y && inA.get(idKey(y.id))
    if (ofX !== undefined && (ofY === undefined || ofX <= ofY)) return [at, ofX]
    if (ofY !== undefined) return [ofY, at]
  }
  return [Math.min(a.ready, readAhead), Math.min(b.ready, readAhead)]
}

function first(map: Map<string, number>, key: string, at: number): void {
  if (!map.has(key)) map.set(key, at)
}

/** Chunks read but not yet passed. */
class Feed {
  readonly #source: AsyncIterator<readonly Item[]>
  #queue: Item[] = []
  #head = 0
  #done = false
  /** Bytes passed. */
  offset = 0

  constructor(source: ItemBatches) {
    this.#source = source[Symbol.asyncIterator]()
  }

  get ready(): number {
    return this.#queue.length - this.#head
  }

  /** The item so many ahead, if it has been read. */
  at(ahead: number): Item | undefined {
    return this.#queue[this.#head + ahead]
  }

  async read(ahead: number): Promise<Item | undefined> {
    while (this.ready <= ahead && !this.#done) {
      const { value, done } = await this.#source.next()
      if (done) this.#done = true
      else for (const item of value) this.#queue.push(item)
    }
    return this.at(ahead)
  }

  drop(count: number): Item[] {
    const passed = this.#queue.slice(this.#head, this.#head + count)
    this.#head += count
    for (const { length } of passed) this.offset += length
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
    return passed
  }

  async close(): Promise<void> {
    if (!this.#done) await this.#source.return?.()
  }
}
