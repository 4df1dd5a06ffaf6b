// edit: a change of a tree that is given as lines of JSON: read, its contents stored, sorted, and held against the tree.
// Memory does not grow with the number of lines. Knows manifests and content; must not know refs, commits, working
// directories, nor where a store is. Format: spec/14-apply.md
export { type Change, ChangeSorter, type SortedChanges } from './sorted-changes.js'
export { SortedRuns } from './sorted-runs.js'
export type { CommitLine, Line, TreeLine } from './parse-line.js'
export { readLines } from './read-lines.js'
export { CommitLines } from './commit-lines.js'
export { atLine, lineOf } from './line-error.js'
export { resolveChanges, type EditSums } from './resolve.js'
export { storeLines, type StoreLinesOptions } from './store-lines.js'
