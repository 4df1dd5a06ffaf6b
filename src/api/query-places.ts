// Where the tables of queries are kept: beside the store around, else, or where that cannot be written, in the user's
// cache. All of it can be made anew. Place: spec/09-layout.md, "derived"
import fs from 'node:fs'
import path from 'node:path'
import { parseId } from '../hash/index.js'
import { DerivedFolder, type TableFolders } from '../query/index.js'
import { cacheFolder, cacheLimit } from './cache.js'
import type { StoreView } from './context.js'
import { scratchPath } from './scratch.js'
import type { Stores } from './stores.js'
import type { Surroundings } from './types.js'

/** Bytes that DuckDB may use for one table after the other: with what Node holds besides it is less than a gigabyte. */
export const TABLES_MEMORY = 384 * 1024 * 1024

/** The temporary folder is not made yet. Of what was purged neither table nor profile is kept. */
export async function tablePlaces({ context, surroundings }: Stores, view: StoreView): Promise<TableFolders> {
  const here = context && storeFolder(context.workdir.store)
  const isHere = here !== undefined && canWrite(here)
  const cache = cacheFolder(surroundings)
  const folder = new DerivedFolder(isHere ? here : path.join(cache, 'query'), cacheLimit(surroundings))
  const purged = await view.store.purged()
  for (const name of folder.names()) {
    const [, content] = /^(?:table|profile)-([0-9a-f]{64})/.exec(name) ?? []
    if (content !== undefined && purged.has(parseId<'content'>(content))) folder.remove(name)
  }
  return { folder, temporary: scratchPath(isHere ? context!.workdir.dvDir : cache, 'query') }
}

/** Lets go of all tables of the store in the folder `store`, and of stores elsewhere: they may hold what is purged. */
export function forgetTables(store: string, surroundings: Surroundings): void {
  for (const folder of [storeFolder(store), path.join(cacheFolder(surroundings), 'query')])
    fs.rmSync(folder, { recursive: true, force: true })
}

function storeFolder(store: string): string {
  return path.join(store, 'derived', 'query')
}

/** Whether a folder is there, or can be made, and written to. */
export function canWrite(folder: string): boolean {
  try {
    fs.mkdirSync(folder, { recursive: true })
    fs.accessSync(folder, fs.constants.W_OK)
    return true
  } catch {
    return false
  }
}
