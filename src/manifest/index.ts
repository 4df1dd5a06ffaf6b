// manifest: the ordered tree of all entries of one commit. Knows paths, entries and how nodes are cut and encoded;
// must not know packs, commits' history or the file system. Format: spec/07-manifest.md
export { buildManifest, type BuildOptions, emptyManifest } from './build.js'
export { checkManifest } from './check.js'
export { type Change, diffManifests, type DiffOptions } from './diff.js'
export { editManifest } from './edit.js'
export { decodeValue, loadMetadata, storeEncodedMetadata, storeMetadata } from './entry-metadata.js'
export { type EffectiveEntry, Inheritance, inheritanceAt, iterEffective, parentsOf } from './inheritance.js'
export { iterEntries, type IterOptions } from './iterate.js'
export { type DirectoryItem, listDirectory } from './list-directory.js'
export { lookup, lookupMany } from './lookup.js'
export { mergeManifests, type MergeItem, type MergeRoots } from './merge.js'
export { entriesInNode } from './node-entries.js'
export { MANIFEST_PARAMS, type ManifestParams, NODE_BYTES_MAX } from './params.js'
export {
  addEntryReferences,
  manifestNodes,
  type ManifestVisit,
  nodeChildren,
  type References,
  type WalkOptions,
} from './references.js'
export { sameEntry } from './same-entry.js'
export { type ManifestSurvey, surveyManifest } from './survey.js'
export { summarize } from './summarize.js'
export type { Batched, Edit, PathEntry, Totals } from './types.js'
