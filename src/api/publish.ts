import { StoreWriter } from '../store/index.js'
import type { WorkTree } from '../workspace/index.js'
import type { Context } from './context.js'
import { sweepAbandoned } from './scratch.js'

/** Data packs, then node packs, then the index names them all. Returns their bytes. */
export async function publish(
  context: Context,
  { pool }: Pick<WorkTree, 'pool'>,
  ...writers: StoreWriter[]
): Promise<number> {
  const finished = await pool.runInAll({ type: 'finish' })
  const packs = finished.flatMap((result) => result.packs)
  for (const writer of writers) packs.push(...(await writer.finish()))
  await context.store.index.add(packs.map((ref) => ({ ref })))
  for (const folder of [context.workdir.store, context.workdir.dvDir]) sweepAbandoned(folder)
  // Packs of long writes were published on the way, so the packs above are not all.
  const written = [...finished, ...writers]
  return written.reduce((sum, { storedBytes }) => sum + storedBytes, 0)
}

/** Stores what `work` writes, and has the index name it. */
export async function writeNodes<T>(context: Context, work: (nodes: StoreWriter) => Promise<T>): Promise<T> {
  const nodes = new StoreWriter(context.store, { kind: 'node' })
  try {
    const made = await work(nodes)
    await context.store.index.add((await nodes.finish()).map((ref) => ({ ref })))
    return made
  } catch (error) {
    nodes.abort()
    throw error
  }
}
