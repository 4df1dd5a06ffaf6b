// chunker: where files are cut. Knows bytes and positions; must not know ids, packs or files. Three programs give
// the same cuts: the reference (the definition), the plain scanner and the WebAssembly kernel. A file is cut whole
// (`cutBuffer`), or region by region: scan regions anywhere, in any order, then feed their candidates in order to a
// CutSelector. Format: spec/02-chunking.md
export {
  CHUNK_AVG_MAX,
  CHUNK_AVG_MIN,
  chunkerParams,
  DEFAULT_CHUNK_AVG,
  type ChunkerParams,
} from './params.js'
export { HISTORY_BYTES, type Candidates } from './candidates.js'
export { createKernel, type Kernel } from './kernel.js'
export { CutSelector } from './selector.js'
export { cutBuffer } from './cut-buffer.js'
export { referenceCuts } from './reference.js'
