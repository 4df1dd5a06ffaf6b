// dv clone. What is half made when it ends early says so in a state file: the same command goes on from there, and what
// failed for good is taken away again.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { DvError, type DvErrorCode, fromSystemError, isDvError, isLoss } from '../base/index.js'
import { parseExpression } from '../expression/index.js'
import { toHex } from '../hash/index.js'
import { branchRef, readRef } from '../refs/index.js'
import { updateStoreConfig } from '../repo/index.js'
import { makeFolder, noTraffic, parseLocation, type StoreLocation, type Traffic } from '../storage/index.js'
import { changePromises, packsAway, readPromises, withPromised } from '../store/index.js'
import {
  DV_FOLDER,
  NOTHING_HERE,
  openWorkdir,
  orderedSparse,
  patternItem,
  readState,
  whereItem,
  writeSparse,
  writeState,
} from '../workspace/index.js'
import { bringChanges } from './bring.js'
import { changesBetween, checkoutInitial } from './checkout.js'
import { closeContext, type Context, contextOf, manifestOf, withLock, workTree } from './context.js'
import { chooseStart, REMOTE, type Start } from './clone-start.js'
import { createRepository } from './create.js'
import { fetchRemote } from './fetch.js'
import { perform } from './perform.js'
import { keepableRemote } from './remote-address.js'
import { openRemote, type Remote, remoteInfo } from './remote-store.js'
import type { CheckoutSums, CloneResult, RemoteInfo } from './results.js'
import type { CloneOptions, Surroundings } from './types.js'

/** The state file of a clone that has not ended. */
const UNFINISHED = 'clone'
/** Failures after which what has arrived is worth keeping. */
const RESUMABLE = [
  ...['DV_INTERRUPTED', 'DV_IO', 'DV_DISK_FULL', 'DV_PERMISSION'],
  ...['DV_NETWORK', 'DV_TIMEOUT', 'DV_UNAVAILABLE'],
] as DvErrorCode[]

export async function clone(surroundings: Surroundings, options: CloneOptions): Promise<CloneResult> {
  if (options.where !== undefined) parseExpression(options.where)
  const { remote: kept, notes } = keepableRemote(surroundings.cwd, options)
  const root = path.resolve(surroundings.cwd, options.directory ?? nameOf(kept.url))
  const info = remoteInfo(REMOTE, kept)
  const rehearsal = options.dryRun ? noTraffic() : undefined
  // It has no name yet: what is wrong with it is not put right by one.
  const unnamed = { ...info, name: '' }
  const remote = await openRemote(unnamed, 'read', surroundings.env, rehearsal ? { rehearsal } : {})
  try {
    await refusePartial(remote)
    const target = await (rehearsal ? prepareElsewhere : prepare)(surroundings, { root, remote })
    try {
      const result = await fill(target.context, { info, remote, options, rehearsal })
      return { ...result, directory: root, ...(notes.length > 0 && { notes }) }
    } catch (error) {
      if (!isResumable(error, options)) target.remove()
      throw error
    } finally {
      await closeContext(target.context)
      if (rehearsal) target.remove()
    }
  } finally {
    remote.storage.close()
  }
}

/** A store that lacks what others promised it cannot promise that to a third. */
async function refusePartial({ url, storage }: Remote): Promise<void> {
  if (storage.properties.localRoot === undefined) return
  const promises = await readPromises(storage)
  const isShort = [...promises.values()].some(({ lazy, commits }) => lazy || commits.size > 0)
  if (!isShort && (await packsAway(storage, promises)).size === 0) return
  const [name] = promises.keys()
  throw new DvError('DV_ABSENT', `The store at '${url}' is not whole: its remote '${name}' has the rest`, {
    data: { url, remote: name },
    hint: `clone that remote instead; 'dv remote list' there says where it is`,
  })
}

function isResumable(error: unknown, { signal }: CloneOptions): boolean {
  return signal?.aborted === true || !isDvError(error) || RESUMABLE.some((code) => isDvError(error, code))
}

/** The last part of the address; of a working directory's store, the working directory's name. */
function nameOf(url: string): string {
  const parts = placeOf(parseLocation(url))
    .split(/[\\/]+/)
    .filter((part) => part !== '' && part !== '.')
  if (parts.at(-1) === 'store' && parts.at(-2) === DV_FOLDER) parts.splice(-2)
  const name = parts.at(-1)
  if (name !== undefined && name !== '..') return name
  throw new DvError('DV_USAGE', `'${url}' does not say what the new directory is to be called`, {
    hint: 'type: dv clone URL DIRECTORY',
  })
}

function placeOf(location: StoreLocation): string {
  switch (location.kind) {
    case 'directory':
      return location.path
    case 's3':
      return `${location.bucket}/${location.prefix}`
    case 'web':
      return decodeURIComponent(new URL(location.url).pathname)
  }
}

interface Target {
  context: Context
  /** Takes away what was made, unless files were there before or a checkout had begun. */
  remove: () => void
}

async function prepare(
  surroundings: Surroundings,
  { root, remote }: { root: string; remote: Remote },
): Promise<Target> {
  const dvDir = path.join(root, DV_FOLDER)
  const existed = fs.existsSync(root)
  if (existed && !isEmpty(root)) return resume(surroundings, { root, remote })
  markUnfinished(dvDir, remote)
  const context = await make(surroundings, { root, remote })
  return {
    context,
    remove() {
      if (fs.readdirSync(root).some((name) => name !== DV_FOLDER)) return
      context.storage.close()
      fs.rmSync(existed ? dvDir : root, { recursive: true, force: true })
    },
  }
}

/** Before anything else is made: from here on the same command goes on with what it finds. */
function markUnfinished(dvDir: string, { url }: Remote): void {
  try {
    makeFolder(dvDir)
  } catch (error) {
    throw fromSystemError(error, 'create', dvDir)
  }
  writeState(dvDir, UNFINISHED, { url })
}

async function make(
  surroundings: Surroundings,
  { root, remote }: { root: string; remote: Remote },
): Promise<Context> {
  const chunkSize = remote.format.chunker.avg
  const { workdir } = await createRepository(surroundings, { directory: root, chunkSize })
  return contextOf(surroundings, workdir)
}

/** Where a rehearsal leaves nothing behind. */
async function prepareElsewhere(
  surroundings: Surroundings,
  { root, remote }: { root: string; remote: Remote },
): Promise<Target> {
  if (fs.existsSync(root) && !isEmpty(root)) throw notEmpty(root)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dv-clone-'))
  const remove = () => fs.rmSync(folder, { recursive: true, force: true })
  try {
    const directory = path.join(folder, 'clone')
    const made = await createRepository(surroundings, { directory, chunkSize: remote.format.chunker.avg })
    return { context: await contextOf(surroundings, made.workdir), remove }
  } catch (error) {
    remove()
    throw error
  }
}

/** Goes on with a clone of the same remote that ended early. Throws DV_ALREADY_EXISTS for any other folder. */
async function resume(
  surroundings: Surroundings,
  { root, remote }: { root: string; remote: Remote },
): Promise<Target> {
  const dvDir = path.join(root, DV_FOLDER)
  if (readState(dvDir, UNFINISHED)?.['url'] !== remote.url) throw notEmpty(root)
  const isMade = fs.existsSync(path.join(dvDir, 'workdir.json'))
  const context = isMade ? contextOf(surroundings, openWorkdir(root)) : make(surroundings, { root, remote })
  return { context: await context, remove() {} }
}

function notEmpty(root: string): DvError {
  return new DvError('DV_ALREADY_EXISTS', `The folder '${root}' is there and not empty`, {
    data: { path: root },
    hint: 'name a new or an empty folder: dv clone URL DIRECTORY',
  })
}

/** Or what a clone that ended before its first record leaves. */
function isEmpty(root: string): boolean {
  try {
    const names = fs.readdirSync(root)
    if (names.length !== 1 || names[0] !== DV_FOLDER) return names.length === 0
    return fs.readdirSync(path.join(root, DV_FOLDER)).every((name) => name.startsWith(`${UNFINISHED}.`))
  } catch (error) {
    throw fromSystemError(error, 'clone into', root)
  }
}

interface Filling {
  info: RemoteInfo
  remote: Remote
  options: CloneOptions
  rehearsal: Traffic | undefined
}

async function fill(context: Context, { info, remote, options, rehearsal }: Filling): Promise<CloneResult> {
  const { signal, onProgress } = options
  const work = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
  const { name, url, settings } = info
  await updateStoreConfig(context.storage, (config) => ({
    ...config,
    remotes: new Map(config.remotes).set(name, { ...settings, url }),
  }))
  const list = listOf(options)
  if (list.length > 0) writeSparse(context.workdir, list)
  const { received, lost } = await fetchRemote(context, info, {
    ...{ ...work, rehearsal, format: remote.format },
    ...(await howMuch(context, info, options)),
  })
  const start = await chooseStart(context, { remote, wanted: options.branch })
  let checkout: CheckoutSums = { written: 0, removed: 0, bytes: 0 }
  let unreadable: string | undefined
  if (start)
    await withLock(context, async () => {
      await take(context, { start, options })
      try {
        checkout = await checkOut(context, { start, options, rehearsal })
      } catch (error) {
        if (!lost || !isLoss(error)) throw error
        unreadable = error.message
      }
    })
  writeState(context.workdir.dvDir, UNFINISHED, undefined)
  return {
    directory: context.workdir.root,
    url,
    ...(start?.head.kind === 'branch' && { branch: start.head.branch }),
    ...(start && { commit: toHex(start.commit) }),
    received,
    checkout,
    ...(lost && { lost }),
    ...(unreadable !== undefined && { unreadable }),
    ...(rehearsal && { dryRun: rehearsal }),
  }
}

function listOf({ sparse, where, lazy }: CloneOptions): readonly string[] {
  const typed = [...sparse.map(patternItem), ...(where === undefined ? [] : [whereItem(where)])]
  return lazy && typed.length === 0 ? NOTHING_HERE : orderedSparse(typed)
}

/** What of the remote comes. What does not is promised before anything comes. */
async function howMuch({ storage }: Context, { name }: RemoteInfo, { lazy, where, depth }: CloneOptions) {
  if (lazy || where !== undefined)
    await changePromises(storage, (now) =>
      withPromised(now, name, (promised) => ({ ...promised, lazy: true })),
    )
  // Tags lead to commits of the past, and these to all before them.
  const tags = depth === undefined ? ('all' as const) : ('follow' as const)
  return { prune: true, tags, ...(depth !== undefined && { depth }) }
}

/** Makes the branch, and lets it follow its origin. */
async function take(
  context: Context,
  { start: { head, commit }, options }: Pick<Filling, 'options'> & { start: Start },
): Promise<void> {
  const existing = head.kind === 'branch' ? await readRef(context.storage, branchRef(head.branch)) : undefined
  if (head.kind === 'branch') {
    await updateStoreConfig(context.storage, (config) => ({
      ...config,
      branches: new Map(config.branches).set(head.branch, { remote: REMOTE, merge: head.branch }),
    }))
  }
  const isThere = existing !== undefined && toHex(existing.value.target) === toHex(commit)
  await perform(context, {
    verb: 'clone',
    args: [options.url],
    refs:
      head.kind === 'branch' && !isThere
        ? [{ ref: branchRef(head.branch), expected: existing, next: { target: commit } }]
        : [],
    head: { to: head, commit },
  })
}

/** Fills the working directory. */
async function checkOut(
  context: Context,
  { start: { commit }, options, rehearsal }: Pick<Filling, 'options' | 'rehearsal'> & { start: Start },
): Promise<CheckoutSums> {
  const { signal, onProgress } = options
  const work = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
  const manifest = await manifestOf(context, commit)
  if (!options.checkout || !manifest) return { written: 0, removed: 0, bytes: 0 }
  if (options.where !== undefined) {
    const { requireMeant } = await import('./where.js')
    await requireMeant(context.store, manifest, { where: options.where })
  }
  if (!rehearsal) return checkoutInitial(context, workTree(context), { commit, manifest, ...work })
  await bringChanges(context, changesBetween(workTree(context), undefined, manifest), { ...work, rehearsal })
  return { written: 0, removed: 0, bytes: 0 }
}
