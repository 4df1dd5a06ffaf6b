import { type Id, ID_BYTES } from '../hash/index.js'
import { sortedIds } from '../index/index.js'

/** Many lists stay short. */
const IDS_FIRST = 32

/** Ids gathered in flat memory. */
export class IdList {
  #bytes = Buffer.allocUnsafe(IDS_FIRST * ID_BYTES)
  #count = 0

  get count(): number {
    return this.#count
  }

  /** The id is copied. */
  add(id: Id): void {
    const at = this.#count++ * ID_BYTES
    if (at === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], at * 2)
    this.#bytes.set(id, at)
  }

  /** All of them in ascending order, none twice, one after the other. The list is empty then. */
  takeSorted(): Buffer {
    const ids = sortedIds(this.#bytes.subarray(0, this.#count * ID_BYTES))
    this.#count = 0
    return ids
  }
}
