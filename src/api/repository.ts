// The open repository: one line a verb, each loading only what it needs.
import type { Context } from './context.js'
import { later, readerOf } from './reader.js'
import { onceMore } from './anchored.js'
import { closeStores, Stores } from './stores.js'
import type { Repository } from './types.js'

export function repositoryOf(context: Context): Repository {
  const stores = new Stores(context.surroundings, context)
  const again = <T>(work: () => Promise<T>) => onceMore(context, work)
  return {
    ...readerOf(stores),
    root: context.workdir.root,
    store: context.workdir.store,
    close: () => closeStores(stores),

    status: async (options) => (await import('./status.js')).status(context, options),
    proposeChecks: (work) => again(async () => (await import('./propose-checks.js')).propose(stores, work)),
    commit: (options) => again(async () => (await import('./commit.js')).commit(context, options)),

    ...metadataVerbs(context, again),
    branches: async (options) => (await import('./branches.js')).branches(context, options),
    createBranch: (options) =>
      again(async () => (await import('./branches.js')).createBranch(context, options)),
    deleteBranches: (options) =>
      again(async () => (await import('./branches.js')).deleteBranches(context, options)),
    renameBranch: (options) =>
      again(async () => (await import('./branches.js')).renameBranch(context, options)),
    switch: (options) => again(async () => (await import('./switch.js')).switchTo(context, options)),
    restore: (options) => again(async () => (await import('./restore.js')).restore(context, options)),
    sparse: (options) => again(async () => (await import('./sparse.js')).sparse(context, options)),
    sparsePatterns: async () => (await import('./sparse.js')).sparsePatterns(context),

    createSubset: (options) =>
      again(async () => (await import('./subsets.js')).createSubset(context, options)),
    subsets: async () => (await import('./subsets.js')).subsets(context),
    subset: async (options) => (await import('./subsets.js')).subset(context, options),
    refreshSubset: (options) =>
      again(async () => (await import('./subsets.js')).refreshSubset(context, options)),

    tags: async (options) => (await import('./tags.js')).tags(context, options),
    createTag: (options) => again(async () => (await import('./tags.js')).createTag(context, options)),
    deleteTags: (options) => again(async () => (await import('./tags.js')).deleteTags(context, options)),

    mergeUnderWay: async () => (await import('./merge.js')).mergeUnderWay(context),
    merge: (options) => again(async () => (await import('./merge.js')).merge(context, options)),
    resolveMerge: (options) => again(async () => (await import('./merge.js')).resolveMerge(context, options)),
    abortMerge: (options) => again(async () => (await import('./merge.js')).abortMerge(context, options)),
    continueMerge: (options) =>
      again(async () => (await import('./merge.js')).continueMerge(context, options)),
    revert: (options) => again(async () => (await import('./revert.js')).revert(context, options)),

    undo: (options) => again(async () => (await import('./undo.js')).undo(context, options)),
    operations: (options) =>
      later(async () => (await import('./operations.js')).operations(context, options)),
    operation: async (id) => (await import('./operations.js')).operation(context, id),

    ...worktreeVerbs(stores, again),

    remotes: async () => (await import('./remotes.js')).remotes(context),
    addRemote: async (options) => (await import('./remotes.js')).addRemote(context, options),
    removeRemote: (name) => again(async () => (await import('./remotes.js')).removeRemote(context, name)),
    renameRemote: (options) =>
      again(async () => (await import('./remotes.js')).renameRemote(context, options)),
    checkRemote: async (name) => (await import('./remote-check.js')).checkRemote(context, name),
    setRemoteUrl: async (options) => (await import('./remotes.js')).setRemoteUrl(context, options),
    fetch: (options) => again(async () => (await import('./sync.js')).fetch(context, options)),
    pull: (options) => again(async () => (await import('./sync.js')).pull(context, options)),
    push: (options) => again(async () => (await import('./sync.js')).push(context, options)),
    sync: (options) => again(async () => (await import('./sync-branch.js')).syncBranch(context, options)),

    drop: (options) => again(async () => (await import('./drop.js')).drop(context, options)),
    fsck: async (options) => (await import('./fsck.js')).fsck(context, options),
    purge: async (options) => (await import('./purge.js')).purge(context, options),
    resumePurge: async (options) => (await import('./purge.js')).resumePurge(context, options),
    purges: async () => (await import('./purge.js')).listPurges(context),
    gc: async (options) => (await import('./gc.js')).gc(context, options),
    whyKept: async (typed) => (await import('./gc-why.js')).whyKept(context, typed),
    undoGc: async (options) => (await import('./gc.js')).undoGc(context, options),
    refNames: async () => (await import('./revisions.js')).refNames(context),
  }
}

type Again = <T>(work: () => Promise<T>) => Promise<T>

function metadataVerbs(context: Context, again: Again): Pick<Repository, 'setMetadata' | 'importMetadata'> {
  return {
    setMetadata: (options) => again(async () => (await import('./meta.js')).setMetadata(context, options)),
    importMetadata: (options) =>
      again(async () => (await import('./meta-import.js')).importMetadata(context, options)),
  }
}

type WorktreeVerbs = 'bisect' | 'worktrees' | 'addWorktree' | 'removeWorktree'

function worktreeVerbs(stores: Stores, again: Again): Pick<Repository, WorktreeVerbs> {
  const context = stores.here
  return {
    bisect: (options) => later(async () => (await import('./bisect.js')).bisect(stores, options)),
    worktrees: async () => (await import('./worktrees.js')).worktrees(context),
    addWorktree: (options) =>
      again(async () => (await import('./worktrees.js')).addWorktree(context, options)),
    removeWorktree: (options) =>
      again(async () => (await import('./worktrees.js')).removeWorktree(context, options)),
  }
}
