// dv purge: contents of files are taken out of all versions for good, here and at every remote that can be reached. What
// stays is a record of when, why and by whom, by which old commits verify and show a hole: spec/18-purge.md
import { DvError, randomHex } from '../base/index.js'
import { OpenParents } from '../files/index.js'
import { toHex } from '../hash/index.js'
import type { FoundFile } from '../maintenance/index.js'
import { iterEntries } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import { clearCachedStore } from '../storage/index.js'
import {
  isReason,
  pathsForRecord,
  Purged,
  PURGED_CONTENTS_MAX,
  type PurgeNote,
  type PurgeRecord,
} from '../store/index.js'
import { isAsEntry, lookOnDisk } from '../workspace/index.js'
import { ownSignature } from './author.js'
import { cacheFolder } from './cache.js'
import { type Context, currentHead, manifestOf, withLock, workTree } from './context.js'
import { perform } from './perform.js'
import { findMeant } from './purge-meant.js'
import type { PurgedContentInfo, PurgedStore, PurgeListed, PurgeResult } from './purge-results.js'
import { expungeFrom, recordsOf, type Records } from './purge-spread.js'
import { forgetTables } from './query-places.js'
import { asUnreached, lackingAnywhere, type Target, unionOf, withStores } from './purge-targets.js'
import type { PurgeOptions, Work } from './types.js'

const PATHS_NAMED = 20

export function purge(context: Context, options: PurgeOptions): Promise<PurgeResult> {
  refuseNoReason(options)
  return withLock(context, () =>
    withStores(context, async (targets, unreached) => {
      const found = await findMeant(context, targets, options)
      const { name, email, time } = await ownSignature(context)
      const about = { time, by: `${name} <${email}>`, reason: options.reason }
      // What an earlier run began is ended under its own records.
      const earlier = await unionOf(targets)
      const named = new Purged(earlier.values())
      const fresh = recordsFor(
        found.filter(({ content }) => !named.has(content)),
        about,
      )
      const open = await lackingAnywhere(targets, earlier)
      const order = { targets, records: new Map([...earlier, ...fresh]) }
      const stores = await expungeAll(context, { ...order, landed: () => log(context, options) }, options)
      const removed = options.files && !options.dryRun ? await removeFiles(context) : undefined
      return {
        ...about,
        dryRun: options.dryRun,
        contents: found.map(describe),
        stores: [...stores, ...unreached],
        ...(open.size > 0 && { ended: listed(open) }),
        ...(removed !== undefined && { removed }),
      }
    }),
  )
}

/** Once the data is gone here: the log says what happened, and that nothing brings it back. */
async function log(context: Context, { paths, contents, at, reason }: PurgeOptions): Promise<void> {
  const where = at.flatMap((typed) => ['--at', typed])
  const args = [...paths, ...contents, ...where, '--reason', reason]
  await perform(context, { verb: 'purge', args })
}

/** What was purged anywhere is purged everywhere: what an earlier run did not reach, or did not end. */
export function resumePurge(context: Context, options: Work): Promise<PurgedStore[]> {
  return withLock(context, () =>
    withStores(context, async (targets, unreached) => {
      const records = await unionOf(targets)
      const stores = await expungeAll(context, { targets, records }, { ...options, dryRun: false })
      return [...stores, ...unreached]
    }),
  )
}

export async function listPurges({ store }: Context): Promise<PurgeListed[]> {
  await store.index.refresh()
  return listed(await recordsOf(store))
}

/** Oldest first. */
function listed(records: Records): PurgeListed[] {
  const all = [...records].map(([id, { time, by, reason, contents, paths }]) => {
    const bytes = contents.reduce((sum, { size }) => sum + size, 0)
    return { id, time, by, reason, files: contents.length, bytes, paths: [...paths] }
  })
  return all.sort((a, b) => a.time - b.time)
}

function refuseNoReason({ reason }: PurgeOptions): void {
  if (isReason(reason)) return
  throw new DvError(
    'DV_USAGE',
    'A purge needs a reason, which stays when the data is gone: 1 to 4,096 bytes',
    {
      hint: "type: dv purge PATHS --reason 'consent withdrawn'",
    },
  )
}

function recordsFor(found: readonly FoundFile[], about: PurgeNote): Records {
  const records = new Map<string, PurgeRecord>()
  for (let from = 0; from < found.length; from += PURGED_CONTENTS_MAX) {
    const some = found.slice(from, from + PURGED_CONTENTS_MAX)
    const contents = some.map(({ content, size }) => ({ id: content, size }))
    const paths = pathsForRecord(some.flatMap((file) => [...file.paths]))
    records.set(randomHex(16), { ...about, contents, paths })
  }
  return records
}

interface Expunging {
  targets: readonly Target[]
  records: Records
  /** Called when the store here holds by records that it did not name before. */
  landed?: () => Promise<void>
}

/** The store here first: what fails there fails the purge. */
async function expungeAll(
  context: Context,
  { targets, records, landed }: Expunging,
  { dryRun, ...work }: Work & { dryRun: boolean },
): Promise<PurgedStore[]> {
  const stores: PurgedStore[] = []
  for (const target of targets) {
    const { store, remote, id } = target
    const order = { records, dryRun, ...(!remote && { context }) }
    try {
      const isNews = !dryRun && !remote && (await lackingAnywhere([target], records)).size > 0
      const sums = await expungeFrom(store, order, work)
      if (isNews) await landed?.()
      if (!dryRun && !remote) forgetTables(context.workdir.store, context.surroundings)
      const keepsDeleted = !dryRun && store.storage.keepsDeleted?.() === true
      stores.push({
        ...{ ...(remote && { remote }), outcome: 'purged', ...sums },
        ...(keepsDeleted && { keepsDeleted }),
      })
      if (!dryRun && remote) clearCachedStore(cacheFolder(context.surroundings), id)
    } catch (error) {
      if (!remote) throw error
      stores.push(asUnreached(remote, error))
    }
  }
  return stores
}

/** `--files`: what the working directory still has of what was purged. */
async function removeFiles(context: Context): Promise<number> {
  const tree = workTree(context)
  const manifest = await manifestOf(context, (await currentHead(context)).commit)
  const purged = await context.store.purged()
  const parents = new OpenParents(tree.workdir.root)
  // Which takes what stands beyond a link for no file of this working directory.
  const disk = lookOnDisk(tree.workdir.root, tree.traits)
  let removed = 0
  for await (const batch of manifest ? iterEntries(context.store, manifest) : []) {
    for (const [path, entry] of batch) {
      if (!isFile(entry) || !purged.has(entry.content)) continue
      const found = disk.at(path)
      if (!found || !(await isAsEntry(tree, found, entry))) continue
      parents.removeFile(path)
      parents.forget()
      removed++
    }
  }
  return removed
}

function describe({ content, size, paths }: FoundFile): PurgedContentInfo {
  return {
    content: toHex(content),
    bytes: size,
    paths: [...paths].sort().slice(0, PATHS_NAMED),
    count: paths.size,
  }
}
