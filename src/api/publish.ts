import { systemCode } from '../base/index.js'
import { sweepTemporaryFiles } from '../storage/index.js'
import { StoreWriter } from '../store/index.js'
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
  await context.store.index.add(packs.map((ref) => ({ ref })))
  sweep(context)
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

/** What writers that were killed left behind a day ago or more; nobody alive writes to one file for that long. */
const ABANDONED_MS = 24 * 60 * 60 * 1000

/** Housekeeping on the way: where it fails, nothing is lost. */
function sweep({ workdir }: Context): void {
  for (const folder of [workdir.store, workdir.dvDir]) {
    try {
      sweepTemporaryFiles(folder, Date.now() - ABANDONED_MS)
    } catch (error) {
      if (systemCode(error) === undefined) throw error
    }
  }
}
