// pack: files of blocks of items, their bytes only. Knows nothing of which items a store holds, nor of what they mean.
// Format: spec/05-packs.md
export * from './block.js'
export * from './pack-file.js'
export { scanBlocks, type ScannedBlock } from './scan.js'
