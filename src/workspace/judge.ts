// What a suspect's stat and the stat cache can tell of it; where they cannot, its bytes must.
import { type ContentId, hashChunk, sameId } from '../hash/index.js'
import { type Entry, type EntryKind, isFile } from '../objects/index.js'
import { utf8 } from '../base/index.js'
import { readSymlink } from './scan.js'
import type { Suspect } from './suspects.js'
import type { WorkTree } from './tree.js'

export type Judgement =
  | { verdict: 'same'; content?: ContentId }
  | { verdict: 'added' | 'modified'; content?: ContentId; target?: string }
  | { verdict: 'deleted' }
  /** It was purged, or lost: recorded all the same. */
  | { verdict: 'hole' }
  /** It is neither on disk nor in the manifest: the stat cache only remembers it. */
  | { verdict: 'gone' }
  /** Its size is that of the recorded file: only its bytes can tell. */
  | { verdict: 'unsure' }

export function judge(tree: WorkTree, suspect: Suspect): Judgement {
  const { found, recorded } = suspect
  if (!found) return { verdict: suspect.hole ? 'hole' : recorded ? 'deleted' : 'gone' }
  const known = suspect.statSame ? suspect.known?.content : undefined
  if (found.kind === 'symlink') return judgeLink(tree, suspect)
  if (!recorded) return { verdict: 'added', ...(known && { content: known }) }
  if (found.kind === 'directory') return { verdict: recorded.kind === 'directory' ? 'same' : 'modified' }
  if (isPlainLink(tree, suspect)) return { verdict: 'same' }
  if (!isFile(recorded)) return { verdict: 'modified', ...(known && { content: known }) }
  if (found.size !== recorded.size) return { verdict: 'modified', ...(known && { content: known }) }
  if (!known) return { verdict: 'unsure' }
  return judgeContent(tree, suspect, known)
}

/** The judgement of a file whose content is known. */
export function judgeContent(tree: WorkTree, { found, recorded }: Suspect, content: ContentId): Judgement {
  if (!recorded) return { verdict: 'added', content }
  const same =
    isFile(recorded) &&
    sameId(recorded.content, content) &&
    kindOnDisk(tree, found!.kind, recorded) === recorded.kind
  return { verdict: same ? 'same' : 'modified', content }
}

/** The kind to record: where the file system has no executable bit it is kept from the manifest. */
export function kindOnDisk(tree: WorkTree, kind: EntryKind, recorded: Entry | undefined): EntryKind {
  if (kind === 'file' && !tree.traits.executableBit && recorded?.kind === 'executable') return 'executable'
  return kind
}

/** The stat cache's stand-in for the content of a symbolic link. */
export function linkContent(target: string): ContentId {
  return hashChunk(utf8(target))
}

function judgeLink(tree: WorkTree, { path, recorded }: Suspect): Judgement {
  const target = readSymlink(tree.workdir.root, path)
  const content = linkContent(target)
  if (recorded?.kind === 'symlink' && recorded.target === target) return { verdict: 'same', content }
  return { verdict: recorded ? 'modified' : 'added', content, target }
}

/** Where links cannot be made, a checkout leaves their targets in plain files: these stand for the links. */
function isPlainLink(tree: WorkTree, { found, recorded }: Suspect): boolean {
  return (
    !tree.traits.symlinks &&
    recorded?.kind === 'symlink' &&
    found?.size === Buffer.byteLength(recorded.target)
  )
}
