// index: from an id to the places of its copies. Knows packs by name, not what is in them. Format: spec/06-index.md
export { addSegments } from './add-segments.js'
export { holdsSegment, keptInMemory, type NearSegments, nearSegments } from './near-segments.js'
export { ChunkIndex, type ChunkIndexOptions, type LookupOptions } from './chunk-index.js'
export {
  collected,
  type Collection,
  decodeTombstone,
  type Doomed,
  encodeTombstone,
  readTombstone,
  tombstoneKey,
} from './collections.js'
export {
  changeRoot,
  decodeRoot,
  EMPTY_ROOT,
  encodeRoot,
  INDEX_ROOT_KEY,
  type IndexRoot,
  type KnownRoot,
  readRoot,
  segmentKey,
  type SegmentRef,
} from './root.js'
export {
  decodeSegmentHeader,
  type Row,
  type SegmentShape,
  sumOfSegment,
  verifySegment,
} from './segment-format.js'
export { encodeSegment, encodeTable } from './segment-encode.js'
export { type BlockPlace, RowTable } from './row-table.js'
export { openSegment, segmentInMemory, SegmentReader, verifyStoredSegment } from './segment-reader.js'
export type { FoundRow } from './segment-join.js'
export { sortedIds } from './sort-ids.js'
export { Bits } from './bits.js'
export { matchRows, type RowMatch } from './segment-match.js'
export { blockFields, blockWindows, rowFields, rowWindows } from './row-windows.js'
export { type StableSegment, stableSegment } from './segment-copy.js'
export { thinSegment } from './segment-thin.js'
export { blockEnds } from './block-ends.js'
export { PageCache } from './page-cache.js'
export { chooseMerge, mergeSegments } from './merge.js'
