import { baseName, comparePaths } from '../base/index.js'
import { idKey } from '../hash/index.js'
import { type FileEntry, isFile } from '../objects/index.js'
import { iterChunks } from '../recipe/index.js'
import type { ObjectReader } from '../store/index.js'
import type { TreeChange } from './change.js'

/** Files on either side that similar ones are looked for among; with more, only equal ones are paired. */
export const SIMILAR_MAX = 1000
/** Two files are similar when they share this part of the larger one's bytes. */
export const SIMILARITY_MIN = 0.5
/** Chunks of a file that are looked at for similarity. */
const CHUNKS_MAX = 4096

export interface Paired {
  /** In the order of paths: what is left of the added and deleted, and the renamed. */
  changes: TreeChange[]
  /** Whether there were too many files to look for similar ones. */
  limited: boolean
}

/** Pairs deleted files with added ones of equal content, then with similar ones. Empty files are never paired. */
export async function pairRenames(
  reader: ObjectReader,
  deleted: readonly TreeChange[],
  added: readonly TreeChange[],
): Promise<Paired> {
  const pairing = { renamed: [] as TreeChange[], deleted: new Set(deleted), added: new Set(added) }
  pairEqual(pairing)
  const limited = !(await pairSimilar(reader, pairing))
  const changes = [...pairing.renamed, ...pairing.deleted, ...pairing.added]
  return { changes: changes.sort((a, b) => comparePaths(a.path, b.path)), limited }
}

interface Pairing {
  renamed: TreeChange[]
  deleted: Set<TreeChange>
  added: Set<TreeChange>
}

function pairEqual(pairing: Pairing): void {
  const sources = new Map<string, TreeChange[]>()
  for (const change of pairing.deleted) {
    const key = contentKey(change.before)
    if (key === undefined) continue
    const same = sources.get(key)
    if (same === undefined) sources.set(key, [change])
    else same.push(change)
  }
  // Files that kept their name choose first, so that a moved folder of copies is not shuffled.
  for (const sameName of [true, false]) {
    for (const target of pairing.added) {
      const key = contentKey(target.after)
      const same = key === undefined ? undefined : sources.get(key)
      if (same === undefined || same.length === 0) continue
      const at = sameName ? same.findIndex((source) => baseName(source.path) === baseName(target.path)) : 0
      if (at >= 0) pair(pairing, { source: same.splice(at, 1)[0]!, target, similarity: 1 })
    }
  }
}

function contentKey(entry: TreeChange['after']): string | undefined {
  return entry !== undefined && isFile(entry) && entry.size > 0 ? idKey(entry.content) : undefined
}

interface Match {
  source: TreeChange
  target: TreeChange
  similarity: number
}

function pair({ renamed, deleted, added }: Pairing, { source, target, similarity }: Match): void {
  deleted.delete(source)
  added.delete(target)
  const { before } = source
  const { path, after } = target
  renamed.push({
    type: 'renamed',
    path,
    from: source.path,
    similarity,
    ...(before && { before }),
    ...(after && { after }),
  })
}

/** False when there were too many candidates. */
async function pairSimilar(reader: ObjectReader, pairing: Pairing): Promise<boolean> {
  const sources = [...pairing.deleted].filter(({ before }) => hasChunks(before))
  const targets = [...pairing.added].filter(({ after }) => hasChunks(after))
  if (sources.length === 0 || targets.length === 0) return true
  if (sources.length > SIMILAR_MAX || targets.length > SIMILAR_MAX) return false
  const owners = new Map<string, Set<TreeChange>>()
  for (const source of sources) {
    for (const key of (await chunksOf(reader, source.before as FileEntry)).keys()) {
      const set = owners.get(key)
      if (set === undefined) owners.set(key, new Set([source]))
      else set.add(source)
    }
  }
  const matches: Match[] = []
  for (const target of targets) matches.push(...(await matchesOf(reader, target, owners)))
  matches.sort((a, b) => b.similarity - a.similarity || comparePaths(a.target.path, b.target.path))
  for (const match of matches) {
    if (pairing.deleted.has(match.source) && pairing.added.has(match.target)) pair(pairing, match)
  }
  return true
}

async function matchesOf(
  reader: ObjectReader,
  target: TreeChange,
  owners: ReadonlyMap<string, ReadonlySet<TreeChange>>,
): Promise<Match[]> {
  const shared = new Map<TreeChange, number>()
  for (const [key, length] of await chunksOf(reader, target.after as FileEntry)) {
    for (const source of owners.get(key) ?? []) shared.set(source, (shared.get(source) ?? 0) + length)
  }
  return [...shared].flatMap(([source, bytes]) => {
    const similarity = bytes / Math.max(sizeOf(source.before), sizeOf(target.after))
    return similarity >= SIMILARITY_MIN ? [{ source, target, similarity: Math.min(1, similarity) }] : []
  })
}

/** A file of one chunk shares all of it or nothing, and equal files are paired already. */
function hasChunks(entry: TreeChange['after']): boolean {
  return entry !== undefined && isFile(entry) && entry.recipe.form !== 'whole'
}

function sizeOf(entry: TreeChange['after']): number {
  return entry !== undefined && isFile(entry) ? entry.size : 0
}

/** Bytes by chunk, of the first CHUNKS_MAX chunks. */
async function chunksOf(reader: ObjectReader, entry: FileEntry): Promise<Map<string, number>> {
  const chunks = new Map<string, number>()
  let count = 0
  if ((await reader.purged()).has(entry.content)) return chunks
  for await (const batch of iterChunks(reader, entry)) {
    for (const { id, length } of batch) {
      if (++count > CHUNKS_MAX) return chunks
      chunks.set(idKey(id), length)
    }
  }
  return chunks
}
