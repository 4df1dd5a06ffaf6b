// The contents that are to be purged, as they are found in the history of a store, forgotten or not.
import { noProgress, type OnProgress } from '../../base/index.js'
import { type CommitId, type ContentId, idKey, toHex } from '../../hash/index.js'
import { readCommit } from '../../history/index.js'
import type { FileEntry } from '../../objects/index.js'
import type { ObjectStore } from '../../store/index.js'
import { readAbsent } from '../absent.js'
import { Check } from '../check.js'
import { checkRoots, type OutsideRoots, type Roots } from '../roots.js'
import { IdSet } from '../id-set.js'
import { everyFile } from './every-file.js'
import { forgottenFiles } from './forgotten-files.js'

export interface FindOptions {
  /** Whether a file of this path and content is meant. Those that were purged here before are asked about too, and are
   * not among those found. */
  isMeant: (path: string, content: ContentId) => boolean
  /** Only in these commits, without what came before them; default: everywhere. */
  commits?: readonly CommitId[] | undefined
  outside: () => Promise<OutsideRoots>
  signal?: AbortSignal | undefined
  onProgress?: OnProgress | undefined
}

export interface FoundFile {
  content: ContentId
  size: number
  /** In the order in which they were found. */
  paths: Set<string>
}

/** By idKey(). Contents that are meant. */
export async function findContents(
  store: ObjectStore,
  options: FindOptions,
): Promise<Map<string, FoundFile>> {
  const { isMeant, commits, outside, signal, onProgress = noProgress } = options
  await store.index.refresh()
  const known = { absent: await readAbsent(store.storage), purged: await store.purged() }
  const check = new Check(store, known, { deep: false, onProgress, ...(signal && { signal }) })
  const roots = commits ? await treesOf(store, commits) : await checkRoots(check, await outside())
  const found = new Map<string, FoundFile>()
  const reached = new IdSet()
  const file = ({ content, size }: FileEntry, path: string) => {
    if (!isMeant(path, content) || known.purged.has(content)) return
    const one = found.get(idKey(content)) ?? { content: Buffer.from(content), size, paths: new Set<string>() }
    found.set(idKey(content), one)
    one.paths.add(path)
  }
  await everyFile(check, roots, { file, node: (id) => void reached.add(id) })
  if (!commits) await forgottenFiles(check, reached, file)
  return found
}

/** Of these commits alone, without their history. */
async function treesOf(store: ObjectStore, commits: readonly CommitId[]): Promise<Roots> {
  const manifests: Roots['manifests'] = []
  for (const id of commits) {
    const { manifest } = await readCommit(store, id)
    manifests.push({ id: manifest, operation: `commit '${toHex(id)}'` })
  }
  return { commits: [], refs: [], manifests, tags: [] }
}
