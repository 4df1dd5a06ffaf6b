// The keys of the node that is being built at one level: appended one by one, in order, and encoded when it ends.
import { Writer } from '../codec/index.js'
import { hashKey, keyProblem, unsafePath, writeKey } from './keys.js'
import { endsNode, type ManifestParams } from './params.js'

/** Keeps the last key of the node before, so that order holds across nodes too. */
export class KeyRun {
  readonly #level: number
  readonly #params: ManifestParams
  #bytes = Buffer.allocUnsafe(16 * 1024)
  /** Ends of the keys; the first is the end of the node before's last key, which stands at 0. */
  readonly #ends: Uint32Array
  readonly #shared: Uint16Array
  /** Items so far. */
  count = 0
  /** Whether the last key lies below the one before it. */
  nested = false
  #any = false

  constructor(level: number, params: ManifestParams) {
    this.#level = level
    this.#params = params
    this.#ends = new Uint32Array(params.maxItems + 1)
    this.#shared = new Uint16Array(params.maxItems)
  }

  /** Appends a path's key. True when the node ends with it. */
  appendPath(path: string): boolean {
    const start = this.#room(path.length * 3)
    const end = writeKey(this.#bytes, start, path)
    const problem = keyProblem(this.#bytes, { start, end })
    if (problem !== undefined) throw unsafePath(path, problem)
    return this.#append(start, end)
  }

  /** Appends a key that is known to be sound. True when the node ends with it. */
  appendKey(source: Uint8Array, from: number, to: number): boolean {
    const start = this.#room(to - from)
    const bytes = this.#bytes
    for (let i = from; i < to; i++) bytes[start + i - from] = source[i]!
    return this.#append(start, start + to - from)
  }

  #room(count: number): number {
    const start = this.#ends[this.count]!
    if (start + count > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, start + count))
      this.#bytes.copy(grown, 0, 0, start)
      this.#bytes = grown
    }
    return start
  }

  #append(start: number, end: number): boolean {
    const bytes = this.#bytes
    const before = this.count > 0 ? this.#ends[this.count - 1]! : 0
    const length = start - before
    const limit = Math.min(length, end - start)
    let shared = 0
    while (shared < limit && bytes[before + shared] === bytes[start + shared]) shared++
    const ascends =
      shared < end - start && (shared === length || bytes[start + shared]! > bytes[before + shared]!)
    if (!ascends && this.#any) throw new TypeError('manifest paths must be in ascending order, each once')
    this.nested = this.#any && shared === length && bytes[start + shared] === 0
    this.#any = true
    this.#shared[this.count] = this.count === 0 ? 0 : shared
    this.#ends[++this.count] = end
    const hash = hashKey(bytes, start, end, this.#level)
    return endsNode(this.#params, this.count, end - this.#ends[0]!, hash)
  }

  /** The last key, as a view that stays valid until the next append. */
  last(): Buffer {
    return this.#bytes.subarray(this.count > 0 ? this.#ends[this.count - 1] : 0, this.#ends[this.count])
  }

  /** The key before the last one, be it of this node or of the node before. */
  beforeLast(): Buffer {
    return this.#bytes.subarray(this.count > 1 ? this.#ends[this.count - 2] : 0, this.#ends[this.count - 1])
  }

  /** Begins the next node behind the last key. */
  restart(): void {
    this.follow(this.last())
  }

  /** Begins the next node behind `key`, the last key of a node taken over as it is. */
  follow(key: Uint8Array): void {
    this.count = 0
    this.#ends[0] = 0
    this.#room(key.length)
    this.#bytes.set(key, 0)
    this.#ends[0] = key.length
    this.#any = true
  }

  /** Writes the three key columns: shared lengths, suffix lengths, suffixes. */
  encode(writer: Writer): void {
    let total = 0
    for (let i = 0; i < this.count; i++) writer.varint(this.#shared[i]!)
    for (let i = 0; i < this.count; i++) {
      const length = this.#ends[i + 1]! - this.#ends[i]! - this.#shared[i]!
      writer.varint(length)
      total += length
    }
    const suffixes = Buffer.allocUnsafe(total)
    let at = 0
    for (let i = 0; i < this.count; i++) {
      const end = this.#ends[i + 1]!
      for (let from = this.#ends[i]! + this.#shared[i]!; from < end; from++)
        suffixes[at++] = this.#bytes[from]!
    }
    writer.raw(suffixes)
  }
}
