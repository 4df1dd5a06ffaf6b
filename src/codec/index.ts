// codec: bytes to values and back: canonical binary, sealed records, zstd frames, filters. Format: spec/03-encoding.md
export { Reader, Writer } from './binary.js'
export { isSealed, seal, unseal } from './sealed.js'
export { joinPlanes, splitPlanes } from './planes.js'
export {
  compress,
  decompress,
  isUsableDictionary,
  loadBindingZstd,
  loadNodeZstd,
  useZstd,
  ZSTD_LEVEL,
} from './zstd.js'
export { statedSize } from './zstd-frame.js'
export { reclaimZstdMemory } from './zstd-memory.js'
export { encodeThrift, type Thrift, THRIFT, thrift, varint } from './thrift.js'
export { ThriftReader } from './thrift-reader.js'
