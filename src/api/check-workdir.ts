// The working directory as a commit that nothing names: what `dv commit` would record, to be looked at before.
import { type CommitId, sameId } from '../hash/index.js'
import { encodeCommit } from '../objects/index.js'
import { StoreWriter } from '../store/index.js'
import { recordWork } from './commit.js'
import { sideFiles, unfinishedMerge } from './conflicts.js'
import { closePools, commitOf, type Context, currentHead, withLock, workTree } from './context.js'
import { publish } from './publish.js'
import type { Work } from './types.js'

export interface WorkingCommit {
  id: CommitId
  /** Whether it is the commit that is checked out: nothing differs. */
  isHead: boolean
}

/** Files that changed are stored, as a commit stores them; then it finds them there. */
export function workingCommit(context: Context, work: Work): Promise<WorkingCommit> {
  return withLock(context, () => recordAll(context, work))
}

async function recordAll(context: Context, work: Work): Promise<WorkingCommit> {
  const { store, surroundings } = context
  const head = await currentHead(context)
  const old = await commitOf(context, head.commit)
  const merge = await unfinishedMerge(context, head)
  const tree = workTree(context)
  const nodes = new StoreWriter(store, { kind: 'node' })
  const sides = merge ? sideFiles(context, merge) : []
  const base = merge?.tree ?? old?.manifest
  const options = { paths: [], rehash: false, ...work }
  try {
    const { manifest, updates } = await recordWork(context, tree, { options, nodes, base, sides })
    updates.abandon()
    const isHead = old !== undefined && sameId(old.manifest, manifest)
    const by = { name: 'dv', email: 'dv', time: surroundings.clock(), zone: surroundings.zone }
    const parents = head.commit ? [head.commit] : []
    const made = {
      manifest,
      parents,
      author: by,
      committer: by,
      message: 'not committed',
      metadata: new Map(),
    }
    const id = isHead ? head.commit! : await nodes.writeObject('commit', encodeCommit(made), head.commit)
    await publish(context, tree, nodes)
    return { id, isHead }
  } catch (error) {
    nodes.abort()
    await closePools(context)
    throw error
  }
}
