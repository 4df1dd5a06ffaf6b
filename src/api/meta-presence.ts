// Whether paths that come in their order are there: recorded, or files that a commit would record. The working directory is
// looked at from the first path on that is not recorded, side by side with them, so that memory does not grow.
import { comparePaths, isWithin } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import { lookupMany, summarize } from '../manifest/index.js'
import { workingChanges } from '../workspace/index.js'
import { type Context, workTree } from './context.js'

export class Presence {
  readonly #context: Context
  readonly #tree: ManifestId | undefined
  readonly #signal: AbortSignal | undefined
  #additions: AsyncGenerator<string> | undefined
  #next: string | undefined

  constructor(context: Context, tree: ManifestId | undefined, signal: AbortSignal | undefined) {
    this.#context = context
    this.#tree = tree
    this.#signal = signal
  }

  /** Of each path, all of them behind those that were asked for before. */
  async of(paths: readonly string[]): Promise<boolean[]> {
    const { store } = this.#context
    const entries = this.#tree ? await lookupMany(store, this.#tree, paths) : []
    const are: boolean[] = []
    for (const [i, path] of paths.entries())
      are.push(entries[i] !== undefined || (await this.#isDirectory(path)) || (await this.#isNew(path)))
    return are
  }

  async close(): Promise<void> {
    await this.#additions?.return(undefined)
  }

  async #isDirectory(path: string): Promise<boolean> {
    return this.#tree !== undefined && (await summarize(this.#context.store, this.#tree, path)).entries > 0
  }

  async #isNew(path: string): Promise<boolean> {
    if (!this.#additions) {
      this.#additions = additions(this.#context, this.#tree, this.#signal)
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

async function* additions(
  context: Context,
  tree: ManifestId | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  for await (const batch of workingChanges(workTree(context), tree, signal ? { signal } : {}))
    for (const { path, type } of batch) if (type === 'added') yield path
}
