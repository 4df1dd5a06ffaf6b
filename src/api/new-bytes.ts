// How many bytes of a comparison of two commits are really new.
//
// Counted are the chunks of added, modified and renamed files' new versions, each once, that no deleted, modified or
// renamed file's old version has. Files of more than 8 chunks that were modified are compared with their own old
// version only, by the recipe nodes that differ. So the cost is that of the change; and a file that is a copy of an
// unchanged one counts as new, because the unchanged ones are not looked at.
import { changedRanges, sameContent, type TreeChange } from '../diff/index.js'
import { idKey } from '../hash/index.js'
import { type Entry, type FileEntry, isFile } from '../objects/index.js'
import { iterChunks } from '../recipe/index.js'
import type { ObjectReader } from '../store/index.js'

/** Distinct chunks remembered on either side; beyond, what moved counts as new. Keeps memory below about 100 MB. */
const CHUNKS_MAX = 262_144

export class NewBytes {
  readonly #reader: ObjectReader
  readonly #old = new Set<string>()
  readonly #new = new Map<string, number>()
  #bytes = 0

  constructor(reader: ObjectReader) {
    this.#reader = reader
  }

  async add({ before, after }: TreeChange): Promise<void> {
    const was = await this.#readable(before)
    const is = await this.#readable(after)
    if (was && is && sameContent(was, is)) return
    if (was && is && (was.recipe.form === 'tree' || is.recipe.form === 'tree')) {
      this.#bytes += (await changedRanges(this.#reader, was, is)).newBytes
      return
    }
    if (was) await this.#addOld(was)
    if (is) await this.#addNew(is)
  }

  /** A file that was purged brought no bytes, and has none. */
  async #readable(entry: Entry | undefined): Promise<FileEntry | undefined> {
    if (!entry || !isFile(entry)) return undefined
    return (await this.#reader.purged()).has(entry.content) ? undefined : entry
  }

  async #addOld(file: FileEntry): Promise<void> {
    for await (const batch of iterChunks(this.#reader, file)) {
      for (const { id } of batch) {
        if (this.#old.size >= CHUNKS_MAX) return
        this.#old.add(idKey(id))
      }
    }
  }

  async #addNew(file: FileEntry): Promise<void> {
    for await (const batch of iterChunks(this.#reader, file)) {
      for (const { id, length } of batch) {
        if (this.#new.size < CHUNKS_MAX) this.#new.set(idKey(id), length)
        else this.#bytes += length
      }
    }
  }

  /** The sum once all changes were added. */
  total(): number {
    let bytes = this.#bytes
    for (const [key, length] of this.#new) if (!this.#old.has(key)) bytes += length
    return bytes
  }
}
