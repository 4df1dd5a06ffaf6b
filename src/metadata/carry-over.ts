// Edits that are kept while another tree is checked out: as with files, what the two trees have in common stays edited, and
// what they do not have in common is in the way.
import { type ManifestId } from '../hash/index.js'
import { lookupMany } from '../manifest/index.js'
import { type Metadata, sameValue } from '../objects/index.js'
import type { ObjectReader, ObjectWriter } from '../store/index.js'
import { addEdits, iterEdits, metadataAt, type PathEdit } from './pending-tree.js'

export interface CarryOptions {
  pending: ManifestId
  from: ManifestId | undefined
  to: ManifestId | undefined
}

export interface Carried {
  /** The edits against `to`, without those in the way. */
  pending: ManifestId | undefined
  /** Paths with an edit of what differs between the two trees. */
  inTheWay: string[]
}

const NAMED_MAX = 10_000

export async function carryOver(writer: ObjectWriter, { pending, from, to }: CarryOptions): Promise<Carried> {
  const inTheWay: string[] = []
  const edits = kept(writer, { pending, from, to }, inTheWay)
  const carried = await addEdits(writer, { pending: undefined, tree: to, edits })
  return { pending: carried.pending, inTheWay }
}

async function* kept(
  reader: ObjectReader,
  { pending, from, to }: CarryOptions,
  inTheWay: string[],
): AsyncGenerator<PathEdit[]> {
  for await (const batch of iterEdits(reader, pending)) {
    const paths = batch.map(({ path }) => path)
    const before = await metadataAt(reader, from, paths)
    const after = await metadataAt(reader, to, paths)
    const gone = await areGone(reader, { from, to, paths })
    const edits: PathEdit[] = []
    for (const [i, edit] of batch.entries()) {
      if (!gone[i] && !isContested(edit, before[i]!, after[i]!)) edits.push(edit)
      else if (inTheWay.length < NAMED_MAX) inTheWay.push(edit.path)
    }
    yield edits
  }
}

/** Entries that only the tree that is left has: nothing would be there to carry the metadata. */
async function areGone(
  reader: ObjectReader,
  { from, to, paths }: Omit<CarryOptions, 'pending'> & { paths: readonly string[] },
): Promise<boolean[]> {
  if (!from) return paths.map(() => false)
  const before = await lookupMany(reader, from, paths)
  const after = to ? await lookupMany(reader, to, paths) : []
  const isThing = (i: number) => before[i] !== undefined && before[i].kind !== 'directory'
  return paths.map((_, i) => isThing(i) && after[i] === undefined)
}

/** Whether an edited name has another value in the other tree, and not the one that is set. */
function isContested({ set, unset }: PathEdit, before: Metadata, after: Metadata): boolean {
  const isOther = (name: string) => !sameValue(before.get(name), after.get(name))
  for (const [name, value] of set) if (isOther(name) && !sameValue(after.get(name), value)) return true
  return unset.some((name) => isOther(name) && after.has(name))
}
