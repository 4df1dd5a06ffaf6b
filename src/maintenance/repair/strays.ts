// All that lies in the packs of a store, whatever its index names of it, as a store of its own: what is missing can be taken
// from there like from a remote. Interrupted writers leave packs that nothing names, and so does the loss of a segment.
import { EMPTY_ROOT, encodeRoot, INDEX_ROOT_KEY, type SegmentRef } from '../../index/index.js'
import { forward, type Storage } from '../../storage/index.js'
import { ObjectStore } from '../../store/index.js'
import { packNames, wholeFooter } from '../footer.js'

export async function strayStore(storage: Storage): Promise<ObjectStore> {
  const segments: SegmentRef[] = []
  for (const name of await packNames(storage)) {
    const footer = await wholeFooter(storage, name)
    if (footer) segments.push(footer.ref)
  }
  return new ObjectStore(naming(storage, segments))
}

/** The same storage with another index root. */
export function naming(storage: Storage, segments: readonly SegmentRef[]): Storage {
  const root = { bytes: encodeRoot({ ...EMPTY_ROOT, segments }), version: 'strays' }
  return { ...forward(storage), read: async (name) => (name === INDEX_ROOT_KEY ? root : storage.read(name)) }
}
