// content: the bytes of files: files to chunks, chunks to files, by a pool of workers. Knows single files under a root
// and the store; nothing of manifests, commits or what a working directory should hold.
export { Pool, type PoolOptions } from './pool.js'
export {
  chunkList,
  type FileToStore,
  storeFiles,
  type StoredFile,
  type StoreFilesOptions,
} from './store-files.js'
export { type HashedFile, hashFiles } from './hash-files.js'
export {
  type EntryToWrite,
  type LostFile,
  writeFiles,
  type WriteFilesOptions,
  type WrittenFile,
} from './write-files.js'
export { type Arrival, contentOf, partName, receiveFile, verifiedBytes } from './arriving-file.js'
export { readChunkOf } from './chunk-of-recipe.js'
export { readChunks } from './read-chunks.js'
export { displacedChunks, type Previous, preparePrevious } from './displaced.js'
export { type ChunkList, type Deliver, type FileStat } from './tasks.js'
export { readBytes, storeBytes, type StoreBytesOptions } from './store-bytes.js'
export { type Stage, throughWork, type Worked } from './through-work.js'
