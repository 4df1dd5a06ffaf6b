// What a restore cannot bring back, because it was purged or is lost.
import { type ManifestId } from '../hash/index.js'
import { type Change, iterEntries } from '../manifest/index.js'
import { type FileEntry, isFile } from '../objects/index.js'
import {
  type ChangeSource,
  checkedChanges,
  isAsEntry,
  lossOf,
  scanPath,
  type WorkTree,
} from '../workspace/index.js'
import type { CheckoutSums, LostFiles, PurgedFiles } from './results.js'

const NAMED_MAX = 20

export interface FoundHoles {
  found: PurgedFiles
  /** Throws DV_PURGED when nothing else was meant: saying that no file had to change would be no answer. */
  refuseAll(): void
}

/** Files of a tree that were purged, and are not on disk. */
export async function holesAmong(
  { reader, workdir, traits }: WorkTree,
  tree: ManifestId,
  isMeant: (path: string) => boolean,
): Promise<FoundHoles> {
  const purged = await reader.purged()
  const found: PurgedFiles = { count: 0, items: [] }
  let others = 0
  let first: { path: string; entry: FileEntry } | undefined
  for await (const batch of purged.count > 0 ? iterEntries(reader, tree) : []) {
    for (const [path, entry] of batch) {
      if (entry.kind === 'directory' || !isMeant(path)) continue
      const note = isFile(entry) && purged.noteOf(entry.content)
      if (!note || scanPath(workdir.root, path, traits)) {
        others++
        continue
      }
      first ??= { path, entry }
      if (++found.count <= NAMED_MAX) found.items.push({ path, time: note.time, reason: note.reason })
    }
  }
  return {
    found,
    refuseAll: () => first && others === 0 && purged.refuse(first.entry, first.path),
  }
}

export interface StandingFiles {
  /** Changes that can be made. */
  changes: Change[]
  /** Files whose other version was purged or is lost: whatever stands there stays. */
  purged: PurgedFiles
  lost: LostFiles
  /** Throws DV_PURGED when nothing else was meant. */
  refuseAll(): void
}

/** Of changes in whose way nothing but what was purged or is lost would leave a hole. `isModified`: only there is a loss
 * looked for, which means reading; elsewhere a checkout notices it as it goes. */
export async function whatStands(
  { reader, workdir, traits, ...tree }: WorkTree,
  changes: ChangeSource,
  isModified: (path: string) => boolean,
): Promise<StandingFiles> {
  const purgedBefore = await reader.purged()
  const can: Change[] = []
  const purged: PurgedFiles = { count: 0, items: [] }
  const lost: LostFiles = { count: 0, items: [] }
  let first: { path: string; entry: FileEntry } | undefined
  const look = async (change: Change) => {
    const { path, after } = change
    const found = after && isFile(after) ? scanPath(workdir.root, path, traits) : undefined
    const isOther =
      found &&
      found.kind !== 'directory' &&
      !(await isAsEntry({ reader, workdir, traits, ...tree }, found, after))
    if (!isOther || !after || !isFile(after)) {
      can.push(change)
      return
    }
    const note = purgedBefore.noteOf(after.content)
    const loss = note || !isModified(path) ? undefined : await lossOf(reader, after)
    if (note) {
      first ??= { path, entry: after }
      if (++purged.count <= NAMED_MAX) purged.items.push({ path, time: note.time, reason: note.reason })
    } else if (loss) {
      if (++lost.count <= NAMED_MAX) lost.items.push({ path, what: loss.message })
    } else can.push(change)
  }
  // Checked before anything is looked at on disk.
  for await (const batch of checkedChanges({ reader, workdir, traits, ...tree }, changes))
    for (const change of batch) await look(change)
  const refuseAll = () =>
    first && can.length + lost.count === 0 && purgedBefore.refuse(first.entry, first.path)
  return { changes: can, purged, lost, refuseAll }
}

/** All that a restore did not write: where something stood, and where nothing does. */
export function notWritten(
  standing: StandingFiles,
  holes: PurgedFiles,
  unread: LostFiles = { count: 0, items: [] },
): Pick<CheckoutSums, 'purged' | 'lost'> {
  const purged = together(standing.purged, holes)
  const lost = together(standing.lost, unread)
  return { ...(purged.count > 0 && { purged }), ...(lost.count > 0 && { lost }) }
}

/** The first of some things, and how many there are. */
interface Listed<T> {
  count: number
  items: T[]
}

function together<T>(a: Listed<T>, b: Listed<T>): Listed<T> {
  return { count: a.count + b.count, items: [...a.items, ...b.items] }
}
