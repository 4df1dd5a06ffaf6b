// The open repository: one line a verb, each loading only what it needs.
import type { Context } from './context.js'
import { later, readerOf } from './reader.js'
import { closeStores, Stores } from './stores.js'
import type { Repository } from './types.js'

export function repositoryOf(context: Context): Repository {
  const stores = new Stores(context.surroundings, context)
  return {
    ...readerOf(stores),
    root: context.workdir.root,
    store: context.workdir.store,
    close: () => closeStores(stores),

    status: async (options) => (await import('./status.js')).status(context, options),
    commit: async (options) => (await import('./commit.js')).commit(context, options),

    branches: async (options) => (await import('./branches.js')).branches(context, options),
    createBranch: async (options) => (await import('./branches.js')).createBranch(context, options),
    deleteBranches: async (options) => (await import('./branches.js')).deleteBranches(context, options),
    renameBranch: async (options) => (await import('./branches.js')).renameBranch(context, options),
    switch: async (options) => (await import('./switch.js')).switchTo(context, options),
    restore: async (options) => (await import('./restore.js')).restore(context, options),
    sparse: async (options) => (await import('./sparse.js')).sparse(context, options),
    sparsePatterns: async () => (await import('./sparse.js')).sparsePatterns(context),

    tags: async (options) => (await import('./tags.js')).tags(context, options),
    createTag: async (options) => (await import('./tags.js')).createTag(context, options),
    deleteTags: async (options) => (await import('./tags.js')).deleteTags(context, options),

    mergeUnderWay: async () => (await import('./merge.js')).mergeUnderWay(context),
    merge: async (options) => (await import('./merge.js')).merge(context, options),
    resolveMerge: async (options) => (await import('./merge.js')).resolveMerge(context, options),
    abortMerge: async (options) => (await import('./merge.js')).abortMerge(context, options),
    continueMerge: async (options) => (await import('./merge.js')).continueMerge(context, options),
    revert: async (options) => (await import('./revert.js')).revert(context, options),

    undo: async (options) => (await import('./undo.js')).undo(context, options),
    operations: (options) =>
      later(async () => (await import('./operations.js')).operations(context, options)),
    operation: async (id) => (await import('./operations.js')).operation(context, id),

    worktrees: async () => (await import('./worktrees.js')).worktrees(context),
    addWorktree: async (options) => (await import('./worktrees.js')).addWorktree(context, options),
    removeWorktree: async (options) => (await import('./worktrees.js')).removeWorktree(context, options),

    remotes: async () => (await import('./remotes.js')).remotes(context),
    addRemote: async (options) => (await import('./remotes.js')).addRemote(context, options),
    removeRemote: async (name) => (await import('./remotes.js')).removeRemote(context, name),
    renameRemote: async (options) => (await import('./remotes.js')).renameRemote(context, options),
    checkRemote: async (name) => (await import('./remote-check.js')).checkRemote(context, name),
    setRemoteUrl: async (options) => (await import('./remotes.js')).setRemoteUrl(context, options),
    fetch: async (options) => (await import('./sync.js')).fetch(context, options),
    pull: async (options) => (await import('./sync.js')).pull(context, options),
    push: async (options) => (await import('./sync.js')).push(context, options),
    sync: async (options) => (await import('./sync-branch.js')).syncBranch(context, options),

    drop: async (options) => (await import('./drop.js')).drop(context, options),
    fsck: async (options) => (await import('./fsck.js')).fsck(context, options),
    refNames: async () => (await import('./revisions.js')).refNames(context),
  }
}
