// transfer: the conversation between two stores through the same storage port: what one lacks, how it gets there
// without being decoded twice, and when it counts. Knows ids, packs and refs; must not know working directories, paths
// on disk, terminals, nor which of the two stores is the remote one. Format: spec/13-transfer.md
export { Delivery, type DeliveryOptions } from './delivery.js'
export { hasLanded, type MoveVerdict, judgeBranchMove, judgeTagMove } from './judge.js'
export { missingCommits } from './missing-commits.js'
export { absentOf, bring, bringWhatCan, type BringOptions } from './bring.js'
export { Holder } from './held.js'
export { repack, type RepackOptions } from './repack.js'
export { readingAhead } from './read-ahead.js'
export { blocksOf, openBlock, storedBlock } from './open-block.js'
export { IdList } from './id-list.js'
export {
  transfer,
  type ShallowTarget,
  type TransferOptions,
  type TransferRequest,
  type Transferred,
} from './transfer.js'
