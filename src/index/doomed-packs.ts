// Which packs collections under way may take or rewrite. A record never changes, so each is read once.
import { isDvError } from '../base/index.js'
import { packKey } from '../pack/index.js'
import type { Storage } from '../storage/index.js'
import { type Collection, readTombstone } from './collections.js'

const NAME_AT = packKey('').length

export class DoomedPacks {
  readonly #storage: Storage
  readonly #records = new Map<string, readonly string[]>()

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** `lacking`: collections whose record is not there: they ended, and the root they were read from is an old one. What is
   * being deleted is named by no root, so that nobody meets it. */
  async of(collections: readonly Collection[]): Promise<{ packs: ReadonlySet<string>; lacking: number }> {
    const packs = new Set<string>()
    let lacking = 0
    for (const { id, state } of collections) {
      if (state !== 'marked') continue
      const listed = await this.#listedBy(id)
      if (!listed) lacking++
      for (const name of listed ?? []) packs.add(name)
    }
    return { packs, lacking }
  }

  async #listedBy(id: string): Promise<readonly string[] | undefined> {
    let listed = this.#records.get(id)
    if (listed) return listed
    try {
      const objects = await readTombstone(this.#storage, id)
      listed = objects.filter(({ key }) => key.startsWith(packKey(''))).map(({ key }) => key.slice(NAME_AT))
    } catch (error) {
      if (isDvError(error, 'DV_NOT_FOUND')) return undefined
      throw error
    }
    this.#records.set(id, listed)
    return listed
  }
}
