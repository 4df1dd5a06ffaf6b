// All verbs, in the order help shows them. Each is loaded only when it is used: start-up is a feature.
import type { Command, CommandGroup } from './command.js'

export interface Verb {
  summary: string
  /** Heading it stands under in `dv help`; undefined hides it. */
  section: Section | undefined
  load(): Promise<Command | CommandGroup>
}

export const SECTIONS = {
  start: 'Start',
  record: 'Record and look',
  history: 'Branches and history',
  share: 'Share',
  code: 'Data that code needs',
  care: 'Care and set-up',
} as const
export type Section = keyof typeof SECTIONS

export const VERBS: ReadonlyMap<string, Verb> = new Map(
  Object.entries({
    init: verb(
      'start',
      'Start versioning a directory',
      async () => (await import('./commands/init.js')).init,
    ),
    clone: verb(
      'start',
      'Copy a remote and check it out',
      async () => (await import('./commands/clone.js')).clone,
    ),

    status: verb(
      'record',
      'Show what changed since the last commit',
      async () => (await import('./commands/status.js')).status,
    ),
    commit: verb(
      'record',
      'Record the working directory',
      async () => (await import('./commands/commit.js')).commit,
    ),
    diff: verb(
      'record',
      'Show changes between commits or files',
      async () => (await import('./commands/diff.js')).diff,
    ),
    log: verb('record', 'List commits', async () => (await import('./commands/log.js')).log),
    show: verb(
      'record',
      'Show a commit and what it changed',
      async () => (await import('./commands/show.js')).show,
    ),
    meta: verb(
      'record',
      'Say what files are: metadata',
      async () => (await import('./commands/meta.js')).meta,
    ),
    ls: verb('record', 'List files of a commit', async () => (await import('./commands/ls.js')).ls),
    cat: verb('record', 'Print a file of a commit', async () => (await import('./commands/cat.js')).cat),
    query: verb(
      'record',
      'Ask SQL of files, commits and tables',
      async () => (await import('./commands/query.js')).query,
    ),
    'export-manifest': verb(
      'record',
      'Write the table of files as Parquet, for other engines',
      async () => (await import('./commands/export-manifest.js')).exportManifest,
    ),
    profile: verb(
      'record',
      'Show what folders and tables are made of',
      async () => (await import('./commands/profile.js')).profile,
    ),
    search: verb(
      'record',
      'Find files and commits by words',
      async () => (await import('./commands/search.js')).search,
    ),
    check: verb(
      'record',
      'Hold a version against rules: data tests',
      async () => (await import('./commands/check.js')).check,
    ),
    get: verb(
      'record',
      'Fetch files of a commit, without a clone',
      async () => (await import('./commands/get.js')).get,
    ),
    restore: verb(
      'record',
      'Put files back as they were',
      async () => (await import('./commands/restore.js')).restore,
    ),
    add: verb(
      undefined,
      'Explains that there is no staging area',
      async () => (await import('./commands/add.js')).add,
    ),

    branch: verb(
      'history',
      'List, make, rename or delete branches',
      async () => (await import('./commands/branch.js')).branch,
    ),
    switch: verb(
      'history',
      'Go to another branch',
      async () => (await import('./commands/switch.js')).switchTo,
    ),
    checkout: verb(
      'history',
      'Go to any commit, or choose what is checked out',
      async () => (await import('./commands/checkout.js')).checkout,
    ),
    tag: verb('history', 'List, make or delete tags', async () => (await import('./commands/tag.js')).tag),
    merge: verb(
      'history',
      'Join another branch into this one',
      async () => (await import('./commands/merge.js')).merge,
    ),
    subset: verb(
      'history',
      'Work on a part of a branch as a branch',
      async () => (await import('./commands/subset.js')).subset,
    ),
    revert: verb(
      'history',
      'Take back what a commit changed',
      async () => (await import('./commands/revert.js')).revert,
    ),
    undo: verb(
      'history',
      'Take back the last operation',
      async () => (await import('./commands/undo.js')).undo,
    ),
    op: verb('history', 'List operations', async () => (await import('./commands/op.js')).op),
    bisect: verb(
      'history',
      'Find the commit that broke something',
      async () => (await import('./commands/bisect.js')).bisect,
    ),
    worktree: verb(
      'history',
      'Work on several branches at once',
      async () => (await import('./commands/worktree.js')).worktree,
    ),

    remote: verb('share', 'Manage remotes', async () => (await import('./commands/remote.js')).remote),
    fetch: verb(
      'share',
      'Get new commits from a remote',
      async () => (await import('./commands/fetch.js')).fetch,
    ),
    pull: verb('share', 'Fetch, then merge', async () => (await import('./commands/pull.js')).pull),
    push: verb('share', 'Send commits to a remote', async () => (await import('./commands/push.js')).push),
    mirror: verb(
      'share',
      'Copy all branches and tags from one remote to another',
      async () => (await import('./commands/mirror.js')).mirror,
    ),
    sync: verb('share', 'Fetch, merge, then push', async () => (await import('./commands/sync.js')).sync),
    apply: verb(
      'share',
      'Commit lines of changes without a clone',
      async () => (await import('./commands/apply.js')).apply,
    ),
    serve: verb(
      'share',
      'Show every version over HTTP',
      async () => (await import('./commands/serve.js')).serve,
    ),

    require: verb(
      'code',
      'Pin data in dv.lock, beside the code',
      async () => (await import('./commands/require.js')).requireData,
    ),
    install: verb(
      'code',
      'Make folders hold what dv.lock pins',
      async () => (await import('./commands/install.js')).install,
    ),
    verify: verb(
      'code',
      'Prove that what is on disk is what was pinned',
      async () => (await import('./commands/verify.js')).verify,
    ),
    outdated: verb(
      'code',
      'List pins whose revision has moved on',
      async () => (await import('./commands/outdated.js')).outdated,
    ),
    update: verb(
      'code',
      'Pin what revisions mean now',
      async () => (await import('./commands/update.js')).update,
    ),

    du: verb(
      'care',
      'Show what directories of a commit take',
      async () => (await import('./commands/du.js')).du,
    ),
    packages: verb(
      'share',
      'List the stores in a bucket or folder',
      async () => (await import('./commands/packages.js')).packages,
    ),
    cache: verb(
      'care',
      'See and clear what is kept of remotes',
      async () => (await import('./commands/cache.js')).cache,
    ),
    drop: verb(
      'care',
      'Free the disk of data that a remote has',
      async () => (await import('./commands/drop.js')).drop,
    ),
    gc: verb('care', 'Free what nothing needs any more', async () => (await import('./commands/gc.js')).gc),
    purge: verb(
      'care',
      'Remove data from all versions, for good',
      async () => (await import('./commands/purge.js')).purge,
    ),
    fsck: verb('care', 'Check the store for damage', async () => (await import('./commands/fsck.js')).fsck),
    repair: verb(
      'care',
      'Put right what is damaged',
      async () => (await import('./commands/repair.js')).repair,
    ),
    config: verb(
      'care',
      'Read and change settings',
      async () => (await import('./commands/config.js')).config,
    ),
    completion: verb(
      'care',
      'Print a completion script for a shell',
      async () => (await import('./commands/completion.js')).completion,
    ),
    help: verb('care', 'Show help', async () => (await import('./commands/help.js')).help),
    __complete: verb(
      undefined,
      'For completion scripts',
      async () => (await import('./commands/complete.js')).completeWords,
    ),
    version: verb('care', 'Print the version', async () => (await import('./commands/version.js')).version),
  }),
)

/** Names of the verbs that help and completion show. */
export const VISIBLE: readonly string[] = [...VERBS]
  .filter(([, { section }]) => section !== undefined)
  .map(([name]) => name)

function verb(section: Section | undefined, summary: string, load: Verb['load']): Verb {
  return { section, summary, load }
}
