// dv get: files of a commit, here or in another store, as plain files anywhere. What is there with the right content is
// not fetched again, so that the same command goes on where an earlier one ended.
import path from 'node:path'
import { DvError } from '../base/index.js'
import { createShapeCheck, ParentGuard } from '../files/index.js'
import { parseAddress, parseElsewhere } from '../history/index.js'
import { summarize } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import type { Purged } from '../store/index.js'
import { lookAt, type Targets, targetsOf } from './get-target.js'
import { countEntry, NAMED_MAX, receiveEntries, type ToReceive } from './receive-entries.js'
import type { GetResult, PurgedFiles, Sum } from './results.js'
import type { Stores } from './stores.js'
import { findPlace } from './tree-address.js'
import type { GetOptions } from './types.js'

export async function get(stores: Stores, options: GetOptions): Promise<GetResult> {
  const { address, destination: typed, where, signal } = options
  const place = await findPlace(stores, [address])
  const { cwd } = stores.surroundings
  const targets = await targetsOf(place, { cwd, typed, name: storeName(address), where, signal })
  const { destination, root } = targets
  const kept: Sum = { files: 0, bytes: 0 }
  const purged = await place.view.store.purged()
  const { missing, holes } = await whatIsMissing(targets, { kept, purged }, options)
  if (where !== undefined && kept.files + missing.length + holes.count === 0) {
    const { nothingMeant } = await import('./where.js')
    throw nothingMeant(where, (await summarize(place.view.store, place.manifest)).entries)
  }
  // Of a folder all is written that is left.
  const how = { ...options, passesOverLost: destination === root }
  const { written, lost } = await receiveEntries(place.view, { root, missing }, how)
  if (lost) stores.surroundings.onLost?.(lost)
  return { destination, written, kept, ...(holes.count > 0 && { purged: holes }), ...(lost && { lost }) }
}

/** What a whole tree is called: the last part of its store's address. */
function storeName(address: string): string | undefined {
  const repo = parseElsewhere(address)?.repo ?? repoOf(address)
  return repo?.split(/[\\/]+/).findLast((part) => part !== '' && !/^\.+$/.test(part))
}

function repoOf(address: string): string | undefined {
  try {
    return parseAddress(address).repo
  } catch {
    return undefined
  }
}

/** Looks at all places before anything is written. */
async function whatIsMissing(
  { root, destination, entries }: Targets,
  { kept, purged }: { kept: Sum; purged: Purged },
  { force, signal }: GetOptions,
): Promise<{ missing: ToReceive[]; holes: PurgedFiles }> {
  const guard = new ParentGuard(root)
  const checkShape = createShapeCheck()
  const missing: ToReceive[] = []
  const inTheWay: string[] = []
  const holes: PurgedFiles = { count: 0, items: [] }
  for await (const batch of entries) {
    signal?.throwIfAborted()
    for (const [at, entry] of batch) {
      checkShape(at, entry.kind)
      if (isFile(entry) && purged.has(entry.content)) {
        // A file that was asked for by its name is no hole in something.
        if (destination !== root) purged.refuse(entry, at)
        const { time, reason } = purged.noteOf(entry.content)!
        if (++holes.count <= NAMED_MAX) holes.items.push({ path: at, time, reason })
        continue
      }
      const standing = lookAt(root, at, { entry, guard })
      if (standing === 'same') countEntry(kept, entry)
      else if (standing === 'nothing' || (standing === 'other' && force)) missing.push({ at, entry, force })
      else inTheWay.push(path.join(root, at))
    }
  }
  if (inTheWay.length > 0) throw wouldOverwrite(inTheWay)
  return { missing, holes }
}

function wouldOverwrite(paths: readonly string[]): DvError {
  const more = paths.length > 1 ? ` and ${paths.length - 1} more` : ''
  return new DvError(
    'DV_WOULD_OVERWRITE',
    `Something else stands at '${paths[0]}'${more}; nothing was written`,
    {
      data: { paths: paths.slice(0, NAMED_MAX), count: paths.length },
      hint: 'name another destination; --force replaces files that differ (never folders)',
    },
  )
}
