// history: commits in their order, common ancestors, what revisions and addresses mean. Knows commits and where their
// manifests differ; nothing of working directories or of how refs are stored. Format: spec/11-revisions.md
export { type Input, INPUTS_KEY, inputsIn, inputTexts } from './inputs.js'
export { distinctIds, readCommit, readParent } from './commits.js'
export { narrowed, nextToTry, type Suspect, type Suspects, suspectsOf } from './bisect.js'
export { walkCommits, type WalkedCommit, type WalkOptions } from './walk.js'
export { CLOCK_SLACK, countAheadBehind, isAncestor, mergeBases } from './merge-base.js'
export { createGraph, drawRow, type GraphEdge, type GraphRow } from './graph.js'
export * from './revision.js'
export * from './resolve.js'
export {
  type Address,
  type Elsewhere,
  formatAddress,
  isAddress,
  parseAddress,
  parseElsewhere,
} from './address.js'
