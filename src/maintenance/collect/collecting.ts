// What both halves of a collection do: read what keeps, and mark what that leads to.
import { corrupt, DvError, isDvError, noProgress, type OnProgress } from '../../base/index.js'
import type { Id, ObjectKind } from '../../hash/index.js'
import type { IndexRoot, NearSegments } from '../../index/index.js'
import type { ObjectReader, ObjectStore } from '../../store/index.js'
import { readingAhead } from '../../transfer/index.js'
import { Problems } from '../problems.js'
import { checkRoots, type OutsideRoots, type Roots } from '../roots.js'
import { Marker } from './mark.js'
import { MarkedIndex } from './marked-index.js'
import { markStaying } from './staying.js'

export interface CollectOptions {
  /** Segments that need not come from the storage. */
  near?: NearSegments | undefined
  /** What working directories need; asked each time that what keeps is read. */
  outside: () => Promise<OutsideRoots>
  /** Names of operations that keep nothing any more. */
  leftOut?: ReadonlySet<string>
  /** Younger objects are left alone, and what was listed is deleted no sooner. Milliseconds; 0: nobody else writes there. */
  grace: number
  /** The share of garbage, 0 to 1, from which on a pack is written anew. */
  threshold: number
  signal?: AbortSignal | undefined
  onProgress?: OnProgress | undefined
}

/** One mark of a store under way. */
export interface Collecting {
  store: ObjectStore
  options: CollectOptions
  index: MarkedIndex
  marker: Marker
  staysWhole: (pack: string) => boolean
}

export function startCollecting(
  store: ObjectStore,
  options: CollectOptions,
  staysWhole: (pack: string) => boolean,
): Collecting {
  const index = new MarkedIndex(store.storage, options.near)
  const reader: ObjectReader = readingAhead(store)
  const marker = new Marker({ ...options, index, reader, staysWhole })
  return { store, options, index, marker, staysWhole }
}

/** Everything that keeps commits and trees alive, as of now. Throws when a part of it cannot be read: then nobody knows what
 * is needed, and nothing may go. */
export async function readKept({ store, options }: Pick<Collecting, 'store' | 'options'>): Promise<Roots> {
  const problems = new Problems()
  const step = async () => throwIfAborted(options.signal)
  const roots = await checkRoots({ store, problems, step }, await options.outside(), options.leftOut)
  const [first] = problems.list()
  if (!first) return roots
  throw notCollected(corrupt(`The ${first.object} '${first.name}' cannot be used: ${first.what}`))
}

/** Marks all that `roots` lead to, and what packs lead to that stay. */
export async function markAll(collecting: Collecting, roots: Roots): Promise<void> {
  const { marker, index } = collecting
  const reach = (kind: ObjectKind, found: readonly { id: Id }[]) =>
    marker.reach(
      kind,
      found.map(({ id }) => id),
    )
  try {
    await reach('commit', roots.commits)
    await reach('tag', roots.tags)
    await reach('manifest', roots.manifests)
    await marker.settle()
    await markWhatStays(collecting, index.segments)
  } catch (error) {
    if (!isDvError(error, 'DV_MISSING_OBJECT') && !isDvError(error, 'DV_CORRUPT')) throw error
    throw notCollected(error)
  }
}

/** Goes on marking from segments that came since. */
export async function markWhatStays(
  { store: { storage }, index, marker, staysWhole }: Collecting,
  segments: MarkedIndex['segments'],
): Promise<void> {
  await markStaying({ storage, index, marker, staysWhole }, segments)
  await marker.settle()
}

/** Opens the segments of a root that `read` gives, of the newest one when some were replaced meanwhile. Returns the root,
 * and the segments that were not known. */
export async function takeRoot<T extends { root: IndexRoot }>(
  { index, options: { onProgress = noProgress } }: Collecting,
  read: () => Promise<T>,
): Promise<{ known: T; added: MarkedIndex['segments'] }> {
  for (let attempt = 1; ; attempt++) {
    const known = await read()
    try {
      onProgress({ phase: 'reading the index', done: 0, unit: 'objects' })
      return { known, added: await index.take(known.root) }
    } catch (error) {
      if (!isDvError(error, 'DV_NOT_FOUND') || attempt === ATTEMPTS) throw error
    }
  }
}

const ATTEMPTS = 5

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DvError('DV_INTERRUPTED', 'Interrupted while collecting garbage')
}

/** What keeps or needs something is damaged. */
function notCollected(cause: DvError): DvError {
  return new DvError(
    cause.code,
    `Nothing was collected, because it is not known what is needed. ${cause.message}`,
    {
      data: { ...cause.data },
      hint: "'dv fsck' lists what is damaged, 'dv repair' mends it; then collect",
      cause,
    },
  )
}
