// What is needed and cannot be read, found and brought from wherever it is whole: packs here that the index does not name,
// then remotes. Nodes that are gone here are read there, so that one walk finds all that is missing below them.
import { isDvError } from '../../base/index.js'
import { type ChunkId, type Id, ID_BYTES, type ObjectKind } from '../../hash/index.js'
import { nodeChildren, type References } from '../../manifest/index.js'
import {
  type ObjectStore,
  packsAway,
  type Promises,
  promiserOf,
  type Purged,
  readPromises,
} from '../../store/index.js'
import { absentOf, bring, type BringOptions, IdList } from '../../transfer/index.js'
import { IdSet, RecentIds } from '../id-set.js'
import { asFinding } from '../problems.js'
import type { Roots } from '../roots.js'

const BATCH_IDS = 256 * 1024
/** A source may lack things itself, which others promised it. */
const LOST = ['DV_CORRUPT', 'DV_MISSING_OBJECT', 'DV_NOT_FOUND', 'DV_ABSENT']

/** A store that may have what is missing. */
export interface Source {
  /** Of a remote, as users call it; undefined: packs that lie here unnamed. */
  name: string | undefined
  store: ObjectStore
}

export interface Filled {
  /** What each source gave. */
  brought: { from: string | undefined; objects: number; bytes: number }[]
  /** Items that no source has. */
  lost: number
}

/** What is reached from `roots` and is neither here nor promised, as ids in ascending order. */
export interface Gaps {
  nodes: Buffer
  chunks: Buffer
}

/** Makes what `roots` lead to whole again, so far as the sources have it. The index must be in order. */
export async function fillGaps(
  target: ObjectStore,
  { roots, sources }: { roots: Roots; sources: readonly Source[] },
  options: BringOptions,
): Promise<Filled> {
  const gaps = await findGaps(target, { roots, sources }, options)
  const brought: Filled['brought'] = []
  const left = { data: gaps.chunks, node: gaps.nodes }
  for (const { name, store } of sources) {
    const sums = { objects: 0, bytes: 0 }
    // Chunks first: whoever finds a node finds what it refers to.
    for (const kind of ['data', 'node'] as const) {
      if (left[kind].length === 0) continue
      const away = await awayNow(target)
      const part = await bringWhatCan({ source: store, target, away }, { kind, ids: left[kind] }, options)
      sums.objects += part.objects
      sums.bytes += part.bytes
      left[kind] = await absentOf(target, left[kind], await awayNow(target))
    }
    if (sums.objects > 0) brought.push({ from: name, ...sums })
  }
  return { brought, lost: (left.data.length + left.node.length) / ID_BYTES }
}

async function awayNow({ storage }: ObjectStore): Promise<ReadonlySet<string>> {
  return packsAway(storage, await readPromises(storage))
}

/** Damage at the source ends only what it concerns: where a batch fails, its halves are tried. */
async function bringWhatCan(
  ends: { source: ObjectStore; target: ObjectStore; away: ReadonlySet<string> },
  { kind, ids }: { kind: 'data' | 'node'; ids: Buffer },
  options: BringOptions,
): Promise<{ objects: number; bytes: number }> {
  const wanted = await absentOf(ends.target, ids, ends.away)
  if (wanted.length === 0) return { objects: 0, bytes: 0 }
  try {
    return await bring(ends, { kind, ids: wanted }, options)
  } catch (error) {
    if (!isDvError(error) || !LOST.includes(error.code)) throw error
  }
  if (wanted.length === ID_BYTES) return { objects: 0, bytes: 0 }
  const middle = Math.ceil(wanted.length / ID_BYTES / 2) * ID_BYTES
  const first = await bringWhatCan(ends, { kind, ids: wanted.subarray(0, middle) }, options)
  const second = await bringWhatCan(ends, { kind, ids: wanted.subarray(middle) }, options)
  return { objects: first.objects + second.objects, bytes: first.bytes + second.bytes }
}

interface Walk {
  target: ObjectStore
  sources: readonly Source[]
  promises: Promises
  purged: Purged
  away: ReadonlySet<string>
  seen: IdSet
  recent: RecentIds
  waiting: { kind: ObjectKind; id: Id }[]
  /** Chunks that are named and were not looked for yet. */
  named: IdList
  nodes: IdList
  chunks: IdList
}

async function findGaps(
  target: ObjectStore,
  { roots, sources }: { roots: Roots; sources: readonly Source[] },
  { signal, onProgress }: BringOptions,
): Promise<Gaps> {
  const promises = await readPromises(target.storage)
  const walk: Walk = {
    ...{ target, sources, promises, away: await packsAway(target.storage, promises) },
    purged: await target.purged(),
    ...{ seen: new IdSet(), recent: new RecentIds(), waiting: [] },
    ...{ named: new IdList(), nodes: new IdList(), chunks: new IdList() },
  }
  for (const { id } of roots.commits) walk.waiting.push({ kind: 'commit', id })
  for (const { id } of roots.tags) walk.waiting.push({ kind: 'tag', id })
  for (const { id } of roots.manifests) walk.waiting.push({ kind: 'manifest', id })
  let done = 0
  for (let next = walk.waiting.pop(); next; next = walk.waiting.pop()) {
    if (!walk.seen.add(next.id)) continue
    signal?.throwIfAborted()
    onProgress?.({ phase: 'finding what is missing', done: done++, unit: 'objects' })
    const bytes = await readAnywhere(walk, next)
    if (bytes) take(walk, next.kind, bytes)
    if (walk.named.count >= BATCH_IDS) await lookForChunks(walk)
  }
  await lookForChunks(walk)
  return { nodes: walk.nodes.takeSorted(), chunks: walk.chunks.takeSorted() }
}

/** Undefined: nobody has it, or it is promised. */
async function readAnywhere(
  walk: Walk,
  { kind, id }: { kind: ObjectKind; id: Id },
): Promise<Uint8Array | undefined> {
  for (const store of [walk.target, ...walk.sources.map(({ store }) => store)]) {
    try {
      return await store.readItem(kind, id)
    } catch (error) {
      if (isDvError(error, 'DV_ABSENT')) {
        if (store === walk.target) return undefined
        continue
      }
      asFinding(error)
      if (store === walk.target) walk.nodes.add(id)
    }
  }
  return undefined
}

function take(walk: Walk, kind: ObjectKind, bytes: Uint8Array): void {
  const { commits, manifests, recipes, values, chunks } = childrenOf(walk, kind, bytes)
  for (const id of recipes) walk.waiting.push({ kind: 'recipe', id: Buffer.from(id) })
  for (const id of values) walk.waiting.push({ kind: 'value', id: Buffer.from(id) })
  for (const id of manifests) walk.waiting.push({ kind: 'manifest', id: Buffer.from(id) })
  for (const id of commits) walk.waiting.push({ kind: 'commit', id: Buffer.from(id) })
  for (const id of chunks) if (!walk.recent.touch(id)) walk.named.add(id)
}

/** What makes no sense although its id is right was never anything else: it has no children, and fsck names it. */
function childrenOf({ purged }: Walk, kind: ObjectKind, bytes: Uint8Array): References {
  try {
    return nodeChildren(kind, bytes, purged)
  } catch (error) {
    asFinding(error)
    return { commits: [], manifests: [], recipes: [], values: [], chunks: [] }
  }
}

async function lookForChunks({ target, promises, away, named, chunks }: Walk): Promise<void> {
  const absent = await absentOf(target, named.takeSorted(), away)
  for (let at = 0; at < absent.length; at += ID_BYTES) {
    const id = absent.subarray(at, at + ID_BYTES) as Uint8Array as ChunkId
    if (!(await isPromised(target, promises, id))) chunks.add(id)
  }
}

async function isPromised(target: ObjectStore, promises: Promises, id: ChunkId): Promise<boolean> {
  if (promises.size === 0) return false
  const packs = (await target.index.lookup(id)).map(({ pack }) => pack)
  return promiserOf(promises, { kind: 'chunk', id, packs }) !== undefined
}
