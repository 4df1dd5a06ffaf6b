// dv fsck: the store, the working directories it knows of, and what these have under way.
import fs from 'node:fs'
import { isDvError } from '../base/index.js'
import { whyNever } from '../files/index.js'
import { type CommitRoot, checkStore, type Problem } from '../maintenance/index.js'
import {
  openWorkdir,
  readHead,
  readMerge,
  readSparse,
  readUnfinishedCheckout,
  type Workdir,
} from '../workspace/index.js'
import type { Context } from './context.js'
import { SHORT_DIGITS } from './present.js'
import type { FsckProblem, FsckResult } from './results.js'
import type { Work } from './types.js'
import { readWorkdirRecord, workdirRecords } from './worktree-list.js'

export async function fsck(context: Context, options: Work & { deep: boolean }): Promise<FsckResult> {
  const { surroundings, store } = context
  const began = surroundings.clock()
  const problems: Problem[] = []
  const commits = await checkWorkdirs(context, problems)
  const report = await checkStore(store, { ...options, commits, whyNever })
  const { problems: found, ...checked } = report
  return {
    deep: options.deep,
    checked: { ...checked, seconds: (surroundings.clock() - began) / 1000 },
    problems: [...problems, ...found].map(present),
  }
}

/** What the working directories of this store need. A folder that is gone, or mounted elsewhere, needs nothing. */
async function checkWorkdirs({ storage, workdir: own }: Context, problems: Problem[]): Promise<CommitRoot[]> {
  const roots = new Set([own.root])
  for (const name of await workdirRecords(storage)) {
    await attempt(problems, { object: 'working directory record', name }, async () => {
      const record = await readWorkdirRecord(storage, name)
      if (record && fs.existsSync(record.root)) roots.add(record.root)
    })
  }
  const commits: CommitRoot[] = []
  for (const root of roots) {
    await attempt(problems, { object: 'working directory', name: root }, async () => {
      const workdir = openWorkdir(root)
      if (workdir.store !== own.store) return
      for (const read of STATE)
        await attempt(problems, { object: 'working directory', name: root }, read(workdir, commits))
    })
  }
  return commits
}

type ReadState = (workdir: Workdir, commits: CommitRoot[]) => () => Promise<void>

/** Each file of `.dv` by itself, so that a damaged one does not hide the others. */
const STATE: readonly ReadState[] = [
  (workdir, commits) => async () => {
    const head = readHead(workdir)
    if (head.kind === 'commit') commits.push({ id: head.commit, by: `working directory '${workdir.root}'` })
  },
  (workdir, commits) => async () => {
    const merge = readMerge(workdir)
    if (merge) commits.push({ id: merge.theirs, by: `the merge under way in '${workdir.root}'` })
  },
  (workdir, commits) => async () => {
    const to = readUnfinishedCheckout(workdir)
    if (to) commits.push({ id: to, by: `the checkout under way in '${workdir.root}'` })
  },
  (workdir) => async () => {
    readSparse(workdir)
  },
]

async function attempt(
  problems: Problem[],
  { object, name }: { object: string; name: string },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isDvError(error)) throw error
    // It was moved or removed since it was registered.
    if (error.code === 'DV_NO_REPOSITORY') return
    const kind = error.code === 'DV_CORRUPT' ? 'damaged' : 'unreadable'
    problems.push({ kind, object, name, what: error.message, reaches: [] })
  }
}

function present({ reaches, ...problem }: Problem): FsckProblem {
  return {
    ...problem,
    reaches: reaches.map(({ commit, path }) => ({
      commit,
      short: /^[0-9a-f]{64}$/.test(commit) ? commit.slice(0, SHORT_DIGITS) : commit,
      ...(path !== undefined && { path }),
    })),
  }
}
