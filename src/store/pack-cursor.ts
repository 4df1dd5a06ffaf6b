// A place in a pack from which blocks are read one behind the other, as the files of a checkout want them: what is
// wanted next mostly lies next, and then neither the index nor the disk has to be asked.
import { corrupt, isDvError } from '../base/index.js'
import { type ChunkId, hashChunk, sameId } from '../hash/index.js'
import type { Row } from '../index/index.js'
import {
  type BlockHeader,
  blockLengthOf,
  BLOCK_STORED_MAX,
  decodeBlock,
  decodeBlockHeader,
  packKey,
} from '../pack/index.js'
import type { Storage } from '../storage/index.js'

/** How much is read at least and at most: the more, the longer blocks have been wanted in their order. */
const AHEAD_MIN = 64 * 1024
const AHEAD_MAX = 1024 * 1024

const NOTHING = new Uint8Array(0)

export class PackCursor {
  readonly #storage: Storage
  #pack = ''
  #packSize = 0
  /** Bytes of the pack from `#from` on. */
  #window: Uint8Array = NOTHING
  #from = 0
  #ahead = AHEAD_MIN
  /** The open block: where it begins in the pack, its items, the next of them and where that begins in `#raw`. */
  #block = -1
  #items: BlockHeader['items'] = []
  #raw: Uint8Array = NOTHING
  #item = 0
  #at = 0
  /** Where the block behind it begins, and its header once it was looked at: undefined when there is none. */
  #end = Infinity
  #following: BlockHeader | 'unread' | undefined

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** The next chunk, if it is the wanted one: its bytes say so. They stay as they are when the cursor moves on. */
  take(id: ChunkId, length: number): Uint8Array | undefined {
    if (this.#item === this.#items.length && !this.#openFollowing(length)) return undefined
    const item = this.#items[this.#item]
    if (item === undefined || item.length !== length || item.kind !== 'chunk') return undefined
    const bytes = this.#raw.subarray(this.#at, this.#at + length)
    if (!sameId(hashChunk(bytes), id)) return undefined
    this.#item++
    this.#at += length
    return bytes
  }

  /** Whether it stands in this block, or so short before it that it is on its way there. */
  reaches({ pack, blockOffset }: Pick<Row, 'pack' | 'blockOffset'>): boolean {
    return (
      pack === this.#pack &&
      (blockOffset === this.#block ||
        (blockOffset >= this.#end && blockOffset <= this.#from + this.#window.length + this.#ahead))
    )
  }

  /** Goes to a full copy. Throws DvErrors of reading and of damage; then it stands nowhere. */
  async moveTo(row: Row): Promise<void> {
    if (row.pack !== this.#pack || row.blockOffset !== this.#block) {
      if (row.blockLength > BLOCK_STORED_MAX) throw corrupt('a block is too long')
      await this.#read(row)
      const header = decodeBlockHeader(this.#window.subarray(row.blockOffset - this.#from))
      if (blockLengthOf(header) !== row.blockLength || header.bases.length > 0)
        throw corrupt('the index says something else of a block')
      this.#open(header, row.blockOffset)
    }
    this.#item = 0
    this.#at = 0
    while (this.#at < row.offset) this.#at += this.#items[this.#item++]?.length ?? Infinity
    if (this.#at > row.offset) this.#item = this.#items.length
  }

  /** Makes the window hold the block. */
  async #read(row: Row): Promise<void> {
    const { pack, blockOffset, blockLength } = row
    const goesOn = this.reaches(row)
    if (goesOn && blockOffset + blockLength <= this.#from + this.#window.length) return
    this.#forget()
    const name = packKey(pack)
    if (pack !== this.#pack) this.#packSize = (await this.#storage.size(name)) ?? 0
    this.#pack = pack
    this.#ahead = goesOn ? Math.min(2 * this.#ahead, AHEAD_MAX) : AHEAD_MIN
    const length = Math.max(blockLength, Math.min(this.#ahead, this.#packSize - blockOffset))
    this.#window = await this.#storage.get(name, { offset: blockOffset, length })
    this.#from = blockOffset
  }

  #forget(): void {
    this.#window = this.#raw = NOTHING
    this.#items = []
    this.#item = 0
    this.#block = -1
    this.#end = Infinity
    this.#following = undefined
  }

  /** Opens the block behind this one if it begins with a chunk of that length and was read already. */
  #openFollowing(length: number): boolean {
    if (this.#following === 'unread') this.#following = this.#headerAt(this.#end)
    const header = this.#following
    if (header === undefined || header.items[0]!.length !== length) return false
    try {
      this.#open(header, this.#end)
      return true
    } catch (error) {
      if (!isDvError(error)) throw error
      this.#following = undefined
      return false
    }
  }

  /** The header of a whole full block in the window. */
  #headerAt(offset: number): BlockHeader | undefined {
    const bytes = this.#window.subarray(offset - this.#from)
    try {
      const header = decodeBlockHeader(bytes)
      return header.bases.length === 0 && blockLengthOf(header) <= bytes.length ? header : undefined
    } catch (error) {
      // The window ends here, or the pack's last block was read.
      if (isDvError(error)) return undefined
      throw error
    }
  }

  #open(header: BlockHeader, offset: number): void {
    this.#raw = decodeBlock(this.#window.subarray(offset - this.#from), header)
    this.#items = header.items
    this.#item = 0
    this.#at = 0
    this.#block = offset
    this.#end = offset + blockLengthOf(header)
    this.#following = 'unread'
  }
}
