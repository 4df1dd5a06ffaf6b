// What a restore cannot bring back, because it was purged.
import { type ManifestId } from '../hash/index.js'
import { iterEntries } from '../manifest/index.js'
import { type FileEntry, isFile } from '../objects/index.js'
import { scanPath, type WorkTree } from '../workspace/index.js'
import type { PurgedFiles } from './results.js'

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
