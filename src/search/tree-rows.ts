// The rows of a tree: those that are kept, or made of the rows of a tree before it, or anew.
import { comparePaths, noProgress, type OnProgress, parentPath } from '../base/index.js'
import { type ManifestId, toHex } from '../hash/index.js'
import {
  type Change,
  diffManifests,
  type EffectiveEntry,
  type Inheritance,
  inheritanceAt,
  iterEffective,
  loadMetadata,
  lookupMany,
  summarize,
} from '../manifest/index.js'
import { type FileEntry, isFile } from '../objects/index.js'
import type { ObjectStore } from '../store/index.js'
import type { BuildLimits } from './builders.js'
import type { Documents } from './documents.js'
import { keepRows, keptRows, KINDS, type Rows } from './rows.js'
import type { SearchFolder } from './search-folder.js'
import { NO_DOCUMENT, Session } from './session.js'
import { fillContents, fillRows, type TreeColumns, treeColumns } from './tree-documents.js'

export interface Indexing {
  store: ObjectStore
  folder: SearchFolder
  /** Of what was purged: an index of anything else is made anew. */
  purged: string
  /** What is in the store: while it is the same, contents that are not here are not looked for again. */
  seen: string
  /** How much is done at once. */
  limits?: BuildLimits
  onProgress?: OnProgress
  signal?: AbortSignal
}

/** Beyond this part of a tree, all of it is walked again. */
const CHANGED_PART = 1 / 8
const BATCH_ENTRIES = 4096
const BATCH_BYTES = 32 * 1024 * 1024

/** Puts the rows of a tree into the folder, unless they are there, and what they lead to into the index. */
export async function ensureTreeRows(
  work: Indexing,
  manifest: ManifestId,
  ancestors: AsyncIterable<ManifestId>,
): Promise<Rows> {
  const { folder, purged, seen } = work
  const kept = keptRows(folder, nameOf(manifest), folder.root(purged).id)
  if (kept && (kept.absent === 0 || kept.seen === seen)) return kept
  const opened = folder.open(purged)
  const session = new Session(folder, opened, work.limits)
  try {
    const { documents, root } = opened
    const target = { session, manifest, documents, index: root.id }
    const rows =
      kept?.index === root.id
        ? await again(work, { ...target, rows: kept })
        : ((await fromAncestor(work, target, ancestors)) ?? (await anew(work, target)))
    await session.finish(breathe)
    await keepRows(folder, nameOf(manifest), rows)
    return rows
  } finally {
    await session.close()
    opened.documents.close()
  }
}

function nameOf(manifest: ManifestId): string {
  return `rows-${toHex(manifest)}`
}

export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Where rows are made. */
interface Target {
  session: Session
  manifest: ManifestId
  documents: Documents
  index: string
}

async function anew(work: Indexing, { session, manifest, index }: Target): Promise<Rows> {
  const { store, onProgress = noProgress, signal } = work
  const { entries: total } = await summarize(store, manifest)
  const columns = treeColumns(session, total)
  let row = 0
  let absent = 0
  for await (const batch of batchesOf(iterEffective(store, manifest))) {
    signal?.throwIfAborted()
    const first = row
    absent += await fillRows({ store, session, columns, signal }, batch, (i) => first + i)
    row += batch.length
    onProgress({ phase: 'Indexing files', done: row, total, unit: 'files' })
  }
  return rowsOf(columns, { index, absent, seen: work.seen })
}

async function* batchesOf(leaves: AsyncIterable<EffectiveEntry[]>): AsyncGenerator<EffectiveEntry[]> {
  let batch: EffectiveEntry[] = []
  let bytes = 0
  for await (const leaf of leaves) {
    for (const item of leaf) {
      batch.push(item)
      bytes += isFile(item[1]) ? Math.min(item[1].size, BATCH_BYTES / 64) : 0
      if (batch.length < BATCH_ENTRIES && bytes < BATCH_BYTES) continue
      yield batch
      batch = []
      bytes = 0
    }
  }
  if (batch.length > 0) yield batch
}

function rowsOf(
  { kinds, sizes, ...fields }: TreeColumns,
  state: Pick<Rows, 'index' | 'absent' | 'seen'>,
): Rows {
  return { ...state, count: kinds.length, fields, kinds, sizes }
}

interface Kept extends Target {
  rows: Rows
}

/** Looks again for contents that were not here. */
async function again(
  { store, seen, signal }: Indexing,
  { session, manifest, rows, documents, index }: Kept,
): Promise<Rows> {
  const columns = copyRows(session, rows, [])
  const missing = absentRows(columns)
  let absent = 0
  for (let from = 0; from < missing.length; from += BATCH_ENTRIES) {
    signal?.throwIfAborted()
    const some = missing.slice(from, from + BATCH_ENTRIES)
    const paths = some.map((row) => documents.text(columns.place[row]!))
    const entries = await lookupMany(store, manifest, paths)
    const waiting = some.map((row, i) => ({ row, file: entries[i] as FileEntry }))
    absent += await fillContents({ store, session, columns, signal }, waiting)
  }
  return rowsOf(columns, { index, absent, seen })
}

function absentRows({ kinds, content }: TreeColumns): number[] {
  const rows: number[] = []
  const files = KINDS.indexOf('symlink')
  for (let row = 0; row < kinds.length; row++)
    if (kinds[row]! < files && content[row] === NO_DOCUMENT) rows.push(row)
  return rows
}

/** From the rows of the nearest ancestor that are kept; undefined when too much differs. */
async function fromAncestor(
  work: Indexing,
  target: Target,
  ancestors: AsyncIterable<ManifestId>,
): Promise<Rows | undefined> {
  for await (const ancestor of ancestors) {
    const rows = keptRows(work.folder, nameOf(ancestor), target.index)
    if (rows) return changed(work, { ...target, rows }, ancestor)
  }
  return undefined
}

async function changed(
  { store, seen, signal }: Indexing,
  { session, manifest, rows, documents, index }: Kept,
  ancestor: ManifestId,
): Promise<Rows | undefined> {
  const changes: Change[] = []
  for await (const batch of diffManifests(store, [ancestor, manifest])) {
    signal?.throwIfAborted()
    changes.push(...batch)
    if (changes.length > CHANGED_PART * rows.count || batch.some(concernsBelow)) return undefined
  }
  const pathAt = (row: number) => documents.text(rows.fields.place![row]!)
  const splices = changes.map(({ path, before, after }): Splice => {
    const row = lowerBound(rows.count, (at) => comparePaths(pathAt(at), path) < 0)
    return { row, removed: before ? 1 : 0, added: after ? 1 : 0 }
  })
  const columns = copyRows(session, rows, splices)
  const added = await effectiveEntries(store, manifest, changes)
  const places = placesOfAdded(splices)
  for (let from = 0; from < added.length; from += BATCH_ENTRIES) {
    const batch = added.slice(from, from + BATCH_ENTRIES)
    await fillRows({ store, session, columns, signal }, batch, (i) => places[from + i]!)
  }
  return rowsOf(columns, {
    index,
    absent: absentRows(columns).length,
    seen: rows.absent > 0 ? rows.seen : seen,
  })
}

/** A directory whose metadata changes what is said of all below it. */
function concernsBelow({ before, after }: Change): boolean {
  return [before, after].some((entry) => entry?.kind === 'directory' && entry.metadata !== undefined)
}

function lowerBound(count: number, isBefore: (at: number) => boolean): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(middle)) low = middle + 1
    else high = middle
  }
  return low
}

/** Before a row, or in its place. */
interface Splice {
  row: number
  removed: 0 | 1
  added: 0 | 1
}

/** Columns with the rows of others, and room for those that are added. */
function copyRows(session: Session, rows: Rows, splices: readonly Splice[]): TreeColumns {
  const count = splices.reduce((sum, { removed, added }) => sum + added - removed, rows.count)
  const columns = treeColumns(session, count)
  const pairs = [
    [columns.place, rows.fields.place!],
    [columns.metadata, rows.fields.metadata!],
    [columns.content, rows.fields.content!],
    [columns.kinds, rows.kinds],
    [columns.sizes, rows.sizes!],
  ] as const
  let [from, to] = [0, 0]
  for (const { row, removed, added } of [...splices, { row: rows.count, removed: 0, added: 0 }]) {
    for (const [target, source] of pairs) target.set(source.subarray(from, row), to)
    to += row - from + added
    from = row + removed
  }
  return columns
}

/** The new rows of what is added. */
function placesOfAdded(splices: readonly Splice[]): number[] {
  let shift = 0
  return splices.flatMap(({ row, removed, added }) => {
    const place = row + shift
    shift += added - removed
    return added ? [place] : []
  })
}

/** What is at changed paths now, with what it inherits. */
async function effectiveEntries(
  store: ObjectStore,
  manifest: ManifestId,
  changes: readonly Change[],
): Promise<EffectiveEntry[]> {
  const entries: EffectiveEntry[] = []
  let inheritance: Inheritance | undefined
  let parent: string | undefined
  for (const { path, after } of changes) {
    if (!after) continue
    if (!inheritance || parentPath(path) !== parent) inheritance = await inheritanceAt(store, manifest, path)
    parent = parentPath(path)
    const own = await loadMetadata(store, after)
    entries.push([path, after, inheritance.effective(path, own, after.kind === 'directory')])
  }
  return entries
}
