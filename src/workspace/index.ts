// workspace: real files of one commit and the state that ties them to a store: which names are safe, what is ignored,
// what stands on disk, what was known of it, who is at work. It must not know of remotes, packs, terminals or how a
// merge is decided. Format: spec/10-working-directory.md
export {
  DEFAULT_IGNORE_TEXT,
  IGNORE_FILE,
  type IgnoreScope,
  isIgnored,
  rootIgnoreScope,
} from './ignore-rules.js'
export { readSymlink, type ScanEntry, type ScanOptions, scanPath, scanTree } from './scan.js'
export type { PathFilter, SkippedEntry } from './walk.js'
export {
  compareStat,
  isRacy,
  loadStatCache,
  type StatCache,
  type StatCacheEntry,
  type StatRules,
  type StatVerdict,
} from './stat-cache.js'
export { StatCacheWriter } from './stat-cache-writer.js'
export { type Joined, mergeJoin } from './merge-join.js'
export { compilePathspec, globWorkdir, isGlob } from './glob.js'
export {
  addToSparse,
  compileSparse,
  expressionsOf,
  isExpression,
  type Meant,
  patternItem,
  type SparseRule,
  whereItem,
  EVERYTHING_HERE,
  leaveOut,
  NOTHING_HERE,
  orderedSparse,
} from './sparse-list.js'
export { type DamagedState, mendStates, setStateAside } from './mend-state.js'
export { lockWorkdir, type WorkdirLock } from './lock.js'
export {
  createWorkdir,
  recordWorkdir,
  DV_FOLDER,
  findWorkdir,
  type Head,
  openWorkdir,
  type PendingMetadata,
  readHead,
  readPendingMetadata,
  readSparse,
  readSparseBefore,
  readSparseRules,
  readState,
  readUnfinishedCheckout,
  readUnfinishedOperations,
  type Workdir,
  writeHead,
  writePendingMetadata,
  writeSparse,
  writeSparseChange,
  writeState,
  writeUnfinishedCheckout,
} from './workdir-state.js'
export {
  changeMerge,
  type MergeChange,
  type MergeConflict,
  type MergeState,
  readMerge,
  readMergesBefore,
  undoMerge,
  writeMerge,
} from './merge-state.js'
export { readFileClock, waitForFileClock } from './file-clock.js'
export { type FileSystemTraits, probeFileSystem } from './file-system.js'
export { type BaseManifest, type WorkOptions, type WorkTree } from './tree.js'
export { type Recorded, type RecordOptions, recordTree } from './record.js'
export { LostContents, lossOf, readLost } from './lost.js'
export {
  type Hole,
  type WorkingChange,
  workingChanges,
  type WorkingChangesOptions,
} from './working-changes.js'
export {
  cannotMove,
  findObstacles,
  type Halves,
  LocalChanges,
  localChanges,
  type Obstacles,
  wouldOverwrite,
} from './obstacles.js'
export { isRepository, type Leaf, leavesAt, leavesBelow, removeObstacles } from './clear-away.js'
export { isAsEntry, isBegun, type OnDisk } from './entry-on-disk.js'
export { lookOnDisk, type Standing } from './standing.js'
export { type Applied, applyChanges, type ApplyOptions } from './apply.js'
export { type ChangeSource, checkedChanges } from './checked-changes.js'
export { CacheUpdates, type Learned } from './cache-updates.js'
