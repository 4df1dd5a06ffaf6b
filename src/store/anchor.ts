// Before a ref names a commit, and where nothing else keeps a collector from missing the ref also after, the commit is held
// against the collections under way. Rules: spec/17-collection.md, "Writer must"
import { isDvError } from '../base/index.js'
import type { Id, ObjectKind } from '../hash/index.js'
import { collected } from '../index/index.js'
import { removeQuietly } from '../storage/index.js'
import type { ObjectStore } from './object-store.js'
import { PackBuilder } from './pack-builder.js'

/** How old the root may be by which it is judged; a ref moves soon after. */
const ROOT_AGE_MAX_MS = 4 * 60 * 1000

/** What a ref or an operation is about to name. */
export interface Named {
  kind: ObjectKind
  id: Id
}

/** Sees to it that nodes, and all they refer to, outlast the collections that are under way: of each the index names a copy
 * that no collection lists. Throws DV_COLLECTED when one is not there any more. */
export async function anchor(store: ObjectStore, nodes: readonly Named[]): Promise<void> {
  const { index } = store
  if (nodes.length === 0) return
  if (index.age > ROOT_AGE_MAX_MS) await index.refresh()
  const doomed = await index.doomed()
  // What was written or found under this generation is there.
  if (doomed.size === 0 && index.isUnchanged) return
  const { generation } = await index.root()
  const threatened: Named[] = []
  for (const node of nodes) {
    const copies = await index.lookup(node.id)
    if (copies.length === 0) throw collected(store.storage)
    if (copies.every(({ pack }) => doomed.has(pack))) threatened.push(node)
  }
  if (threatened.length > 0) await storeAgain(store, threatened, generation)
}

/** The second look, once the ref names them. From afar it is worth a request only while a collection is under way, or when
 * it took long: else the grace of one that began since is longer. */
export async function anchorNamed(store: ObjectStore, nodes: readonly Named[]): Promise<void> {
  if (nodes.length === 0) return
  const { collections } = await store.index.root()
  const isFar = store.storage.properties.localRoot === undefined
  if (isFar && collections.length === 0 && store.index.age <= ROOT_AGE_MAX_MS) return
  await store.index.refresh()
  await anchor(store, nodes)
}

/** In a pack of their own, which is newer than the mark: it stays, and so does what they refer to. */
async function storeAgain(store: ObjectStore, nodes: readonly Named[], generation: number): Promise<void> {
  const path = store.storage.temporaryPath()
  const pack = new PackBuilder(path, 'node')
  try {
    for (const { kind, id } of nodes) pack.add(id, kind, await store.readItem(kind, id))
    const { ref, segment } = pack.finish()
    await store.storage.putFile(ref.key, path)
    await store.index.add([{ ref, bytes: segment }], generation)
  } catch (error) {
    pack.abort()
    removeQuietly(path)
    // Found a moment ago, and gone.
    throw isDvError(error, 'DV_MISSING_OBJECT') ? collected(store.storage) : error
  }
}
