// What the target lacks of some commits: a walk that enters no node the target has, so that its cost is that of the
// change. What it relies on: whoever finds a node in a store finds all it refers to, because nodes are published last
// and together (spec/13-transfer.md, "Order").
import { corrupt, isDvError } from '../base/index.js'
import {
  type ChunkId,
  type Id,
  ID_BYTES,
  idKey,
  toHex,
  type ManifestId,
  type ObjectKind,
  type RecipeId,
  type TagId,
} from '../hash/index.js'
import { readParent, type WalkedCommit } from '../history/index.js'
import {
  checkManifest,
  diffManifests,
  iterEntries,
  nodeChildren,
  addEntryReferences,
} from '../manifest/index.js'
import { isFile, type Entry } from '../objects/index.js'
import { checkRecipe } from '../recipe/index.js'
import type { ItemKind } from '../pack/index.js'
import type { ObjectReader, ObjectStore, Purged } from '../store/index.js'
import type { TransferLimits } from './limits.js'
import { IdList } from './id-list.js'
import { Wanted } from './wanted.js'

/** Chunks are taken for as small until it is known where they are. */
const SMALL_CHUNK_BYTES = 1024
const MUCH_BYTES = 8 * 1024 * 1024

export interface ItemSearch {
  source: ObjectStore
  target: ObjectStore
  /** Where nodes are read: the source, or the target first where that is the nearer one. */
  reader: ObjectReader
  /** Throws for a path no tree may hold. Given when the source is not trusted: then trees and recipes are checked. */
  checkPath?: (path: string) => void
  limits: TransferLimits
  /** Leaves out chunks and recipe nodes. */
  lazy?: boolean
  /** Leaves out what only these files need. */
  purged: Pick<Purged, 'has'>
  /** Whether the target will lack a commit that is named as a parent: nothing is known to be there because of it. */
  isBeyond?: (id: Id) => boolean
  signal?: AbortSignal
  onFound?: (count: number) => void
}

export interface ChunkBatch {
  wanted: Wanted
  /** No other one follows, only nodes. */
  isLast: boolean
}

export class MissingItems {
  readonly #search: ItemSearch
  /** Commits, tags, manifest and recipe nodes, values: moved last, together. */
  readonly nodes = new Wanted()
  #chunks = new Wanted()
  /** Chunks of nodes that the target lacks, which may have them all the same. */
  readonly #gathered = new IdList()

  constructor(search: ItemSearch) {
    this.#search = search
  }

  /** Whether so much is wanted, by all appearances, that whole packs will be copied. */
  get isMuch(): boolean {
    return this.#gathered.count * SMALL_CHUNK_BYTES >= MUCH_BYTES
  }

  /** Checks the newest trees as wholes. Of those between, what differs from their parents is checked as it is found. */
  async checkTips(commits: readonly WalkedCommit[]): Promise<void> {
    const { reader, target } = this.#search
    const parents = new Set(commits.flatMap(({ commit }) => commit.parents.map(idKey)))
    for (const { id, commit } of commits) {
      if (commit.parents.length === 0 || parents.has(idKey(id))) continue
      this.#search.signal?.throwIfAborted()
      await checkManifest(reader, commit.manifest, { isKnown: (node) => target.has(node) })
    }
  }

  /** Gathers what `commits` (parents first) need. Gives chunks in batches; each must be part of the target
   * before the next is asked for. What is not chunks is in `nodes` at the end. */
  async *chunks(commits: readonly WalkedCommit[], tags: readonly TagId[]): AsyncGenerator<ChunkBatch> {
    const { batchChunks } = this.#search.limits
    for (const walked of commits) {
      this.#search.signal?.throwIfAborted()
      for await (const batch of this.#ofCommit(walked)) {
        this.#gather(batch)
        if (this.#gathered.count < batchChunks) continue
        await this.#wantGathered()
        if (this.#chunks.count >= batchChunks) yield { wanted: this.#takeChunks(), isLast: false }
      }
    }
    for (const id of tags) await this.#wantTag(id)
    await this.#wantGathered()
    if (this.#chunks.count > 0) yield { wanted: this.#takeChunks(), isLast: true }
  }

  #takeChunks(): Wanted {
    const taken = this.#chunks
    this.#chunks = new Wanted()
    return taken
  }

  async *#ofCommit({ id, commit }: WalkedCommit): AsyncGenerator<ChunkId[]> {
    const { reader, checkPath, isBeyond } = this.#search
    const [parent] = commit.parents
    const before = parent && !isBeyond?.(parent) ? await readParent(reader, parent) : undefined
    const base = before?.manifest
    // All chunks of a tree without a known parent; of another, those of the entries that changed.
    yield* this.#ofManifest(commit.manifest, base === undefined)
    if (base && (checkPath || !this.#search.lazy)) yield* this.#ofChanges(base, commit.manifest)
    else if (checkPath && !base) await this.#checkTree(commit.manifest)
    await this.#wantNode('commit', id)
  }

  async *#ofManifest(root: ManifestId, withChunks: boolean): AsyncGenerator<ChunkId[]> {
    const waiting: ManifestId[] = [root]
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (!(await this.#wantNode('manifest', id))) continue
      this.#search.signal?.throwIfAborted()
      const found = nodeChildren(
        'manifest',
        await this.#search.reader.readObject('manifest', id),
        this.#search.purged,
      )
      for (const value of found.values) await this.#wantValue(value)
      if (!this.#search.lazy) {
        for (const recipe of found.recipes) yield* this.#ofRecipe(recipe)
        if (withChunks) yield found.chunks
      }
      for (let i = found.manifests.length - 1; i >= 0; i--) waiting.push(copyOf(found.manifests[i]!))
    }
  }

  async *#ofRecipe(root: RecipeId): AsyncGenerator<ChunkId[]> {
    const waiting: RecipeId[] = [root]
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (!(await this.#wantNode('recipe', id))) continue
      const found = nodeChildren('recipe', await this.#search.reader.readObject('recipe', id))
      yield found.chunks
      for (let i = found.recipes.length - 1; i >= 0; i--) waiting.push(copyOf(found.recipes[i]!))
    }
  }

  async *#ofChanges(base: ManifestId, manifest: ManifestId): AsyncGenerator<ChunkId[]> {
    const { reader, checkPath, purged } = this.#search
    for await (const changes of diffManifests(reader, [base, manifest])) {
      const found = { commits: [], manifests: [], recipes: [], values: [], chunks: [] as ChunkId[] }
      for (const { path, after } of changes) {
        if (!after) continue
        if (checkPath) await this.#checkEntry(path, after)
        addEntryReferences(found, after, purged)
      }
      if (!this.#search.lazy) yield found.chunks
    }
  }

  /** The whole tree of a commit that nothing trusted came before. */
  async #checkTree(manifest: ManifestId): Promise<void> {
    const { reader } = this.#search
    await checkManifest(reader, manifest)
    for await (const entries of iterEntries(reader, manifest)) {
      for (const [path, entry] of entries) await this.#checkEntry(path, entry)
    }
  }

  async #checkEntry(path: string, entry: Entry): Promise<void> {
    this.#search.checkPath?.(path)
    const { lazy, purged } = this.#search
    if (!lazy && isFile(entry) && entry.recipe.form === 'tree' && !purged.has(entry.content))
      await checkRecipe(this.#search.reader, entry.recipe.root, { size: entry.size })
  }

  #gather(ids: readonly ChunkId[]): void {
    for (const id of ids) this.#gathered.add(id)
    if (ids.length > 0) this.#search.onFound?.(ids.length)
  }

  async #wantGathered(): Promise<void> {
    const ids = this.#gathered.takeSorted()
    const isDone = new Uint8Array(ids.length / ID_BYTES)
    try {
      await this.#joinIndexes(ids, isDone)
    } catch (error) {
      // A part of an index is damaged or gone: another one may know what it knew.
      if (!isDvError(error)) throw error
    }
    for (let i = 0; i < isDone.length; i++)
      if (!isDone[i])
        await this.#want(
          'chunk',
          ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES) as Uint8Array as Id,
          this.#chunks,
        )
  }

  /** Asks for all ids at once. Not done afterwards: what neither index says, and what the source has as deltas only. */
  async #joinIndexes(ids: Buffer, isDone: Uint8Array): Promise<void> {
    const { source, target } = this.#search
    for await (const rows of target.index.lookupMany(ids)) for (const { place } of rows) isDone[place] = 1
    for await (const rows of source.index.lookupMany(ids))
      for (const row of rows) {
        if (isDone[row.place] || row.bases.length > 0) continue
        isDone[row.place] = 1
        if (!this.#chunks.has(row.id)) this.#chunks.add(row)
      }
  }

  async #wantTag(id: TagId): Promise<void> {
    if (!(await this.#wantNode('tag', id))) return
    const { commits } = nodeChildren('tag', await this.#search.reader.readObject('tag', id))
    for (const commit of commits) {
      if (this.nodes.has(commit) || (await this.#search.target.has(commit))) continue
      throw corrupt(`The tag '${toHex(id)}' names a commit that does not come with it`, { tag: toHex(id) })
    }
  }

  async #wantValue(id: Id<'value'>): Promise<void> {
    if (!(await this.#wantNode('value', id))) return
    if (this.#search.checkPath) nodeChildren('value', await this.#search.reader.readObject('value', id))
  }

  async #wantNode(kind: ObjectKind, id: Id): Promise<boolean> {
    const isNew = await this.#want(kind, id, this.nodes)
    if (isNew) this.#search.onFound?.(1)
    return isNew
  }

  /** Whether it has to be moved and was not known to be yet. */
  async #want(kind: ItemKind, id: Id, wanted: Wanted): Promise<boolean> {
    const { source, target } = this.#search
    if (wanted.has(id) || (await target.has(id))) return false
    // From afar one copy is enough to know of.
    const [row] = await source.locate(id, { first: source.storage.properties.localRoot === undefined })
    // Says what is missing, and where.
    if (!row) await source.readItem(kind, id)
    else wanted.add(row)
    return true
  }
}

/** Ids of a node are views of it; one that waits would keep all of it. */
function copyOf<T extends Id>(id: T): T {
  return Buffer.from(id) as Uint8Array as T
}
