// What a command is about to read and a partial store lacks, brought from the remotes that promised it: all of it before
// the command begins, never one thing at a time. In a store that lacks nothing this is one look at one small record.
import { DvError, isDvError } from '../base/index.js'
import { eachId, ID_BYTES, idKey, type RecipeId } from '../hash/index.js'
import { forgetFound } from '../maintenance/index.js'
import type { Change } from '../manifest/index.js'
import { type FileEntry, isFile } from '../objects/index.js'
import { type ChunkRange, checkRecipe, decodeRecipeNode, iterChunks, recipeChild } from '../recipe/index.js'
import type { Traffic } from '../storage/index.js'
import { addLostItems, packsAway, type Promises, readPromises } from '../store/index.js'
import { absentOf, bring, bringWhatCan, IdList } from '../transfer/index.js'
import type { ChangeSource } from '../workspace/index.js'
import { unlessCollected } from './anchored.js'
import { effectiveConfig, type StoreView } from './context.js'
import { adoptRecords } from './purge-spread.js'
import { openRemote, type Remote, remoteOf } from './remote-store.js'
import type { TransferSums } from './results.js'
import type { Work } from './types.js'

/** Chunks that are gathered before they are brought. */
const BATCH_CHUNKS = 256 * 1024

type Files = AsyncIterable<readonly FileEntry[]> | Iterable<readonly FileEntry[]>

export interface BringWork extends Work {
  /** Given: the store is one that is thrown away, and what bringing data asks of remotes is counted here. */
  rehearsal?: Traffic
}

export interface BringFilesOptions extends BringWork {
  /** Only these bytes of each file; default: all. */
  range?: ChunkRange
  /** Only how they are made of chunks. */
  recipesOnly?: boolean
  /** What no remote has is noted as lost, and all else brought: whoever reads it is told then. */
  passesOverLost?: boolean
}

/** Makes the contents of files readable. Throws DV_ABSENT when a remote that has them is out of reach. */
export async function bringFiles(
  view: StoreView,
  files: Files,
  options: BringFilesOptions = {},
): Promise<TransferSums> {
  const bringer = await openBringer(view, options)
  if (!bringer) return { objects: 0, bytes: 0 }
  try {
    let chunks = new IdList()
    const purged = await view.store.purged()
    for await (const all of files) {
      const batch = all.filter(({ content }) => !purged.has(content))
      const readable = await bringer.recipes(batch)
      if (options.recipesOnly) continue
      for (const file of readable) {
        for await (const placed of iterChunks(view.store, file, options.range))
          for (const { id } of placed) chunks.add(id)
        if (chunks.count < BATCH_CHUNKS) continue
        await bringer.items('data', chunks)
        chunks = new IdList()
      }
    }
    await bringer.items('data', chunks)
    await bringer.settle()
    return bringer.sums
  } finally {
    bringer.close()
  }
}

/** The new contents that changes of files will write. */
export function bringChanges(view: StoreView, changes: ChangeSource, work: BringWork): Promise<TransferSums> {
  return bringFiles(view, newFiles(changes), { ...work, passesOverLost: true })
}

async function* newFiles(changes: ChangeSource): AsyncGenerator<FileEntry[]> {
  for await (const batch of changes()) yield batch.flatMap(newFile)
}

function newFile({ after }: Change): FileEntry[] {
  return after && isFile(after) && after.size > 0 ? [after] : []
}

async function openBringer(view: StoreView, work: BringFilesOptions): Promise<Bringer | undefined> {
  // Only the store of a working directory lacks anything.
  if (!view.workdir) return undefined
  const promises = await readPromises(view.storage)
  const lacksData = [...promises.values()].some(({ lazy, away }) => lazy || away.size > 0)
  if (!lacksData) return undefined
  return new Bringer(view, { promises, away: await packsAway(view.storage, promises), work })
}

class Bringer {
  readonly sums: TransferSums = { objects: 0, bytes: 0 }
  readonly #view: StoreView
  readonly #promises: Promises
  readonly #work: BringFilesOptions
  readonly #remotes = new Map<string, Remote>()
  /** What no remote has, by its key. */
  readonly #lost = new Set<string>()
  #away: ReadonlySet<string>

  constructor(
    view: StoreView,
    { promises, away, work }: { promises: Promises; away: ReadonlySet<string>; work: BringFilesOptions },
  ) {
    this.#view = view
    this.#promises = promises
    this.#work = work
    this.#away = away
  }

  /** The recipe trees of files, level by level, each checked against its file's size. Returns the files whose chunks are
   * known then. */
  async recipes(files: readonly FileEntry[]): Promise<readonly FileEntry[]> {
    const trees = files.flatMap(({ recipe, size }) =>
      recipe.form === 'tree' ? [{ root: recipe.root, size }] : [],
    )
    await this.#nodesOf(trees.map(({ root }) => root))
    const lost = new Set<string>()
    for (const { root, size } of trees) if (!(await this.#isSound(root, size))) lost.add(idKey(root))
    return files.filter(({ recipe }) => recipe.form !== 'tree' || !lost.has(idKey(recipe.root)))
  }

  async #nodesOf(roots: readonly RecipeId[]): Promise<void> {
    const { store } = this.#view
    const seen = new Set<string>()
    let level: RecipeId[] = []
    // Each once: nodes that name each other thousands of times would be more than memory holds.
    const take = (to: RecipeId[], id: Uint8Array) => {
      if (seen.size < seen.add(idKey(id)).size) to.push(Buffer.from(id) as Uint8Array as RecipeId)
    }
    for (const root of roots) take(level, root)
    while (level.length > 0) {
      const wanted = new IdList()
      for (const id of level) wanted.add(id)
      await this.items('node', wanted)
      const below: RecipeId[] = []
      for (const id of level) {
        if (this.#lost.has(idKey(id))) continue
        const node = decodeRecipeNode(await store.readObject('recipe', id))
        for (let i = 0; node.level > 0 && i < node.count; i++) take(below, recipeChild(node, i))
      }
      level = below
    }
  }

  /** False: a part of the recipe is lost. */
  async #isSound(root: RecipeId, size: number): Promise<boolean> {
    try {
      await checkRecipe(this.#view.store, root, { size })
      return true
    } catch (error) {
      if (this.#lost.size > 0 && isDvError(error, 'DV_MISSING_OBJECT')) return false
      throw error
    }
  }

  async items(kind: 'data' | 'node', list: IdList): Promise<void> {
    const { store } = this.#view
    let ids = await absentOf(store, list.takeSorted(), this.#away)
    for (const name of this.#promises.keys()) {
      if (ids.length === 0) return
      const ends = { source: (await this.#remote(name, ids.length / ID_BYTES)).store, target: store }
      const wanted = { kind, ids }
      const bringAll = this.#work.passesOverLost && !this.#work.rehearsal ? bringWhatCan : bring
      const { objects, bytes } = await unlessCollected(() =>
        bringAll({ ...ends, away: this.#away }, wanted, this.#work),
      )
      this.sums.objects += objects
      this.sums.bytes += bytes
      // A pack may have come back under its own name.
      this.#away = await packsAway(this.#view.storage, this.#promises)
      ids = await absentOf(store, ids, this.#away)
    }
    if (ids.length === 0) return
    const purged = await this.#purgedThere()
    if (purged) throw purged
    if (!this.#work.passesOverLost) throw broken([...this.#promises.keys()], ids)
    for (const id of eachId(ids)) this.#lost.add(idKey(id))
    if (!this.#work.rehearsal) await addLostItems(store.storage, ids)
  }

  /** To be called at the end: what was thought lost may have come. */
  async settle(): Promise<void> {
    if (this.sums.objects > 0 && !this.#work.rehearsal) await forgetFound(this.#view.store)
  }

  /** What a remote promised and no longer has it may have purged: then that is known here from now on. */
  async #purgedThere(): Promise<DvError | undefined> {
    const { store, workdir } = this.#view
    if (!workdir || this.#work.rehearsal) return undefined
    const before = (await store.purged()).count
    for (const { store: from } of this.#remotes.values())
      await adoptRecords({ from, to: store, context: { workdir } }, this.#work)
    return (await store.purged()).count > before ? purgedMeanwhile([...this.#remotes.keys()]) : undefined
  }

  close(): void {
    for (const { storage } of this.#remotes.values()) storage.close()
  }

  async #remote(name: string, items: number): Promise<Remote> {
    const known = this.#remotes.get(name)
    if (known) return known
    try {
      const info = remoteOf(await effectiveConfig(this.#view), name)
      const { rehearsal } = this.#work
      const known = rehearsal ? { rehearsal } : {}
      const remote = await openRemote(info, 'read', this.#view.surroundings.env, known)
      this.#remotes.set(name, remote)
      return remote
    } catch (error) {
      throw isDvError(error) ? outOfReach(name, items, error) : error
    }
  }
}

function outOfReach(remote: string, items: number, cause: DvError): DvError {
  return new DvError(
    'DV_ABSENT',
    `Data that is wanted is not here but at remote '${remote}', which is out of reach: ${cause.message}`,
    {
      data: { remote, items },
      hint: `nothing was changed; try again when '${remote}' can be reached ('dv remote set-url ${remote} URL' if it moved)`,
      cause,
    },
  )
}

function purgedMeanwhile(remotes: readonly string[]): DvError {
  const names = remotes.map((name) => `'${name}'`).join(', ')
  return new DvError('DV_PURGED', `Data that is wanted was purged at ${names}; it is known here now`, {
    data: { remotes },
    hint: "type the command again: it goes on without that; 'dv purge --list' shows what was purged, and why",
  })
}

function broken(remotes: readonly string[], ids: Buffer): DvError {
  const count = ids.length / ID_BYTES
  const names = remotes.map((name) => `'${name}'`).join(', ')
  return new DvError(
    'DV_MISSING_OBJECT',
    `Remote ${names} promised data and no longer has it: ${count} items`,
    {
      data: { remotes, items: count, id: ids.toString('hex', 0, ID_BYTES) as string },
      hint: "'dv fsck' there says what is damaged; 'dv remote add' another store that has it, and fetch from it",
    },
  )
}
