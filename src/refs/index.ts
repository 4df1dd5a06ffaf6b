// refs: branches, tags, remote-tracking refs and notes: their names, their values, and moving them safely. Does not
// know which commits exist, nor what a revision is. Format: spec/08-refs.md
export {
  branchRef,
  noteRef,
  parseRef,
  REF_KINDS,
  refFromKey,
  refKey,
  remoteRef,
  shortRefName,
  tagRef,
  validateRefName,
  validateRemoteName,
  type ParsedRef,
  type RefKind,
  type RefName,
} from './names.js'
export { decodeKeyPart, encodeKeyPart } from './key-encoding.js'
export { decodeRefValue, encodeRefValue, type RefValue } from './value.js'
export { changesRefNames, readRefNames, refreshRefNames, REF_NAMES } from './ref-names.js'
export {
  listAllRefs,
  listRefNames,
  listRefs,
  readRef,
  refsOfKind,
  updateRef,
  type NextRefValue,
  type RefChangeOptions,
  type StoredRef,
} from './refs.js'
