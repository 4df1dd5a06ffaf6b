// What is needed and cannot be read, found and brought from wherever it is whole: packs here that the index does not name,
// then remotes. Nodes that are gone here are read there, so that one walk finds all that is missing below them.
import { isDvError } from '../../base/index.js'
import { type ChunkId, type Id, ID_BYTES, type ObjectKind } from '../../hash/index.js'
import { sortedIds } from '../../index/index.js'
import { nodeChildren, type References } from '../../manifest/index.js'
import {
  addLostItems,
  type LostItems,
  type ObjectStore,
  packsAway,
  type Promises,
  promiserOf,
  type Purged,
  readLostItems,
  readPromises,
  setLostItems,
} from '../../store/index.js'
import { absentOf, type BringOptions, bringWhatCan, IdList } from '../../transfer/index.js'
import { IdSet, RecentIds } from '../id-set.js'
import { asFinding } from '../problems.js'
import type { Roots } from '../roots.js'
import { eitherReader, refuseUnsafe } from './unsafe-trees.js'

const BATCH_IDS = 256 * 1024

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

export interface GapOptions extends BringOptions {
  /** Given where sources are not trusted: throws for a path no tree may hold. */
  checkPath?: (path: string) => void
}

/** What is reached from `roots` and is neither here nor promised, as ids in ascending order. */
export interface Gaps {
  /** That a source has. */
  nodes: Buffer
  /** Nodes that nobody has: another item of that id is none. */
  lost: Buffer
  chunks: Buffer
  /** All manifests that were looked into, by their roots. */
  manifests: readonly Id<'manifest'>[]
}

/** Makes what `roots` lead to whole again, so far as the sources have it, and notes what is lost. The index must be in
 * order, and `roots` all that the store needs: what else was noted is forgotten. */
export async function fillGaps(
  target: ObjectStore,
  { roots, sources }: { roots: Roots; sources: readonly Source[] },
  options: GapOptions,
): Promise<Filled> {
  const { checkPath } = options
  const gaps = await findGaps(target, { roots, sources }, options)
  if (checkPath && gaps.nodes.length > 0)
    await refuseUnsafe(
      eitherReader([target, ...sources.map(({ store }) => store)]),
      gaps.manifests,
      checkPath,
    )
  const sums = sources.map(() => ({ objects: 0, bytes: 0 }))
  const work = { target, sources, sums }
  // Chunks first: whoever finds a node finds what it refers to, or a note that it is lost.
  const chunks = await fill(work, { kind: 'data', ids: gaps.chunks }, options)
  await addLostItems(target.storage, sortedIds(Buffer.concat([chunks, gaps.nodes, gaps.lost])))
  const nodes = await fill(work, { kind: 'node', ids: gaps.nodes }, options)
  const lost = sortedIds(Buffer.concat([chunks, nodes, gaps.lost]))
  await setLostItems(target.storage, lost)
  const brought = sources.map(({ name }, i) => ({ from: name, ...sums[i]! }))
  return {
    brought: brought.filter(({ objects }) => objects > 0),
    lost: lost.length / ID_BYTES,
  }
}

/** Brings items of a kind from one source after the other. Returns those that none has. */
async function fill(
  { target, sources, sums }: { target: ObjectStore; sources: readonly Source[]; sums: Sums[] },
  { kind, ids }: { kind: 'data' | 'node'; ids: Buffer },
  options: BringOptions,
): Promise<Buffer> {
  let left = ids
  for (const [i, { store }] of sources.entries()) {
    if (left.length === 0) break
    const ends = { source: store, target, away: await awayNow(target) }
    const { objects, bytes } = await bringWhatCan(ends, { kind, ids: left }, options)
    sums[i]!.objects += objects
    sums[i]!.bytes += bytes
    left = await absentOf(target, left, await awayNow(target))
  }
  return left
}

interface Sums {
  objects: number
  bytes: number
}

async function awayNow({ storage }: ObjectStore): Promise<ReadonlySet<string>> {
  return packsAway(storage, await readPromises(storage))
}

interface Walk {
  target: ObjectStore
  sources: readonly Source[]
  promises: Promises
  noted: LostItems
  isStrict: boolean
  manifests: Id<'manifest'>[]
  purged: Purged
  away: ReadonlySet<string>
  seen: IdSet
  recent: RecentIds
  waiting: { kind: ObjectKind; id: Id }[]
  /** Chunks that are named and were not looked for yet. */
  named: IdList
  nodes: IdList
  lost: IdList
  chunks: IdList
}

async function findGaps(
  target: ObjectStore,
  { roots, sources }: { roots: Roots; sources: readonly Source[] },
  { signal, onProgress, checkPath }: GapOptions,
): Promise<Gaps> {
  const promises = await readPromises(target.storage)
  const walk: Walk = {
    ...{ target, sources, promises, away: await packsAway(target.storage, promises) },
    ...{ noted: await readLostItems(target.storage), isStrict: checkPath !== undefined, manifests: [] },
    purged: await target.purged(),
    ...{ seen: new IdSet(), recent: new RecentIds(), waiting: [] },
    ...{ named: new IdList(), nodes: new IdList(), lost: new IdList(), chunks: new IdList() },
  }
  for (const { id } of roots.commits) walk.waiting.push({ kind: 'commit', id })
  for (const { id } of roots.tags) walk.waiting.push({ kind: 'tag', id })
  for (const { id } of roots.manifests) walk.waiting.push({ kind: 'manifest', id })
  for (const { id } of roots.manifests) walk.manifests.push(id)
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
  const { nodes, lost, chunks, manifests } = walk
  return { nodes: nodes.takeSorted(), lost: lost.takeSorted(), chunks: chunks.takeSorted(), manifests }
}

/** Undefined: nobody has it, or it is promised. */
async function readAnywhere(
  walk: Walk,
  { kind, id }: { kind: ObjectKind; id: Id },
): Promise<Uint8Array | undefined> {
  for (const store of [walk.target, ...walk.sources.map(({ store }) => store)]) {
    try {
      const bytes = await store.readItem(kind, id)
      if (store !== walk.target) walk.nodes.add(id)
      return bytes
    } catch (error) {
      if (isDvError(error, 'DV_ABSENT')) {
        if (store === walk.target) return undefined
        continue
      }
      asFinding(error)
    }
  }
  walk.lost.add(id)
  return undefined
}

function take(walk: Walk, kind: ObjectKind, bytes: Uint8Array): void {
  const { commits, manifests, recipes, values, chunks } = childrenOf(walk, kind, bytes)
  for (const id of recipes) walk.waiting.push({ kind: 'recipe', id: Buffer.from(id) })
  for (const id of values) walk.waiting.push({ kind: 'value', id: Buffer.from(id) })
  for (const id of manifests) walk.waiting.push({ kind: 'manifest', id: Buffer.from(id) })
  if (kind === 'commit')
    for (const id of manifests) walk.manifests.push(Buffer.from(id) as Buffer & Id<'manifest'>)
  for (const id of commits) walk.waiting.push({ kind: 'commit', id: Buffer.from(id) })
  for (const id of chunks) if (!walk.recent.touch(id)) walk.named.add(id)
}

/** What makes no sense although its id is right was never anything else: it has no children, and fsck names it. Of a source
 * that is not trusted nothing is taken then. */
function childrenOf({ purged, isStrict }: Walk, kind: ObjectKind, bytes: Uint8Array): References {
  try {
    return nodeChildren(kind, bytes, purged)
  } catch (error) {
    asFinding(error)
    if (isStrict) throw error
    return { commits: [], manifests: [], recipes: [], values: [], chunks: [] }
  }
}

async function lookForChunks({ target, promises, noted, away, named, chunks }: Walk): Promise<void> {
  const absent = await absentOf(target, named.takeSorted(), away)
  for (let at = 0; at < absent.length; at += ID_BYTES) {
    const id = absent.subarray(at, at + ID_BYTES) as Uint8Array as ChunkId
    if (!(await isPromised(target, { promises, noted, id }))) chunks.add(id)
  }
}

async function isPromised(
  target: ObjectStore,
  { promises, noted, id }: Pick<Walk, 'promises' | 'noted'> & { id: ChunkId },
): Promise<boolean> {
  if (promises.size === 0) return false
  const packs = (await target.index.lookup(id)).map(({ pack }) => pack)
  return promiserOf(promises, { kind: 'chunk', id, packs }, noted) !== undefined
}
