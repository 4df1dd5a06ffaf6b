// files: single files of a tree on disk, safely: which names may stand there, reading and writing without following
// links, whole or not at all. Knows nothing of manifests or stores. Format of names: spec/10-working-directory.md
export {
  checkPathBelow,
  checkTreePath,
  foldCase,
  HERE,
  isMetadataName,
  NAME_BYTES_MAX,
  type Platform,
  quotePath,
  whyNever,
  whyNeverName,
  whyNotOn,
} from './path-safety.js'
export {
  assertNoCollisions,
  type Collision,
  createShapeCheck,
  findCollisions,
  type NameRules,
} from './path-collisions.js'
export { assertNoSymlinkParents, openForReading, openWithStat, ParentGuard } from './no-follow.js'
export { OpenParents } from './open-parents.js'
export {
  discardFile,
  placeFile,
  placeNewFile,
  replaceFile,
  syncDirectory,
  temporaryName,
  writeFileAtomic,
} from './atomic-file.js'
