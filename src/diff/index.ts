// diff: what differs between two trees, two texts, two versions of a file, two metadata maps. Gives records, never
// output. Knows manifests and recipes; nothing of commits, refs or working directories.
export { addToSummary, emptySummary, sameContent, summarizeChanges } from './change.js'
export type { ChangeSummary, ChangeType, TreeChange } from './change.js'
export { diffTrees, RENAME_LIMIT, type TreeDiff, type TreeDiffOptions } from './trees.js'
export { pairRenames, type Paired, SIMILAR_MAX, SIMILARITY_MIN } from './renames.js'
export { changedRanges, type ChangedRange, type ChangedRanges, RANGES_MAX } from './ranges.js'
export { decodeText, isText, splitLines, TEXT_BYTES_MAX, textHunks } from './text.js'
export type { TextDiff, TextHunk, TextLine } from './text.js'
export { alignLines, type LineRun } from './align.js'
export { type CellChange, type CellDiff, diffCells, sameOutputs } from './cells.js'
export { type CellOutput, type NotebookCell, parseNotebook } from './notebook.js'
export { diffMetadata, type MetadataChange } from './metadata.js'
