// maintenance: whether a store is whole, and what damage reaches. Knows all rooms of the store below it; nothing of
// working directories, whose needs it is told.
export { checkStore, type StoreCheckOptions, type StoreReport } from './fsck.js'
export { type CheckOptions, type PackSize } from './check.js'
export { type Problem, type Reached, REACHES_MAX } from './problems.js'
export type { OutsideRoots } from './roots.js'
export { type DataPack, dataPacks } from './data-packs.js'
export { dropPacks, type DropOrder } from './drop-packs.js'
export { collect, type Collected, takeBack, type WaitingCollection } from './collect/collect.js'
export { type CollectOptions } from './collect/collecting.js'
export { expunge, type Expunged, type ExpungeOrder } from './purge/expunge.js'
export { findContents, type FoundFile } from './purge/find-contents.js'
