/** A binary heap: `pop` gives the item that `before` orders first, among equals the one pushed first. */
export class PriorityQueue<T> {
  readonly #before: (a: T, b: T) => boolean
  readonly #items: { value: T; turn: number }[] = []
  #turns = 0

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
  }

  get size(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]?.value
  }

  push(value: T): void {
    const items = this.#items
    let at = items.length
    const item = { value, turn: this.#turns++ }
    items.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#first(item, items[parent]!)) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = item
  }

  pop(): T | undefined {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (top === undefined || last === undefined) return undefined
    if (items.length > 0) this.#sink(last)
    return top.value
  }

  #sink(item: { value: T; turn: number }): void {
    const items = this.#items
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && this.#first(items[child + 1]!, items[child]!)) child++
      if (!this.#first(items[child]!, item)) break
      items[at] = items[child]!
      at = child
    }
    items[at] = item
  }

  #first(a: { value: T; turn: number }, b: { value: T; turn: number }): boolean {
    if (this.#before(a.value, b.value)) return true
    return !this.#before(b.value, a.value) && a.turn < b.turn
  }
}
