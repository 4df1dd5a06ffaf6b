// dv du: what directories of a commit take, from its manifest alone.
import { isWithin, parentPath } from '../base/index.js'
import { listDirectory, type PathEntry, summarize } from '../manifest/index.js'
import { entrySize } from '../objects/index.js'
import type { StoreView } from './context.js'
import { entriesAt, isLeaf, meansPattern } from './listing.js'
import type { DuResult } from './results.js'
import type { Stores } from './stores.js'
import { findPlace, type TreePlace } from './tree-address.js'
import type { DuOptions } from './types.js'

type DuRow = DuResult['rows'][number]

/** Directories down to `depth` below the path, by path, each behind what is in it, then the whole. */
export async function du(stores: Stores, { operands, ...options }: DuOptions): Promise<DuResult> {
  const place = await findPlace(stores, operands)
  const rows = await (options.where === undefined ? rowsOfAll(place, options) : rowsOfMeant(place, options))
  const { files, bytes } = rows.at(-1)!
  const { view } = place
  const isFolder = view.storage.properties.localRoot !== undefined
  const storedBytes = isFolder ? await storedBytesOf(view) : undefined
  return { rows, total: { files, bytes }, ...(storedBytes !== undefined && { storedBytes }) }
}

type HowFar = Omit<DuOptions, 'operands'>

/** Nothing below the last level that is shown is read: directories know what is below them. */
async function rowsOfAll(place: TreePlace, options: HowFar): Promise<DuRow[]> {
  const { view, manifest, path } = place
  if (await meansPattern(place)) return rowsOfMeant(place, { ...options, depth: 0 })
  const { entries, bytes } = await summarize(view.store, manifest, path)
  const rows: DuRow[] = []
  if (!(await isLeaf(place))) await addRows(place, { ...options, rows })
  return [...rows, { path, files: entries, bytes }]
}

async function addRows(
  { view, manifest, path }: Pick<TreePlace, 'view' | 'manifest' | 'path'>,
  { depth, rows, signal }: HowFar & { rows: DuRow[] },
): Promise<void> {
  if (depth <= 0) return
  for await (const batch of listDirectory(view.store, manifest, path)) {
    signal?.throwIfAborted()
    for (const { path: child, below } of batch) {
      if (!below) continue
      await addRows({ view, manifest, path: child }, { depth: depth - 1, rows, ...(signal && { signal }) })
      rows.push({ path: child, files: below.entries, bytes: below.bytes })
    }
  }
}

/** Entry by entry; in the order of paths a directory is done when another begins. */
async function rowsOfMeant(place: TreePlace, { depth, where, signal }: HowFar): Promise<DuRow[]> {
  const whole: DuRow = { path: place.path, files: 0, bytes: 0 }
  const rows: DuRow[] = []
  const open: DuRow[] = []
  for await (const batch of entriesAt(place, { where, signal })) {
    signal?.throwIfAborted()
    for (const [path, entry] of batch) {
      while (open.length > 0 && !isBelow(path, open.at(-1)!.path)) rows.push(open.pop()!)
      for (const directory of directoriesOf(path, { above: place.path, depth }).slice(open.length))
        open.push({ path: directory, files: 0, bytes: 0 })
      for (const row of [whole, ...open]) addTo(row, entry)
    }
  }
  return [...rows, ...open.reverse(), whole]
}

export function isBelow(path: string, directory: string): boolean {
  return path !== directory && isWithin(path, directory)
}

/** The directories that a path lies in, from the outermost, as many as `depth` below `above`. */
export function directoriesOf(path: string, { above, depth }: { above: string; depth: number }): string[] {
  const all: string[] = []
  for (let parent = parentPath(path); parent !== '' && isBelow(parent, above); parent = parentPath(parent))
    all.unshift(parent)
  return all.slice(0, depth)
}

function addTo(row: DuRow, entry: PathEntry[1]): void {
  row.files++
  row.bytes += entrySize(entry)
}

/** All packs: data and nodes of all commits, and what a collection would remove. In a bucket of many packs, listing them
 * would cost more than all else. */
async function storedBytesOf({ storage }: StoreView): Promise<number> {
  let sum = 0
  for await (const { size } of storage.list('packs/')) sum += size
  return sum
}
