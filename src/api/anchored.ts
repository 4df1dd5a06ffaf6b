// What verbs do so that nothing a ref names is collected, whoever collects meanwhile. Rules: spec/17-collection.md
import { isDvError } from '../base/index.js'
import { readRef, type RefName, type RefValue, updateRef } from '../refs/index.js'
import type { Storage } from '../storage/index.js'
import { anchor, anchorNamed, type Named, type ObjectStore } from '../store/index.js'
import { closePools, type Context } from './context.js'

/** Collections one after the other, each in the middle of one command. */
const ATTEMPTS = 5

/** How to begin again. */
export interface Again {
  begin?: () => Promise<void>
  /** The store whose items are read as well as written: one that is missing may have been collected since it was found. */
  store?: ObjectStore
}

/** Does a verb again from its start when what it had found was collected meanwhile. */
export async function unlessCollected<T>(work: () => Promise<T>, { begin, store }: Again = {}): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === ATTEMPTS || !(await isCollected(error, store))) throw error
    }
    await begin?.()
  }
}

async function isCollected(error: unknown, store: ObjectStore | undefined): Promise<boolean> {
  if (!store || !isDvError(error, 'DV_MISSING_OBJECT')) return isDvError(error, 'DV_COLLECTED')
  await store.index.refresh()
  return !store.index.isUnchanged
}

/** The same with an open repository: what its workers stored and nothing names yet is dropped. */
export function onceMore<T>(context: Context, work: () => Promise<T>): Promise<T> {
  const { store } = context
  const begin = async () => {
    await closePools(context)
    await store.index.begin()
  }
  return unlessCollected(work, { begin, store })
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
  const begin = async () => {
    await store.index.begin()
    await send()
  }
  await unlessCollected(() => anchorNamed(store, nodes), { begin })
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
