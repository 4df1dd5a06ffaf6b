// Marks everything that can be reached from some objects. What is marked is not read again; what waits to be looked at is
// bounded however large a tree is; nodes are read in the order in which they lie.
import { DvError, isDvError, noProgress, type OnProgress } from '../../base/index.js'
import { type Id, ID_BYTES, type ObjectKind } from '../../hash/index.js'
import { nodeChildren, type References } from '../../manifest/index.js'
import type { ObjectReader } from '../../store/index.js'
import { IdList } from '../../transfer/index.js'
import { IdSet } from '../id-set.js'
import type { MarkedIndex } from './marked-index.js'

/** Nodes of a kind that wait before they are looked for; memory is this for each level of a tree. */
const NODES_AT_ONCE = 4096
/** Chunks and values that are looked for at once: 32 bytes each, and as much to sort them. */
const LEAVES_AT_ONCE = 2 ** 18

export interface MarkOptions {
  index: MarkedIndex
  /** Where nodes are read. */
  reader: ObjectReader
  /** Whether rows of this pack stay whatever becomes of the items in them: then so do the bases they stand on. */
  staysWhole: (pack: string) => boolean
  signal?: AbortSignal | undefined
  onProgress?: OnProgress | undefined
}

/** Objects whose children are still to be looked at, in the order in which they lie. */
interface Task {
  kind: ObjectKind
  isNeeded: boolean
  ids: readonly Id[]
  next: number
}

/** Nodes that were found and not looked for yet, by kind. */
type Found = Record<'commit' | 'manifest' | 'recipe', IdList>

export class Marker {
  readonly #options: MarkOptions
  readonly #leaves = new IdList()
  /** Objects that the index as it was taken does not have: published since. */
  readonly #beyond = new IdSet()
  #nodes = 0

  constructor(options: MarkOptions) {
    this.#options = options
  }

  /** Marks these and all that can be reached from them, but for leaves, which wait for `settle`. Throws when a node that
   * is needed cannot be read: what lies below it is not known, and nothing may go. */
  async reach(kind: ObjectKind, ids: readonly Id[], { isNeeded = true } = {}): Promise<void> {
    const list = new IdList()
    for (const id of ids) list.add(id)
    const tasks = [await this.#task({ kind, isNeeded }, list)]
    for (let task = tasks.at(-1); task; task = tasks.at(-1)) {
      const found = await this.#look(task)
      if (task.next === task.ids.length) tasks.splice(tasks.indexOf(task), 1)
      for (const [child, children] of Object.entries(found) as [keyof Found, IdList][])
        if (children.count > 0) tasks.push(await this.#task({ kind: child, isNeeded }, children))
    }
  }

  /** Adds a chunk or value to what is marked. */
  async leaf(id: Id): Promise<void> {
    this.#leaves.add(id)
    if (this.#leaves.count >= LEAVES_AT_ONCE) await this.settle()
  }

  /** Marks the leaves that wait, and what they stand on. */
  async settle(): Promise<void> {
    while (this.#leaves.count > 0) {
      const fresh = await this.#options.index.mark(this.#leaves.takeSorted(), { asNodes: false })
      for (const { segment, bases } of fresh)
        for (const id of await segment.reader.bases(bases)) this.#leaves.add(id)
    }
  }

  /** Goes on with a task until enough is found. */
  async #look(task: Task): Promise<Found> {
    const found: Found = { commit: new IdList(), manifest: new IdList(), recipe: new IdList() }
    const { signal, onProgress = noProgress } = this.#options
    while (task.next < task.ids.length) {
      if (signal?.aborted) throw new DvError('DV_INTERRUPTED', 'Interrupted while marking what is needed')
      const children = await this.#childrenOf(task, task.ids[task.next++]!)
      onProgress({ phase: 'marking what is needed', done: ++this.#nodes, unit: 'objects' })
      if (!children) continue
      for (const id of children.commits) found.commit.add(id)
      for (const id of children.manifests) found.manifest.add(id)
      for (const id of children.recipes) found.recipe.add(id)
      for (const id of children.chunks) await this.leaf(id)
      for (const id of children.values) await this.leaf(id)
      if (Object.values(found).some(({ count }) => count >= NODES_AT_ONCE)) break
    }
    return found
  }

  /** Undefined: it is at a remote, or gone for a known reason, with what is below it. */
  async #childrenOf({ kind, isNeeded }: Task, id: Id): Promise<References | undefined> {
    try {
      const bytes = await this.#options.reader.readObject(kind, id as Id<typeof kind>)
      return nodeChildren(kind, bytes, await this.#options.reader.purged())
    } catch (error) {
      const isKnown = isDvError(error, 'DV_ABSENT') || isDvError(error, 'DV_PURGED')
      if (isKnown || (!isNeeded && isDvError(error))) return undefined
      throw error
    }
  }

  /** Marks objects of a kind, and those that they stand on where their rows stay whatever is needed. What was not marked is
   * to be looked at. */
  async #task(of: Pick<Task, 'kind' | 'isNeeded'>, list: IdList): Promise<Task> {
    const places: Place[] = []
    const missing: Id[] = []
    while (list.count > 0) {
      const ids = list.takeSorted()
      const found = new Uint8Array(ids.length / ID_BYTES)
      const fresh = await this.#options.index.mark(ids, { asNodes: true, found })
      const placed = new Set<number>()
      for (const { segment, row, place } of fresh) {
        const { id, pack, blockOffset, bases } = await segment.reader.row(row)
        if (!placed.has(place)) places.push({ id, pack, at: blockOffset })
        placed.add(place)
        if (this.#options.staysWhole(pack)) for (const base of bases) list.add(base)
      }
      for (const [place, isThere] of found.entries()) if (!isThere) missing.push(idAt(ids, place))
    }
    const here = places.sort((a, b) => (a.pack === b.pack ? a.at - b.at : a.pack < b.pack ? -1 : 1))
    return {
      ...of,
      ids: [...here.map(({ id }) => id), ...missing.filter((id) => this.#beyond.add(id))],
      next: 0,
    }
  }
}

interface Place {
  id: Id
  pack: string
  at: number
}

function idAt(ids: Buffer, place: number): Id {
  return ids.subarray(place * ID_BYTES, (place + 1) * ID_BYTES) as Uint8Array as Id
}
