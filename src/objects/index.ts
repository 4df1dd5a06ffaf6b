// objects: commits, tags, entries and metadata as plain data, and their bytes. Format: spec/04-objects.md
export * from './metadata.js'
export { type Placed, StoredMetadata, walkMetadata } from './stored-metadata.js'
export * from './metadata-json.js'
export * from './commit.js'
export * from './tag.js'
export * from './entry.js'
