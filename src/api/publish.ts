import { publishPacks, type StoreWriter } from '../store/index.js'
import type { WorkTree } from '../workspace/index.js'
import type { Context } from './context.js'

/** Data packs, then node packs, then the index names them all. Returns their bytes. */
export async function publish(
  context: Context,
  { pool }: Pick<WorkTree, 'pool'>,
  ...writers: StoreWriter[]
): Promise<number> {
  const finished = await pool.runInAll({ type: 'finish' })
  const packs = finished.flatMap((result) => result.packs)
  for (const writer of writers) packs.push(...(await writer.finish()))
  await publishPacks(context.storage, packs)
  await context.store.index.refresh()
  // Packs of long writes were published on the way, so the packs above are not all.
  const written = [...finished, ...writers]
  return written.reduce((sum, { storedBytes }) => sum + storedBytes, 0)
}
