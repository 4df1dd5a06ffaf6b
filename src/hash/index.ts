// hash: ids and how they are computed. Knows nothing of what the bytes mean. Format: spec/01-hashing.md
export * from './ids.js'
export { blake3, loadNative, loadWasm, type Blake3, type Hasher } from './implementation.js'
