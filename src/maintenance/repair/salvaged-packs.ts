// Packs for what is found whole in a damaged one. A pack that somebody made may hold items by the hundred million, and blocks
// that overlap: no new one takes more than a writer would give it, so that its rows have room in memory.
import type { SegmentRef } from '../../index/index.js'
import type { PackKind } from '../../pack/index.js'
import type { Storage } from '../../storage/index.js'
import { PackBuilder } from '../../store/index.js'

/** What writers put into one pack at most (spec/05-packs.md): what they made becomes one again. */
export const PACK_ROWS_MAX = 256 * 1024
const PACK_BYTES_MAX = 128 * 1024 * 1024

/** Must be ended, or aborted after an error. */
export class SalvagedPacks {
  /** Packs that lie in the store and that nothing names yet. */
  readonly refs: SegmentRef[] = []
  readonly #storage: Storage
  readonly #kind: PackKind
  #open: PackBuilder | undefined

  constructor(storage: Storage, kind: PackKind) {
    this.#storage = storage
    this.#kind = kind
  }

  /** The pack that takes what is found next. */
  get open(): PackBuilder {
    this.#open ??= new PackBuilder(this.#storage.temporaryPath(), this.#kind)
    return this.#open
  }

  /** To be called behind each block. */
  async endIfFull(): Promise<void> {
    if (this.open.rows >= PACK_ROWS_MAX || this.open.length >= PACK_BYTES_MAX) await this.end()
  }

  async end(): Promise<void> {
    const pack = this.open
    if (pack.rows === 0) return this.abort()
    const { ref, path } = pack.finish()
    this.#open = undefined
    await this.#storage.putFile(ref.key, path)
    this.refs.push(ref)
  }

  abort(): void {
    this.#open?.abort()
    this.#open = undefined
  }
}
