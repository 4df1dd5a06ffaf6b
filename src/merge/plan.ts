// What a merge of two trees has to do, path by path, before any content is looked at.
//
// A file of one side collides with a directory of the other when the result would hold both `p` and `p/x`. Either
// side by itself is a valid tree, so one of them added or kept what the other replaced, and both paths are among those
// that changed since the base: whatever stands below `p` follows right behind it in the order of paths. So only when
// the next changed path lies below `p` is the rest below it looked through.
import { isWithin } from '../base/index.js'
import type { Entry } from '../objects/index.js'
import { type MergeItem, mergeManifests, type MergeRoots } from '../manifest/index.js'
import type { ObjectReader } from '../store/index.js'

interface Sides {
  path: string
  base?: Entry
  ours?: Entry
  theirs?: Entry
}

export type MergeStep =
  /** Only they changed it: what stands there now, or nothing. */
  | (Sides & { kind: 'take'; entry: Entry | undefined })
  /** Both have it and changed it, differently. */
  | (Sides & { kind: 'combine'; ours: Entry; theirs: Entry })
  /** One side changed what the other deleted. `entry`: the changed one. */
  | (Sides & { kind: 'modify-delete'; entry: Entry })
  /** A file of `side` stands where the other has a directory. `entry`: the directory's own entry, if it has one. */
  | (Sides & { kind: 'file-directory'; side: 'ours' | 'theirs'; file: Entry; entry: Entry | undefined })

/** The steps that make the merged tree from ours, in the order of paths, in batches. */
export async function* planMerge(
  reader: ObjectReader,
  roots: MergeRoots,
): AsyncGenerator<MergeStep[], void, undefined> {
  let held: MergeItem | undefined
  for await (const batch of mergeManifests(reader, roots)) {
    const steps: MergeStep[] = []
    for (const item of batch) {
      if (held !== undefined) {
        const below =
          isWithin(item.path, held.path) && blocks(held) && (await existsBelow(reader, roots, held.path))
        addStep(steps, held, below)
      }
      held = item
    }
    if (steps.length > 0) yield steps
  }
  const steps: MergeStep[] = []
  if (held !== undefined) addStep(steps, held, false)
  if (steps.length > 0) yield steps
}

function addStep(steps: MergeStep[], item: MergeItem, below: boolean): void {
  const step = stepOf(item, below)
  if (step !== undefined) steps.push(step)
}

function stepOf(item: MergeItem, below: boolean): MergeStep | undefined {
  const { side, ours, theirs } = item
  const sides = sidesOf(item)
  if (below || (side === 'both' && isNode(ours) !== isNode(theirs) && ours && theirs)) return collision(item)
  if (side === 'ours' || side === 'same') return undefined
  if (side === 'theirs') return { ...sides, kind: 'take', entry: theirs }
  if (ours !== undefined && theirs !== undefined) return { ...sides, kind: 'combine', ours, theirs }
  return { ...sides, kind: 'modify-delete', entry: (ours ?? theirs)! }
}

function collision(item: MergeItem): MergeStep {
  const { ours, theirs } = item
  const side = isNode(ours) ? 'ours' : 'theirs'
  const [file, other] = side === 'ours' ? [ours, theirs] : [theirs, ours]
  return {
    ...sidesOf(item),
    kind: 'file-directory',
    side,
    file: file!,
    entry: isNode(other) ? undefined : other,
  }
}

function sidesOf({ path, base, ours, theirs }: MergeItem): Sides {
  return { path, ...(base && { base }), ...(ours && { ours }), ...(theirs && { theirs }) }
}

/** Whether it is something that nothing can stand below. */
function isNode(entry: Entry | undefined): boolean {
  return entry !== undefined && entry.kind !== 'directory'
}

function resultOf({ side, ours, theirs }: MergeItem): Entry | undefined {
  return side === 'theirs' ? theirs : (ours ?? (side === 'both' ? theirs : undefined))
}

function blocks(item: MergeItem): boolean {
  return isNode(resultOf(item))
}

async function existsBelow(reader: ObjectReader, roots: MergeRoots, path: string): Promise<boolean> {
  for await (const batch of mergeManifests(reader, roots, { prefix: path })) {
    if (batch.some((item) => item.path !== path && resultOf(item) !== undefined)) return true
  }
  return false
}
