// Some items of an ordered stream need slow work, which is done ahead and side by side; all come out in order. Memory is
// that of the items the work is ahead by.

/** An item, with the result of its work: undefined when there was none to do, or the work left it out. */
export interface Worked<S, R> {
  item: S
  waited: boolean
  result: R | undefined
}

export interface Stage<S, J, R> {
  /** What is to be done for an item; undefined: nothing. */
  job(item: S): J | undefined
  /** Does it. Results come in the order of jobs; some may be left out. */
  work(jobs: AsyncIterable<J>): AsyncIterable<readonly R[]>
  isOf(result: R, item: S): boolean
}

interface Slot<S, J> {
  item: S
  job: J | undefined
}

/** So many batches without work in a row are not held back. */
const IDLE_BATCHES = 16

export async function* throughWork<S, J, R>(
  batches: AsyncIterable<readonly S[]>,
  stage: Stage<S, J, R>,
): AsyncGenerator<Worked<S, R>[]> {
  const source = batches[Symbol.asyncIterator]()
  const slotsOf = (items: readonly S[]) => items.map((item) => ({ item, job: stage.job(item) }))
  try {
    let next = await source.next()
    while (!next.done) {
      const first = slotsOf(next.value)
      if (first.every(isIdle)) {
        yield first.map(settled)
        next = await source.next()
        continue
      }
      const queue = new Queue<S, J, R>(stage)
      const jobs = async function* (): AsyncGenerator<J> {
        for (let batch = first, idle = 0; idle < IDLE_BATCHES; batch = slotsOf(next.value)) {
          idle = batch.every(isIdle) ? idle + 1 : 0
          queue.add(batch)
          for (const { job } of batch) if (job !== undefined) yield job
          next = await source.next()
          if (next.done) return
        }
      }
      for await (const results of stage.work(jobs())) {
        const ready = results.flatMap((result) => queue.takeTo(result))
        if (ready.length > 0) yield ready
      }
      yield queue.takeAll()
    }
  } finally {
    await source.return?.()
  }
}

function isIdle({ job }: { job: unknown }): boolean {
  return job === undefined
}

function settled<S, J>({ item, job }: Slot<S, J>): Worked<S, never> {
  return { item, waited: job !== undefined, result: undefined }
}

/** Items whose turn has not come. */
class Queue<S, J, R> {
  readonly #stage: Stage<S, J, R>
  #slots: Slot<S, J>[] = []
  #taken = 0

  constructor(stage: Stage<S, J, R>) {
    this.#stage = stage
  }

  add(slots: readonly Slot<S, J>[]): void {
    this.#slots = this.#slots.slice(this.#taken)
    this.#taken = 0
    for (const slot of slots) this.#slots.push(slot)
  }

  /** All up to the item that `result` is of, with it. */
  takeTo(result: R): Worked<S, R>[] {
    const ready: Worked<S, R>[] = []
    while (this.#taken < this.#slots.length) {
      const slot = this.#slots[this.#taken++]!
      const isIt = slot.job !== undefined && this.#stage.isOf(result, slot.item)
      ready.push(isIt ? { item: slot.item, waited: true, result } : settled(slot))
      if (isIt) break
    }
    return ready
  }

  takeAll(): Worked<S, R>[] {
    return this.#slots.splice(0).slice(this.#taken).map(settled)
  }
}
