// index: from an id to the places of its copies. Knows packs by name, not what is in them. Format: spec/06-index.md
export { addSegments, ChunkIndex } from './chunk-index.js'
export {
  changeRoot,
  decodeRoot,
  EMPTY_ROOT,
  encodeRoot,
  INDEX_ROOT_KEY,
  type IndexRoot,
  readRoot,
  type SegmentRef,
} from './root.js'
export {
  decodeSegmentHeader,
  encodeSegment,
  type Row,
  type SegmentShape,
  verifySegment,
} from './segment-format.js'
export { openSegment, segmentInMemory, SegmentReader } from './segment-reader.js'
export { PageCache } from './page-cache.js'
export { chooseMerge, mergeSegments } from './merge.js'
