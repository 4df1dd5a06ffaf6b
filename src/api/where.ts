// --where: the entries of a tree that an expression means. Only where it says they can be is read.
import { DvError } from '../base/index.js'
import {
  boundsOf,
  entryRow,
  type Expression,
  isTrue,
  metadataKeys,
  parseExpression,
  type PathBound,
  unknownKey,
} from '../expression/index.js'
import type { ManifestId } from '../hash/index.js'
import {
  type EffectiveEntry,
  iterEffective,
  type IterOptions,
  type PathEntry,
  summarize,
} from '../manifest/index.js'
import type { ObjectReader } from '../store/index.js'

export interface WhereOptions {
  where: string
  /** A path: only what stands at it and below. */
  within?: string
  /** A key that no entry has is no error. */
  mayMiss?: boolean
  signal?: AbortSignal | undefined
}

/** In the order of paths, in batches. Throws DV_BAD_EXPRESSION before anything is read, and at the end DV_UNKNOWN_COLUMN
 * when no entry of the whole tree has a key that the expression names. */
export function entriesWhere(
  reader: ObjectReader,
  manifest: ManifestId,
  options: WhereOptions,
): AsyncGenerator<PathEntry[]> {
  return walkWhere({ reader, manifest, ...options, expression: parseExpression(options.where) })
}

/** Throws DV_NO_MATCH where nothing is meant of a tree that has something, and what entriesWhere() does. */
export async function requireMeant(
  reader: ObjectReader,
  manifest: ManifestId,
  options: WhereOptions,
): Promise<void> {
  // Where something is meant, the rest need not be looked at.
  for await (const _ of entriesWhere(reader, manifest, options)) return
  const { entries } = await summarize(reader, manifest)
  if (entries > 0) throw nothingMeant(options.where, entries)
}

/** `entries`: of the whole tree. */
export function nothingMeant(where: string, entries: number): DvError {
  const there = `${entries.toLocaleString('en')} ${entries === 1 ? 'is' : 'are'} there`
  return new DvError('DV_NO_MATCH', `No entry is what '${where}' means: ${there}`, {
    data: { expression: where, entries },
    hint: "nothing was changed; 'dv ls --where EXPR' tells what one means, 'dv query' which values there are",
  })
}

interface Walk extends WhereOptions {
  reader: ObjectReader
  manifest: ManifestId
  expression: Expression
}

async function* walkWhere(walk: Walk): AsyncGenerator<PathEntry[]> {
  const { expression, signal } = walk
  const missed = new Set(metadataKeys(expression))
  for (const range of rangesOf(boundsOf(expression), walk.within ?? '')) {
    for await (const batch of iterEffective(walk.reader, walk.manifest, range)) {
      signal?.throwIfAborted()
      const meant: PathEntry[] = []
      for (const [path, entry, metadata] of batch) {
        for (const key of missed) if (metadata.has(key)) missed.delete(key)
        if (isTrue(expression, entryRow(path, entry, metadata))) meant.push([path, entry])
      }
      if (meant.length > 0) yield meant
    }
  }
  if (missed.size > 0 && !walk.mayMiss) await refuseUnknown(walk, missed)
}

/** The parts of a tree that are both within a path and within bounds. */
function rangesOf(bounds: readonly PathBound[] | undefined, within: string): IterOptions[] {
  if (!bounds) return [{ prefix: within }]
  return bounds.flatMap(({ text, isWhole }): IterOptions[] => {
    if (within === '' || text === within || text.startsWith(`${within}/`))
      return [isWhole ? { only: text } : text === within ? { prefix: within } : { begins: text }]
    return !isWhole && within.startsWith(text) ? [{ prefix: within }] : []
  })
}

/** What was looked at is not all that the tree has. */
async function refuseUnknown({ reader, manifest, where, signal }: Walk, missed: Set<string>): Promise<void> {
  const known = new Set<string>()
  let entries = 0
  for await (const batch of iterEffective(reader, manifest)) {
    signal?.throwIfAborted()
    entries += batch.length
    addKeys(known, batch)
    if ([...missed].every((key) => known.has(key))) return
  }
  const [key] = [...missed].filter((name) => !known.has(name))
  if (key !== undefined && entries > 0) throw unknownKey(key, { known, expression: where, entries })
}

function addKeys(known: Set<string>, batch: readonly EffectiveEntry[]): void {
  for (const [, { metadata }, effective] of batch)
    if (metadata) for (const key of effective.keys()) known.add(key)
}
