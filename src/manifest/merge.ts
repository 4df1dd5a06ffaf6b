import { comparePaths } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import type { Entry } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { type Change, diffManifests, type DiffOptions } from './diff.js'
import { sameEntry } from './same-entry.js'

/** A path that one or both sides changed. An absent entry means that nothing stands there. */
export interface MergeItem {
  path: string
  /** `ours` or `theirs`: only that side changed it; `same`: both, alike; `both`: both, differently. */
  side: 'ours' | 'theirs' | 'same' | 'both'
  base?: Entry
  ours?: Entry
  theirs?: Entry
}

export interface MergeRoots {
  base: ManifestId
  ours: ManifestId
  theirs: ManifestId
}

const BATCH = 512

/** Every path that either side changed since `base`, in the order of paths, in batches. Costs two diffs. */
export async function* mergeManifests(
  reader: ObjectReader,
  { base, ours, theirs }: MergeRoots,
  options: DiffOptions = {},
): AsyncGenerator<MergeItem[]> {
  const mine = new Changes(diffManifests(reader, [base, ours], options))
  const other = new Changes(diffManifests(reader, [base, theirs], options))
  await Promise.all([mine.fill(), other.fill()])
  let items: MergeItem[] = []
  while (mine.current !== undefined || other.current !== undefined) {
    items.push(nextItem(mine, other))
    if (mine.isEmpty) await mine.fill()
    if (other.isEmpty) await other.fill()
    if (items.length < BATCH) continue
    yield items
    items = []
  }
  if (items.length > 0) yield items
}

function nextItem(mine: Changes, other: Changes): MergeItem {
  const a = mine.current
  const b = other.current
  const order = a === undefined ? 1 : b === undefined ? -1 : comparePaths(a.path, b.path)
  if (order <= 0) mine.step()
  if (order >= 0) other.step()
  if (order < 0) return item('ours', { path: a!.path, base: a!.before, ours: a!.after, theirs: a!.before })
  if (order > 0) return item('theirs', { path: b!.path, base: b!.before, ours: b!.before, theirs: b!.after })
  const side = sameEntry(a!.after, b!.after) ? 'same' : 'both'
  return item(side, { path: a!.path, base: a!.before, ours: a!.after, theirs: b!.after })
}

interface Sides {
  path: string
  base: Entry | undefined
  ours: Entry | undefined
  theirs: Entry | undefined
}

function item(side: MergeItem['side'], { path, base, ours, theirs }: Sides): MergeItem {
  return { path, side, ...(base && { base }), ...(ours && { ours }), ...(theirs && { theirs }) }
}

/** The changes of a diff one by one, without a promise for each. */
class Changes {
  readonly #source: AsyncGenerator<Change[]>
  #batch: Change[] = []
  #index = 0
  #done = false

  constructor(source: AsyncGenerator<Change[]>) {
    this.#source = source
  }

  get current(): Change | undefined {
    return this.#batch[this.#index]
  }

  /** Whether `fill` must come before `current` can be believed. */
  get isEmpty(): boolean {
    return !this.#done && this.#index >= this.#batch.length
  }

  step(): void {
    this.#index++
  }

  async fill(): Promise<void> {
    const next = await this.#source.next()
    this.#done = next.done === true
    this.#batch = next.done === true ? [] : next.value
    this.#index = 0
  }
}
