// dv drop: packs that a remote holds need not be here twice. It is asked at this moment for every chunk; what it does
// not have stays, whatever needs it: commits that were not pushed, work that was saved.
import { DvError } from '../base/index.js'
import { type Id, idKey } from '../hash/index.js'
import { type DataPack, dataPacks, dropPacks, forgetFound } from '../maintenance/index.js'
import { iterEntries, type PathEntry } from '../manifest/index.js'
import { isFile } from '../objects/index.js'
import { iterChunks } from '../recipe/index.js'
import { Holder, IdList, repack } from '../transfer/index.js'
import { leaveOut, NOTHING_HERE, readSparse } from '../workspace/index.js'
import { bringFiles } from './bring.js'
import {
  closePools,
  type Context,
  currentHead,
  fromTop,
  manifestOf,
  pathFilter,
  withLock,
} from './context.js'
import { requirePaths } from './pathspec.js'
import { findRemote, openRemote, type Remote } from './remote-store.js'
import type { CheckoutSums, DropResult } from './results.js'
import { changeSparse } from './sparse.js'
import type { DropOptions } from './types.js'

/** A pack of which less can go is not written anew for that. */
const WORTH_REPACKING = 0.25

export function drop(context: Context, options: DropOptions): Promise<DropResult> {
  return withLock(context, async () => {
    const info = await findRemote(context, options.remote)
    const remote = await openRemote(info, 'read', context.surroundings.env)
    try {
      refuseItself(context, remote)
      const result = await dropTo(context, remote, options)
      return { remote: info, dryRun: options.dryRun, ...result }
    } finally {
      remote.storage.close()
    }
  })
}

async function dropTo(context: Context, remote: Remote, options: DropOptions) {
  const manifest = await manifestOf(context, (await currentHead(context)).commit)
  await requirePaths(context, options.paths, { manifests: [manifest] })
  const holder = new Holder(remote.store)
  await holder.begin()
  const plan = await makePlan(context, { holder, wanted: await wantedChunks(context, options), options })
  if (options.dryRun) return summaryOf(plan, 0)
  const files = options.files ? await dropFiles(context, options) : undefined
  const moved = await repack(context.store, plan.stay, { kind: 'data' })
  const names = plan.going.map(({ name }) => name)
  // What is noted as lost counts as lost once its pack is away, wherever it is.
  await forgetFound(context.store)
  const order = { remote: remote.name, packs: names, isHeld: () => holder.stillHolds() }
  if (!(await dropPacks(context.store, order))) throw goingThere(remote)
  // Workers may have packs open, whose space is free only once they are closed.
  await closePools(context)
  return { ...summaryOf(plan, moved), ...(files && { files }) }
}

interface Plan {
  going: { name: string; size: number }[]
  /** Rows of these packs that stay. */
  stay: DataPack['rows'][number][]
  kept: { packs: number; bytes: number }
}

function summaryOf({ going, kept }: Plan, moved: number): Pick<DropResult, 'packs' | 'bytes' | 'kept'> {
  const bytes = going.reduce((sum, { size }) => sum + size, 0) - moved
  return { packs: going.length, bytes, kept }
}

interface Planning {
  holder: Holder
  /** Keys of the chunks that are to go; undefined: all. */
  wanted: ReadonlySet<string> | undefined
  options: DropOptions
}

async function makePlan({ store }: Context, { holder, wanted, options }: Planning): Promise<Plan> {
  const plan: Plan = { going: [], stay: [], kept: { packs: 0, bytes: 0 } }
  const bases = await basesOfWhatStays(store, { holder, wanted })
  for await (const pack of dataPacks(store)) {
    options.signal?.throwIfAborted()
    const goes = await choose(pack, { holder, wanted })
    const stay = pack.rows.filter(({ id }) => !goes.has(idKey(id)) || bases.has(idKey(id)))
    if (isWorthIt(pack, stay)) {
      plan.going.push({ name: pack.name, size: pack.size })
      plan.stay.push(...stay)
    } else {
      plan.kept.packs++
      plan.kept.bytes += pack.size
    }
  }
  return plan
}

/** The chunks of a pack that may go. */
async function choose(
  { rows }: DataPack,
  { holder, wanted }: Omit<Planning, 'options'>,
): Promise<Set<string>> {
  const ids = new IdList()
  for (const { id } of rows) if (!wanted || wanted.has(idKey(id))) ids.add(id)
  return ids.count > 0 ? holder.holds(ids.takeSorted()) : new Set()
}

function isWorthIt({ rows }: DataPack, stay: DataPack['rows']): boolean {
  const sum = (some: DataPack['rows']) => some.reduce((total, { length }) => total + length, 0)
  return stay.length < rows.length && sum(stay) <= sum(rows) * (1 - WORTH_REPACKING)
}

/** What deltas stand on that stay: the last full copy of a base stays with them. */
async function basesOfWhatStays(
  store: Context['store'],
  planning: Omit<Planning, 'options'>,
): Promise<ReadonlySet<string>> {
  const bases = new Set<string>()
  for await (const pack of dataPacks(store)) {
    if (pack.rows.every((row) => row.bases.length === 0)) continue
    const goes = await choose(pack, planning)
    const stay = pack.rows.filter(({ id }) => !goes.has(idKey(id)))
    const all = isWorthIt(pack, stay) ? stay : pack.rows
    for (const row of all) for (const base of row.bases) bases.add(idKey(base))
  }
  return bases
}

/** The chunks of the paths asked for that no other file of the commit needs; undefined: of everything. */
async function wantedChunks(context: Context, { paths, all }: DropOptions): Promise<Set<string> | undefined> {
  if (all) return undefined
  const filter = pathFilter(context, paths)!
  const wanted = await chunksOf(context, (path) => filter.matches(path))
  for (const key of await chunksOf(context, (path) => !filter.matches(path))) wanted.delete(key)
  return wanted
}

async function chunksOf(context: Context, isMeant: (path: string) => boolean): Promise<Set<string>> {
  const { store } = context
  const keys = new Set<string>()
  const manifest = await manifestOf(context, (await currentHead(context)).commit)
  const purged = await store.purged()
  for await (const batch of manifest ? iterEntries(store, manifest) : []) {
    const files = batch.flatMap(([path, entry]: PathEntry) =>
      isMeant(path) && isFile(entry) && !purged.has(entry.content) ? [entry] : [],
    )
    await bringFiles(context, [files], { recipesOnly: true })
    for (const file of files)
      for await (const chunks of iterChunks(store, file))
        for (const { id } of chunks) keys.add(idKey(id as Id))
  }
  return keys
}

/** The files leave the working directory as they would leave a sparse checkout: what is not committed stops it. */
function dropFiles(context: Context, { paths, all, signal, onProgress }: DropOptions): Promise<CheckoutSums> {
  const typed = paths.map((path) => fromTop(context.prefix, path))
  const patterns = all ? [...NOTHING_HERE] : leaveOut(readSparse(context.workdir), typed)
  const work = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
  return changeSparse(context, { ...work, patterns, force: false })
}

/** Whoever lets go of what "the remote" has would let go of the only copy. */
function refuseItself({ format }: Context, remote: Remote): void {
  if (remote.format.id !== format.id) return
  throw new DvError(
    'DV_UNSUPPORTED',
    `Remote '${remote.name}' is this store itself, or a copy under its id`,
    {
      data: { remote: remote.name, url: remote.url },
      hint: 'push to another store first, then name that one: dv drop --from REMOTE',
    },
  )
}

function goingThere({ name }: Remote): DvError {
  return new DvError(
    'DV_REF_MOVED',
    `Remote '${name}' is dropping the same data at this moment; it stays here`,
    {
      data: { remote: name },
      hint: 'see what it still has in a moment, then try again',
    },
  )
}
