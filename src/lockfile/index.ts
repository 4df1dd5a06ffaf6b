// lockfile: what code says of the data it needs: dv.lock, its lines (pins), where they are kept, and the record of what
// was put into a folder. Knows nothing of stores or of how data comes. Format: spec/27-dependencies.md
export { decodeLock, encodeLock, LOCK_FILE, type Pin, PIN_SETTINGS, pinLine, sameFiles } from './lock-file.js'
export { checkFolder, checkName, checkUrl, nameFor } from './pin-rules.js'
export { findLockFile, readLock, storedUrl, urlOf, writeLock } from './lock-place.js'
export {
  forgetInstalled,
  type Installed,
  partsFolder,
  readInstalled,
  stateFolder,
  writeInstalled,
} from './installed.js'
