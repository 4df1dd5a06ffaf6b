// What working directories have, and need of their store: for fsck, and for a collector.
import fs from 'node:fs'
import { isDvError } from '../base/index.js'
import type { OutsideRoots, Problem } from '../maintenance/index.js'
import type { Storage } from '../storage/index.js'
import {
  type MergeState,
  openWorkdir,
  readHead,
  readLost,
  readMerge,
  readMergesBefore,
  readPendingMetadata,
  readSparse,
  readUnfinishedCheckout,
  type Workdir,
} from '../workspace/index.js'
import { readWorkdirRecord, workdirRecords } from './worktree-list.js'

/** What all working directories of a store need, `own` among them; what is wrong with them joins `problems`. A folder that
 * is gone, or mounted elsewhere, needs nothing but what its last operation says. */
export async function workdirRoots(
  { storage, workdir: own, folder }: { storage: Storage; workdir?: Workdir; folder: string },
  problems: Problem[],
): Promise<OutsideRoots> {
  const found: OutsideRoots = { commits: [], manifests: [] }
  const roots = new Set(own ? [own.root] : [])
  for (const name of await workdirRecords(storage)) {
    await attempt(problems, { object: 'working directory record', name }, async () => {
      const record = await readWorkdirRecord(storage, name)
      if (record && fs.existsSync(record.root)) roots.add(record.root)
    })
  }
  for (const root of roots) {
    await attempt(problems, { object: 'working directory', name: root }, async () => {
      const workdir = own?.root === root ? own : openWorkdir(root)
      if (workdir.store !== folder) return
      for (const read of STATE)
        await attempt(problems, { object: 'working directory', name: root }, read(workdir, found))
    })
  }
  return found
}

type ReadState = (workdir: Workdir, found: OutsideRoots) => () => Promise<void>

/** Each file of `.dv` by itself, so that a damaged one does not hide the others. */
const STATE: readonly ReadState[] = [
  (workdir, { commits }) =>
    async () => {
      const head = readHead(workdir)
      if (head.kind === 'commit') commits.push({ id: head.commit, by: `working directory '${workdir.root}'` })
    },
  (workdir, found) => async () => {
    const merge = readMerge(workdir)
    if (merge) addMerge(found, merge, `the merge under way in '${workdir.root}'`)
  },
  (workdir, found) => async () => {
    for (const merge of readMergesBefore(workdir))
      addMerge(found, merge, `a merge that can be undone in '${workdir.root}'`)
  },
  (workdir, { commits }) =>
    async () => {
      const to = readUnfinishedCheckout(workdir)
      if (to) commits.push({ id: to, by: `the checkout under way in '${workdir.root}'` })
    },
  (workdir, { manifests }) =>
    async () => {
      const pending = readPendingMetadata(workdir)
      const operation = `the uncommitted metadata of '${workdir.root}'`
      if (pending) manifests.push({ id: pending.edits, operation })
    },
  (workdir) => async () => {
    readSparse(workdir)
  },
  (workdir) => async () => {
    readLost(workdir)
  },
]

function addMerge({ commits, manifests }: OutsideRoots, merge: MergeState, by: string): void {
  const { ours, theirs, theirsTree, base, before, tree, shown, pending } = merge
  for (const id of [ours, theirs]) commits.push({ id, by })
  for (const id of [theirsTree, base, before, tree, shown, pending])
    if (id) manifests.push({ id, operation: by })
}

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
