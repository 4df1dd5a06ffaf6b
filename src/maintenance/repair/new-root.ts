// The index root in the place of one that is lost.
import { isDvError } from '../../base/index.js'
import { decodeRoot, encodeRoot, INDEX_ROOT_KEY, type IndexRoot, type SegmentRef } from '../../index/index.js'
import { replaceValue, type Storage, valuesBefore } from '../../storage/index.js'
import { purgeKey } from '../../store/index.js'

/** Collections that were under way count as taken back. False: others made one. */
export async function replaceRoot(
  storage: Storage,
  segments: readonly SegmentRef[],
  now: number,
): Promise<boolean> {
  const folder = storage.properties.localRoot
  const before = folder === undefined ? undefined : rootBefore(folder)
  // Beyond any that the lost root may have had.
  const generation = before ? before.generation + 1000 : Math.floor(now / 1000)
  const purged = await purgeRecords(storage)
  const bytes = encodeRoot({ generation, segments, collections: [], purged })
  try {
    const value = await storage.read(INDEX_ROOT_KEY)
    return (await storage.compareAndSwap(INDEX_ROOT_KEY, value?.version, bytes)) !== undefined
  } catch (error) {
    if (!isDvError(error, 'DV_CORRUPT')) throw error
    if (folder === undefined) return (await storage.mendValue?.(INDEX_ROOT_KEY, bytes)) !== undefined
    replaceValue(folder, INDEX_ROOT_KEY, bytes)
    return true
  }
}

/** All that are there: better that one holds too soon than that what was purged comes back. */
async function purgeRecords(storage: Storage): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of storage.list(purgeKey(''))) names.push(name.slice(purgeKey('').length))
  return names.sort()
}

function rootBefore(folder: string): IndexRoot | undefined {
  for (const bytes of valuesBefore(folder, INDEX_ROOT_KEY)) if (bytes) return decodeRoot(bytes)
  return undefined
}
