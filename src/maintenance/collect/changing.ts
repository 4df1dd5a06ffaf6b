// What a collector meets when another one is at work beside it, told apart from damage: whoever deletes makes the generation
// grow first.
import { DvError, isDvError } from '../../base/index.js'
import { readRoot } from '../../index/index.js'
import type { ObjectStore } from '../../store/index.js'

/** How it shows that something was deleted meanwhile. */
const GONE = ['DV_NOT_FOUND', 'DV_MISSING_OBJECT', 'DV_CORRUPT'] as const

/** Does work after which the generation is as before it, or `generation`. What it found missing or damaged while another
 * collector deleted is DV_REF_MOVED. */
export async function orChanging<T>(
  store: ObjectStore,
  work: () => Promise<T>,
  generation?: number,
): Promise<T> {
  const before = generation ?? (await readRoot(store.storage)).root.generation
  try {
    return await work()
  } catch (error) {
    if (!GONE.some((code) => isDvError(error, code))) throw error
    const { root } = await readRoot(store.storage)
    throw root.generation === before ? error : changing(store)
  }
}

/** Nothing was lost, and another try may do. */
export function changing({ storage }: ObjectStore): DvError {
  return new DvError(
    'DV_REF_MOVED',
    `Others write to '${storage.properties.location}' all the time; nothing was deleted`,
    { hint: 'collect again in a moment' },
  )
}
