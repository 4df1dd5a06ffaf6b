// dv search: the words of a revision, looked up in an index that lies beside the store and can be made anew.
// Place: spec/09-layout.md, "derived"
import fs from 'node:fs'
import path from 'node:path'
import { DvError, utf8 } from '../base/index.js'
import { checksum, toHex } from '../hash/index.js'
import { search as searchIndex, SearchFolder, type SearchResult } from '../search/index.js'
import { encodePromises, type ObjectStore, readPromises } from '../store/index.js'
import { cacheFolder } from './cache.js'
import { canWrite } from './query-places.js'
import { resolve } from './revisions.js'
import type { Stores } from './stores.js'
import type { SearchOptions } from './types.js'

export async function search(stores: Stores, options: SearchOptions): Promise<SearchResult> {
  const { question, at = 'HEAD', limit = 20, ...work } = options
  const { view, revisions } = await stores.meant(at)
  if (view !== stores.context) throw elsewhere(at)
  const { commit } = await resolve(view, revisions)
  const { storage, store } = view
  return searchIndex({
    ...{ ...work, store, commit, question, limit },
    folder: folderOf(stores, storage.properties.localRoot!),
    ...(await stateOf(store)),
  })
}

function elsewhere(at: string): DvError {
  return new DvError('DV_USAGE', `'${at}' is in another store, which has no index here`, {
    data: { revision: at },
    hint: "bring it with 'dv fetch', then search 'origin/main'",
  })
}

/** Beside the store, or where that cannot be written, in the user's cache. */
function folderOf({ surroundings }: Stores, store: string): SearchFolder {
  const beside = searchFolder(store)
  if (canWrite(beside)) return new SearchFolder(beside)
  return new SearchFolder(path.join(cacheFolder(surroundings), 'search', sumOf(store)))
}

/** What an index depends on besides contents: what was purged, and what is here at all. */
async function stateOf(store: ObjectStore): Promise<{ purged: string; seen: string }> {
  const { purged, segments } = await store.index.root()
  const promises = await readPromises(store.storage)
  const places = segments.map(({ key, offset }) => `${key} ${offset}`).join('\n')
  return {
    purged: sumOf(purged.join('\n')),
    seen: sumOf(`${places}\n${encodePromises(promises).toString()}`),
  }
}

function sumOf(text: string): string {
  return toHex(checksum(utf8(text)))
}

/** Lets go of the index of the store in the folder `store`: it may hold words of what was purged. */
export function forgetIndex(store: string): void {
  fs.rmSync(searchFolder(store), { recursive: true, force: true })
}

function searchFolder(store: string): string {
  return path.join(store, 'derived', 'search')
}
