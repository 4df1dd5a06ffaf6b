// What goes with contents that are purged: their chunks and recipe nodes that no other file needs. And nodes that nothing
// leads to: they may lead to what goes, and who finds a node must find all below it (spec/17-collection.md, "Three laws").
import { type DvErrorCode, isDvError } from '../../base/index.js'
import type { ChunkId, ContentId, Id } from '../../hash/index.js'
import type { FileEntry } from '../../objects/index.js'
import { recipeChild, recipeNodes } from '../../recipe/index.js'
import type { Check } from '../check.js'
import { IdSet } from '../id-set.js'
import type { Roots } from '../roots.js'
import { everyFile } from './every-file.js'
import { forgottenFiles } from './forgotten-files.js'

export class Doomed {
  readonly #wanted = new IdSet()
  readonly #shared = new IdSet()
  readonly #nodes = new IdSet()

  /** Nothing has to go. */
  get isEmpty(): boolean {
    return this.#wanted.size === this.#shared.size
  }

  /** Whether a chunk or recipe node goes, and no byte of it may stay. */
  has(id: Id): boolean {
    return this.#wanted.has(id) && !this.#shared.has(id)
  }

  /** Whether what was purged would go if no other file needed it. */
  isShared(id: Id): boolean {
    return this.#shared.has(id)
  }

  /** Whether something leads to a node that stays. */
  isReached(id: Id): boolean {
    return this.#nodes.has(id)
  }

  async find(check: Check, roots: Roots, purged: { has(content: ContentId): boolean }): Promise<void> {
    const done = new IdSet()
    const want = async (file: FileEntry, passOver: DvErrorCode[]) => {
      if (!purged.has(file.content) || !done.add(file.content)) return
      for await (const id of itemsOf(check, file, { passOver })) this.#wanted.add(id)
    }
    const node = (id: Id) => void this.#nodes.add(id)
    // A remote has it: of what is not here nothing can go. Of what was forgotten parts may be collected.
    await everyFile(check, roots, { file: (file) => want(file, ['DV_ABSENT']), node })
    await forgottenFiles(check, this.#nodes, (file) => want(file, ['DV_ABSENT', 'DV_MISSING_OBJECT']))
    if (this.#wanted.size === 0) return
    await everyFile(check, roots, {
      // What was purged before needs nothing either.
      file: async (file) => {
        if (purged.has(file.content) || check.purged.has(file.content)) return
        for await (const id of itemsOf(check, file, { passOver: ['DV_ABSENT'], known: this.#nodes }))
          if (this.#wanted.has(id)) this.#shared.add(id)
      },
    })
  }
}

interface ItemsOptions {
  /** Nodes whose failing so ends the list. */
  passOver: readonly DvErrorCode[]
  /** Nodes of which, and of what is below them, nothing is listed; those that are join them. */
  known?: IdSet
}

/** The chunks and recipe nodes of a file. */
async function* itemsOf(
  { store }: Check,
  { recipe, content, size }: FileEntry,
  { passOver, known }: ItemsOptions,
): AsyncGenerator<Id> {
  if (recipe.form === 'inline') for (const { id } of recipe.chunks) yield id
  else if (recipe.form === 'whole' && size > 0) yield content as Uint8Array as ChunkId
  if (recipe.form !== 'tree') return
  const skip = (id: Id) => known !== undefined && !known.add(id)
  try {
    for await (const { id, node } of recipeNodes(store, recipe.root, { skip })) {
      yield id
      for (let i = 0; node.level === 0 && i < node.count; i++)
        yield Buffer.from(recipeChild(node, i)) as Uint8Array as Id
    }
  } catch (error) {
    if (!passOver.some((code) => isDvError(error, code))) throw error
  }
}
