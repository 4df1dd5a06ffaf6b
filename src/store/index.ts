// store: get and put objects by id, over packs, index and storage. Knows nothing of files, paths or commits.
export type { ObjectReader, ObjectWriter } from './types.js'
export { DEFAULT_CACHE_BYTES, fullBasesOf, idOf, ObjectStore, uniqueIds } from './object-store.js'
export { anchor, anchorNamed, type Named } from './anchor.js'
export { publishPacks, StoreWriter, type StoreWriterOptions } from './store-writer.js'
export { type FinishedPack, PackBuilder } from './pack-builder.js'
export { ChunkRun } from './chunk-run.js'
export { ByteCache } from './byte-cache.js'
export { collected, keptInMemory, type NearSegments, nearSegments } from '../index/index.js'
export {
  absent,
  absentPack,
  changePromises,
  decodePromises,
  encodePromises,
  isPartial,
  NOTHING_PROMISED,
  packsAway,
  type Promised,
  type Promises,
  PROMISES_KEY,
  promiserOf,
  readPromises,
  withPromised,
} from './promises.js'
export { addLostItems, LOST_KEY, LostItems, NOTHING_LOST, readLostItems, setLostItems } from './lost-items.js'
export { blocksOf, type Place, windowsOf } from './block-places.js'
export {
  decodePurgeRecord,
  encodePurgeRecord,
  isReason,
  NOTHING_PURGED,
  pathsForRecord,
  Purged,
  purged,
  PURGED_CONTENTS_MAX,
  type PurgedContent,
  purgeDay,
  purgeKey,
  type PurgeNote,
  type PurgeRecord,
  PurgeRecords,
} from './purged.js'
