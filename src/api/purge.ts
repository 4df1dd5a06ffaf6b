// dv purge: contents of files are taken out of all versions for good, here and at every remote that can be reached. What
// stays is a record of when, why and by whom, by which old commits verify and show a hole: spec/18-purge.md
import fs from 'node:fs'
import { DvError, isDvError, randomHex } from '../base/index.js'
import { idKey, parseId, toHex } from '../hash/index.js'
import { findContents, type FoundFile } from '../maintenance/index.js'
import { iterEntries } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import { clearCachedStore } from '../storage/index.js'
import {
  isReason,
  type ObjectStore,
  pathsForRecord,
  PURGED_CONTENTS_MAX,
  type PurgeRecord,
} from '../store/index.js'
import { isAsEntry, scanPath } from '../workspace/index.js'
import { ownSignature } from './author.js'
import { cacheFolder } from './cache.js'
import {
  type Context,
  currentHead,
  effectiveConfig,
  manifestOf,
  pathFilter,
  withLock,
  workTree,
} from './context.js'
import { serverMemory } from './derived.js'
import { expungeFrom, neededOutside, recordsOf, type Records } from './purge-spread.js'
import type { PurgedContentInfo, PurgedStore, PurgeListed, PurgeResult } from './purge-results.js'
import { openRemote, remoteInfo } from './remote-store.js'
import type { RemoteInfo } from './results.js'
import { resolve } from './revisions.js'
import type { PurgeOptions, Work } from './types.js'

const PATHS_NAMED = 20

export function purge(context: Context, options: PurgeOptions): Promise<PurgeResult> {
  refuseNoReason(options)
  return withLock(context, () =>
    withStores(context, async (targets, unreached) => {
      const found = await findMeant(context, targets, options)
      const { name, email, time } = await ownSignature(context)
      const about = { time, by: `${name} <${email}>`, reason: options.reason }
      const records = new Map([...(await unionOf(targets)), ...recordsFor(found, about)])
      const stores = await expungeAll(context, { targets, records }, options)
      const removed = options.files && !options.dryRun ? await removeFiles(context) : undefined
      return {
        ...about,
        dryRun: options.dryRun,
        contents: found.map(describe),
        stores: [...stores, ...unreached],
        ...(removed !== undefined && { removed }),
      }
    }),
  )
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
  const all = [...(await recordsOf(store))].map(([id, { time, by, reason, contents, paths }]) => {
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

/** The store here, or one of a remote. */
interface Target {
  store: ObjectStore
  remote?: RemoteInfo
  /** Id of its format record. */
  id: string
}

/** Opens every remote. One that cannot be reached keeps none of the others from being purged. */
async function withStores<T>(
  context: Context,
  work: (targets: readonly Target[], unreached: readonly PurgedStore[]) => Promise<T>,
): Promise<T> {
  const { surroundings, storage, store, format } = context
  const targets: Target[] = [{ store, id: format.id }]
  const unreached: PurgedStore[] = []
  const config = await effectiveConfig(context)
  try {
    for (const [name, settings] of config.remotes) {
      if (settings.url === '') continue
      const remote = remoteInfo(name, settings)
      try {
        const server = serverMemory(surroundings, remote, storage.properties.localRoot)
        const opened = await openRemote(remote, 'gc', surroundings.env, { server })
        if (opened.format.id === format.id) opened.storage.close()
        else targets.push({ store: opened.store, remote, id: opened.format.id })
      } catch (error) {
        unreached.push(asUnreached(remote, error))
      }
    }
    return await work(targets, unreached)
  } finally {
    for (const { remote, store: opened } of targets) if (remote) opened.storage.close()
  }
}

function asUnreached(remote: RemoteInfo, error: unknown): PurgedStore {
  if (!isDvError(error) || error.code === 'DV_INTERRUPTED') throw error
  return { remote, outcome: 'unreached', failure: { code: error.code, message: error.message } }
}

async function unionOf(targets: readonly Target[]): Promise<Map<string, PurgeRecord>> {
  const all = new Map<string, PurgeRecord>()
  for (const { store } of targets) for (const [name, record] of await recordsOf(store)) all.set(name, record)
  return all
}

/** The contents meant, of all stores together, each with all paths at which it is; none when all of them were purged
 * before. Throws DV_UNKNOWN_PATH when there never were any. */
async function findMeant(
  context: Context,
  targets: readonly Target[],
  options: PurgeOptions,
): Promise<FoundFile[]> {
  const { paths, contents, at, signal, onProgress } = options
  const filter = pathFilter(context, paths)
  const ids = new Set(contents.map((hex) => idKey(parseContent(hex))))
  const commits =
    at.length > 0
      ? await Promise.all(at.map(async (typed) => (await resolve(context, typed)).commit))
      : undefined
  let wasPurged = false
  const work = { signal, onProgress, onPurged: () => void (wasPurged = true) }
  const meant = new Map<string, FoundFile>()
  for (const target of commits ? targets.slice(0, 1) : targets) {
    const isMeant = (path: string, content: Uint8Array) =>
      ids.has(idKey(content)) || filter?.matches(path) === true
    const outside = () => outsideOf(context, target)
    add(meant, await findContents(target.store, { isMeant, commits, outside, ...work }))
  }
  // What an earlier run began is ended by the same command.
  if (meant.size === 0 && wasPurged) return []
  if (meant.size === 0) throw nothingFound(options)
  for (const target of targets) {
    const isMeant = (_: string, content: Uint8Array) => meant.has(idKey(content))
    const outside = () => outsideOf(context, target)
    add(meant, await findContents(target.store, { isMeant, outside, ...work }))
  }
  return [...meant.values()]
}

function outsideOf(context: Context, { store, remote }: Target) {
  return neededOutside(store.storage, remote ? undefined : context)
}

function add(all: Map<string, FoundFile>, found: ReadonlyMap<string, FoundFile>): void {
  for (const [key, file] of found) {
    const known = all.get(key)
    if (!known) all.set(key, file)
    else for (const path of file.paths) known.paths.add(path)
  }
}

function parseContent(hex: string) {
  if (/^[0-9a-f]{64}$/.test(hex)) return parseId<'content'>(hex)
  throw new DvError(
    'DV_USAGE',
    `'${hex}' is no content: 64 hex digits, as 'dv ls --json' and b3sum print them`,
    {
      data: { content: hex },
    },
  )
}

function nothingFound({ paths, contents, at }: PurgeOptions): DvError {
  const what = [...paths, ...contents].map((text) => `'${text}'`).join(', ')
  const where = at.length > 0 ? ` in ${at.map((text) => `'${text}'`).join(', ')}` : ''
  return new DvError('DV_UNKNOWN_PATH', `No version has a file ${what}${where}`, {
    data: { paths, contents, at },
    hint: "'dv log --all -- PATH' tells which commits have it, 'dv ls -R REV' what they hold",
  })
}

function recordsFor(
  found: readonly FoundFile[],
  about: Pick<PurgeRecord, 'time' | 'by' | 'reason'>,
): Records {
  const records = new Map<string, PurgeRecord>()
  for (let from = 0; from < found.length; from += PURGED_CONTENTS_MAX) {
    const some = found.slice(from, from + PURGED_CONTENTS_MAX)
    const contents = some.map(({ content, size }) => ({ id: content, size }))
    const paths = pathsForRecord(some.flatMap((file) => [...file.paths]))
    records.set(randomHex(16), { ...about, contents, paths })
  }
  return records
}

/** The store here first: what fails there fails the purge. */
async function expungeAll(
  context: Context,
  { targets, records }: { targets: readonly Target[]; records: Records },
  { dryRun, ...work }: Work & { dryRun: boolean },
): Promise<PurgedStore[]> {
  const stores: PurgedStore[] = []
  for (const { store, remote, id } of targets) {
    const order = { records, dryRun, ...(!remote && { context }) }
    try {
      const sums = await expungeFrom(store, order, work)
      stores.push({ ...(remote && { remote }), outcome: 'purged', ...sums })
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
  let removed = 0
  for await (const batch of manifest ? iterEntries(context.store, manifest) : []) {
    for (const [path, entry] of batch) {
      if (!isFile(entry) || !purged.has(entry.content)) continue
      const found = scanPath(tree.workdir.root, path, tree.traits)
      if (!found || !(await isAsEntry(tree, found, entry))) continue
      fs.rmSync(`${tree.workdir.root}/${path}`)
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
