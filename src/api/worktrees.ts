// dv worktree: several working directories on one store.
import fs from 'node:fs'
import path from 'node:path'
import { DvError, fromSystemError, isDvError } from '../base/index.js'
import { type CommitId, type ManifestId, toHex } from '../hash/index.js'
import { lookupMany } from '../manifest/index.js'
import { branchRef, readRef } from '../refs/index.js'
import { newWorkdirId } from '../repo/index.js'
import {
  createWorkdir,
  DV_FOLDER,
  type Head,
  isRepository,
  leavesAt,
  lockWorkdir,
  openWorkdir,
  readSparse,
  workingChanges,
  writeSparse,
} from '../workspace/index.js'
import { checkoutInitial } from './checkout.js'
import { closeContext, type Context, contextOf, currentHead, manifestOf, workTree } from './context.js'
import { perform } from './perform.js'
import { short } from './present.js'
import type { CheckoutSums, WorktreeAdded, WorktreeInfo } from './results.js'
import { resolve } from './revisions.js'
import { refuseInUse } from './switch.js'
import type { WorktreeOptions } from './types.js'
import { headOf, listWorkdirs, registerWorkdir, unregisterWorkdir } from './worktree-list.js'

export async function worktrees(context: Context): Promise<WorktreeInfo[]> {
  const list = await listWorkdirs(context.storage)
  return Promise.all(list.map(({ id, root }) => infoOf(context, id, root)))
}

async function infoOf(context: Context, id: string, root: string): Promise<WorktreeInfo> {
  const head = headOf(root, id)
  const commit = head?.branch
    ? (await readRef(context.storage, branchRef(head.branch)))?.value.target
    : head?.commit
  return {
    directory: root,
    ...(head?.branch && { branch: head.branch }),
    ...(commit && { commit: { id: toHex(commit), short: short(commit) } }),
    current: id === context.workdir.id,
    missing: head === undefined,
  }
}

export async function addWorktree(context: Context, options: WorktreeOptions): Promise<WorktreeAdded> {
  const root = path.resolve(context.surroundings.cwd, options.directory)
  refuseOccupied(root, options.force)
  const { head, commit, makes } = await chooseHead(context, options)
  const wasThere = fs.existsSync(root)
  fs.mkdirSync(root, { recursive: true })
  const known = { id: newWorkdirId(), root: fs.realpathSync(root) }
  await registerWorkdir(context.storage, known)
  const workdir = createWorkdir(known.root, { id: known.id, store: context.workdir.store, head })
  writeSparse(workdir, readSparse(context.workdir))
  const added = await contextOf({ ...context.surroundings, cwd: root }, workdir)
  try {
    const checkout = await fill(added, { head, commit, makes, options })
    return { ...(await infoOf(added, workdir.id, workdir.root)), checkout }
  } catch (error) {
    if (isDvError(error, 'DV_WOULD_OVERWRITE')) await forget(added, wasThere)
    throw error
  } finally {
    await closeContext(added)
  }
}

/** Nothing was written yet: the files that were there stay. */
async function forget({ workdir, storage }: Context, wasThere: boolean): Promise<void> {
  await unregisterWorkdir(storage, workdir.id)
  fs.rmSync(workdir.dvDir, { recursive: true })
  if (!wasThere && fs.readdirSync(workdir.root).length === 0) fs.rmdirSync(workdir.root)
}

interface Chosen {
  head: Head
  commit: CommitId | undefined
  /** The branch is new. */
  makes: boolean
}

async function fill(added: Context, { head, commit, makes, options }: Chosen & { options: WorktreeOptions }) {
  let checkout: CheckoutSums = { written: 0, removed: 0, bytes: 0 }
  const manifest = await manifestOf(added, commit)
  const ref = makes && head.kind === 'branch' && commit ? branchRef(head.branch) : undefined
  await perform(added, {
    verb: 'worktree',
    args: ['add', options.directory],
    ...(ref && commit && { refs: [{ ref, expected: undefined, next: { target: commit } }] }),
    head: { to: head, commit },
    async files() {
      if (!commit || !manifest) return
      const work = {
        ...(options.signal && { signal: options.signal }),
        ...(options.onProgress && { onProgress: options.onProgress }),
      }
      checkout = await checkoutInitial(added, workTree(added), { commit, manifest, ...work })
    },
  })
  return checkout
}

async function chooseHead(context: Context, { revision, branch }: WorktreeOptions): Promise<Chosen> {
  if (branch !== undefined) {
    if (await readRef(context.storage, branchRef(branch))) {
      throw new DvError('DV_ALREADY_EXISTS', `There is a branch '${branch}' already`, {
        data: { name: branch },
        hint: `leave out -b to check it out: dv worktree add DIR ${branch}`,
      })
    }
    const commit =
      revision === undefined ? (await currentHead(context)).commit : (await resolve(context, revision)).commit
    return { head: { kind: 'branch', branch }, commit, makes: true }
  }
  const { commit, ref } = await resolve(context, revision ?? 'HEAD')
  const name =
    revision !== undefined && ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined
  if (name === undefined || name !== revision)
    return { head: { kind: 'commit', commit }, commit, makes: false }
  const own = await currentHead(context)
  if (own.head.kind === 'branch' && own.head.branch === name) throw inUseHere(name)
  await refuseInUse(context, name)
  return { head: { kind: 'branch', branch: name }, commit, makes: false }
}

function inUseHere(branch: string): DvError {
  return new DvError('DV_BRANCH_IN_USE', `The branch '${branch}' is checked out here`, {
    data: { branch },
    hint: `make a new branch for it: dv worktree add -b NAME DIR ${branch}`,
  })
}

function refuseOccupied(root: string, force: boolean): void {
  const stat = fs.statSync(root, { throwIfNoEntry: false })
  if (!stat) return
  const isEmpty = stat.isDirectory() && fs.readdirSync(root).length === 0
  const isWorkdir = fs.existsSync(path.join(root, DV_FOLDER))
  if (isEmpty || (force && stat.isDirectory() && !isWorkdir)) return
  throw new DvError('DV_ALREADY_EXISTS', `'${root}' is there already and is not an empty folder`, {
    data: { path: root },
    hint: 'name a new folder',
  })
}

export async function removeWorktree(
  context: Context,
  { directory, force }: { directory: string; force: boolean },
): Promise<WorktreeInfo> {
  const root = path.resolve(context.surroundings.cwd, directory)
  const known = (await listWorkdirs(context.storage)).find(
    (one) => one.root === root || isSamePlace(one.root, root),
  )
  if (!known) {
    throw new DvError('DV_UNKNOWN_PATH', `'${root}' is no working directory of this store`, {
      data: { path: root },
      hint: "'dv worktree list' shows them",
    })
  }
  const info = await infoOf(context, known.id, known.root)
  if (!info.missing) await removeFiles(context, known.root, force)
  await unregisterWorkdir(context.storage, known.id)
  return info
}

function isSamePlace(a: string, b: string): boolean {
  return fs.existsSync(a) && fs.existsSync(b) && fs.realpathSync(a) === fs.realpathSync(b)
}

async function removeFiles(context: Context, root: string, force: boolean): Promise<void> {
  const { store } = context.workdir
  if (store === root || store.startsWith(root + path.sep)) {
    throw new DvError('DV_WOULD_OVERWRITE', `'${root}' holds the store itself, with all history`, {
      data: { path: root, store },
      hint: 'remove the other working directories instead',
    })
  }
  if (context.surroundings.cwd === root || context.surroundings.cwd.startsWith(root + path.sep)) {
    throw new DvError('DV_WOULD_OVERWRITE', `'${root}' is where you are`, { hint: 'go elsewhere first' })
  }
  const lock = lockWorkdir(path.join(root, DV_FOLDER))
  try {
    await refuseUnrecorded(context, root, force)
    // What ties the directory to its store goes last: until then it can be looked at, and removed again.
    for (const name of fs.readdirSync(root)) {
      if (name !== DV_FOLDER) fs.rmSync(path.join(root, name), { recursive: true })
    }
    fs.rmSync(root, { recursive: true })
  } catch (error) {
    throw fromSystemError(error, 'delete', root)
  } finally {
    lock.release()
  }
}

/** Refuses to delete what is recorded nowhere: changes, what ignore rules hide, other repositories (these even with
 * `force`). */
async function refuseUnrecorded(context: Context, root: string, force: boolean): Promise<void> {
  const other = await contextOf({ ...context.surroundings, cwd: root }, openWorkdir(root))
  try {
    const base = await manifestOf(other, (await currentHead(other)).commit)
    if (!force) {
      for await (const batch of workingChanges(workTree(other), base)) throw holds(root, batch[0]!.path)
    }
    let leaves: string[] = []
    for (const name of fs.readdirSync(root).filter((one) => one !== DV_FOLDER)) {
      for (const { path: file, isForeign } of leavesAt(root, name)) {
        if (isForeign && isRepository(file)) throw holdsRepository(root, file)
        if (isForeign && !force) throw holds(root, file)
        leaves.push(file)
        if (leaves.length < LOOKED_UP_AT_ONCE) continue
        if (!force) await refuseUnknown(other, { base, leaves, root })
        leaves = []
      }
    }
    if (!force) await refuseUnknown(other, { base, leaves, root })
  } finally {
    await closeContext(other)
  }
}

const LOOKED_UP_AT_ONCE = 4096

async function refuseUnknown(
  { store }: Context,
  { base, leaves, root }: { base: ManifestId | undefined; leaves: readonly string[]; root: string },
): Promise<void> {
  const entries = base ? await lookupMany(store, base, leaves) : []
  const unknown = leaves.find((_, i) => !entries[i])
  if (unknown !== undefined) throw holds(root, unknown)
}

function holds(root: string, file: string): DvError {
  return new DvError('DV_WOULD_OVERWRITE', `'${root}' holds files that are not recorded, as '${file}'`, {
    data: { path: root, changed: file },
    hint: "commit them there or move them, or remove it all the same with '--force'",
  })
}

function holdsRepository(root: string, folder: string): DvError {
  return new DvError('DV_WOULD_OVERWRITE', `'${root}' holds another repository, at '${folder}'`, {
    data: { path: root, repository: folder },
    hint: 'move that elsewhere first',
  })
}
