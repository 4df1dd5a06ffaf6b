// Whether paths that come in their order are there: recorded, or files that a commit would record. The working directory is
// looked at from the first path on that is not recorded, side by side with them, so that memory does not grow.
import { comparePaths, isWithin } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import { lookupMany, summarize } from '../manifest/index.js'
import type { ObjectReader } from '../store/index.js'
import type { NewFiles } from './new-files.js'

export interface PresenceOptions {
  reader: ObjectReader
  /** What is recorded; undefined: nothing yet. */
  tree: ManifestId | undefined
  /** Absent: only what is recorded is there. */
  newFiles?: NewFiles
}

export class Presence {
  readonly #options: PresenceOptions
  #additions: AsyncGenerator<string> | undefined
  #next: string | undefined

  constructor(options: PresenceOptions) {
    this.#options = options
  }

  /** Of each path, all of them behind those that were asked for before. */
  async of(paths: readonly string[]): Promise<boolean[]> {
    const { reader, tree } = this.#options
    const entries = tree ? await lookupMany(reader, tree, paths) : []
    const are: boolean[] = []
    for (const [i, path] of paths.entries())
      are.push(entries[i] !== undefined || (await this.#isDirectory(path)) || (await this.#isNew(path)))
    return are
  }

  async close(): Promise<void> {
    await this.#additions?.return(undefined)
  }

  async #isDirectory(path: string): Promise<boolean> {
    const { reader, tree } = this.#options
    return tree !== undefined && (await summarize(reader, tree, path)).entries > 0
  }

  async #isNew(path: string): Promise<boolean> {
    const { newFiles } = this.#options
    if (!newFiles) return false
    if (!this.#additions) {
      this.#additions = singly(newFiles())
      await this.#advance()
    }
    while (this.#next !== undefined && comparePaths(this.#next, path) < 0) await this.#advance()
    return this.#next !== undefined && isWithin(this.#next, path)
  }

  async #advance(): Promise<void> {
    const next = await this.#additions!.next()
    this.#next = next.done ? undefined : next.value
  }
}

async function* singly(batches: AsyncIterable<readonly string[]>): AsyncGenerator<string> {
  for await (const batch of batches) yield* batch
}
