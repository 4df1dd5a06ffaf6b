// files: single files of a tree on disk, safely: which names may stand there, opening without following links.
export { assertNoSymlinkParents, openForReading, ParentGuard } from '../workspace/no-follow.js'
