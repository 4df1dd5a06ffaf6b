// What verbs do so that nothing a ref names is collected, whoever collects meanwhile. Rules: spec/17-collection.md
import { isDvError } from '../base/index.js'
import { readRef, type RefName, type RefValue, updateRef } from '../refs/index.js'
import type { Storage } from '../storage/index.js'
import { anchor, anchorNamed, type Named, type ObjectStore } from '../store/index.js'
import { closePools, type Context } from './context.js'

/** Collections one after the other, each in the middle of one command. */
const ATTEMPTS = 5

/** Does a verb again from its start when what it had found was collected meanwhile. */
export async function unlessCollected<T>(
  work: () => Promise<T>,
  begin: () => Promise<void> = async () => {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isDvError(error, 'DV_COLLECTED') || attempt === ATTEMPTS) throw error
    }
    await begin()
  }
}

/** The same with an open repository: what its workers stored and nothing names yet is dropped. */
export function onceMore<T>(context: Context, work: () => Promise<T>): Promise<T> {
  return unlessCollected(work, async () => {
    await closePools(context)
    await context.store.index.begin()
  })
}

/** Moves refs of another store to nodes that were sent there. What a collection without grace takes at the very moment is
 * sent again. */
export async function moveAnchored<T>(
  store: ObjectStore,
  nodes: readonly Named[],
  { move, send }: { move: () => Promise<T>; send: () => Promise<unknown> },
): Promise<T> {
  await anchor(store, nodes)
  const moved = await move()
  await unlessCollected(
    () => anchorNamed(store, nodes),
    async () => {
      await store.index.begin()
      await send()
    },
  )
  return moved
}

/** What a ref names. */
export function namedBy({ target, tag }: Pick<RefValue, 'target' | 'tag'>): Named[] {
  return [{ kind: 'commit', id: target }, ...(tag ? [{ kind: 'tag' as const, id: tag }] : [])]
}

/** Sets a ref back that an operation has moved, unless it was moved on. */
export async function moveBack(
  storage: Storage,
  { ref, before, operation }: { ref: RefName; before: RefValue | undefined; operation: string },
): Promise<void> {
  const now = await readRef(storage, ref)
  if (now?.value.operation !== operation) return
  await updateRef(storage, ref, { expected: now, next: before, namesLater: true })
}
