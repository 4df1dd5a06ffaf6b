// The open repository: one line a verb, each loading only what it needs.
import { closeContext, type Context } from './context.js'
import type { Repository } from './types.js'

export function repositoryOf(context: Context): Repository {
  return {
    root: context.workdir.root,
    store: context.workdir.store,
    prefix: context.prefix,
    close: () => closeContext(context),

    status: async (options) => (await import('./status.js')).status(context, options),
    commit: async (options) => (await import('./commit.js')).commit(context, options),
    log: (options) => later(async () => (await import('./log.js')).log(context, options)),
    show: (options) => later(async () => (await import('./show.js')).show(context, options)),
    diff: (options) => later(async () => (await import('./diff.js')).diff(context, options)),
    ls: (options) => later(async () => (await import('./listing.js')).ls(context, options)),
    cat: async (options) => (await import('./listing.js')).cat(context, options),
    du: async (options) => (await import('./listing.js')).du(context, options),

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
    setRemoteUrl: async (options) => (await import('./remotes.js')).setRemoteUrl(context, options),
    fetch: async (options) => (await import('./sync.js')).fetch(context, options),
    pull: async (options) => (await import('./sync.js')).pull(context, options),
    push: async (options) => (await import('./sync.js')).push(context, options),
    sync: async (options) => (await import('./sync-branch.js')).syncBranch(context, options),

    fsck: async (options) => (await import('./fsck.js')).fsck(context, options),
    isRevision: async (text) => (await import('./revisions.js')).isRevision(context, text),
    refNames: async () => (await import('./revisions.js')).refNames(context),
  }
}

/** A stream whose source is loaded when its first item is asked for. */
async function* later<T>(load: () => Promise<AsyncIterable<T>>): AsyncGenerator<T> {
  yield* await load()
}
