// --where: the entries of a tree that an expression means. Only where it says they can be is read.
import { DvError, nearest } from '../base/index.js'
import {
  boundsOf,
  COLUMNS,
  entryRow,
  type Expression,
  isTrue,
  metadataKeys,
  parseExpression,
  type PathBound,
} from '../expression/index.js'
import type { ManifestId } from '../hash/index.js'
import { type EffectiveEntry, iterEffective, type IterOptions, type PathEntry } from '../manifest/index.js'
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
  if (key !== undefined && entries > 0) throw unknownColumn(key, { where, known, entries })
}

function addKeys(known: Set<string>, batch: readonly EffectiveEntry[]): void {
  for (const [, { metadata }, effective] of batch)
    if (metadata) for (const key of effective.keys()) known.add(key)
}

function unknownColumn(
  key: string,
  { where, known, entries }: { where: string; known: ReadonlySet<string>; entries: number },
): DvError {
  const near = nearest(key, [...COLUMNS, ...known])
  const meant = near.map((name) => `'${name}'`).join(', ')
  const some = [...known].sort().slice(0, NAMED_MAX).join(', ')
  return new DvError(
    'DV_UNKNOWN_COLUMN',
    `No entry has the metadata '${key}' (${entries.toLocaleString('en')} ${entries === 1 ? 'was' : 'were'} looked at)`,
    {
      data: { column: key, expression: where, nearest: near, entries },
      hint:
        near.length > 0
          ? `did you mean ${meant}?`
          : known.size > 0
            ? `these there are: ${some}${known.size > NAMED_MAX ? ' …' : ''}`
            : `the tree has no metadata; columns are ${COLUMNS.join(', ')}`,
    },
  )
}

const NAMED_MAX = 10
