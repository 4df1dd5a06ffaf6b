// merge: two trees and what they have in common to one tree and conflicts as data. Knows manifests, commits and text;
// nothing of working directories, refs, or how conflicts are shown and settled.
export { findMergeBase, type MergeBase, type MergeBaseOptions } from './base.js'
export { type Conflict, type ConflictKind, conflictSide, type ConflictSide } from './conflict.js'
export { graft, type GraftRoots } from './graft.js'
export { mergeMetadata, type MergedMetadata } from './metadata.js'
export { type MergeStep, planMerge } from './plan.js'
export { sideName, type SideNameOptions } from './side-name.js'
export { cutMetadata, inheritedSubset, type Subset, subsetIn, subsetOf, wheresOf } from './subset.js'
export { takeSide } from './take-side.js'
export { mergeText, type MergedText, type MergeLabels, type MergeTextOptions } from './text.js'
export {
  type FileAccess,
  filesToCombine,
  mergeTrees,
  type MergeResult,
  type MergeTreesOptions,
} from './trees.js'
