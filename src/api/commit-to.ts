// dv commit --to: chunks go straight to a remote as they are stored, so that this disk need not have room for them; then
// the commit is recorded here as any other, and pushed. An interruption leaves what was there, or a commit that waits to
// be pushed; what had arrived is known here and not sent again. What was purged there is taken over first, as a fetch
// does: nothing of it is sent. Format: spec/13-transfer.md, "Straight to a remote"
import fs from 'node:fs'
import { DvError } from '../base/index.js'
import { Pool } from '../content/index.js'
import { branchRef, readRef } from '../refs/index.js'
import { Delivery, judgeBranchMove } from '../transfer/index.js'
import { refuseCheckedOutIn } from './branch-use.js'
import { commitLocked } from './commit.js'
import { type Context, currentHead, withLock } from './context.js'
import { serverMemory } from './derived.js'
import { adoptRecords } from './purge-spread.js'
import { push } from './push.js'
import { branchThere } from './push-plan.js'
import { findRemote, openOrCreateRemote, type Remote, requireSameChunks } from './remote-store.js'
import type { CommitResult } from './results.js'
import type { CommitOptions } from './types.js'

/** Packs of a worker that are on their way; one more is being written. */
const PACKS_ON_THE_WAY = 2
/** A worker has at most three packs on this disk: all of them together take at most so much of what is free. */
const SHARE_OF_DISK = 3 / 4
const PACK_BYTES = { min: 1024 * 1024, max: 48 * 1024 * 1024 }

export async function commitTo(
  context: Context,
  { to, ...options }: CommitOptions & { to: string },
): Promise<CommitResult> {
  if (options.amend)
    throw new DvError('DV_USAGE', 'A commit that replaces another cannot go straight to a remote', {
      hint: `leave out --to, then 'dv push --force-with-lease ${to}'`,
    })
  const named = await findRemote(context, to)
  const { surroundings, storage, format } = context
  const { clock, env } = surroundings
  const server = serverMemory(surroundings, named, storage.properties.localRoot)
  const remote = await openOrCreateRemote(named, { format, now: clock(), env, server })
  let result: CommitResult
  try {
    requireSameChunks(context.format, remote)
    const waiting = await refuseInVain(context, remote)
    result = await withLock(context, () => commitThrough(context, remote, options)).catch(
      (error: unknown) => {
        throw waiting ? sayThatItWaits(error, waiting) : error
      },
    )
  } finally {
    remote.storage.close()
  }
  const fixed = { all: false, tags: false, setUpstream: false, forceWithLease: false }
  const { signal, onProgress } = options
  const work = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
  return { ...result, pushed: await push(context, { ...fixed, ...work, remote: to, refs: [] }) }
}

async function commitThrough(
  context: Context,
  remote: Remote,
  options: CommitOptions,
): Promise<CommitResult> {
  const { signal } = options
  const { workdir, format, store } = context
  await adoptRecords({ from: remote.store, to: store, context }, options)
  const delivery = new Delivery({
    ...{ local: store, remote: remote.store, name: remote.name },
    ...(signal && { signal }),
  })
  const pool = new Pool({
    storeRoot: workdir.store,
    chunkAvg: format.chunker.avg,
    root: workdir.root,
    temporaryFolder: `${workdir.dvDir}/tmp`,
    endedPacks: PACKS_ON_THE_WAY,
    packBytes: packBytes(workdir.store),
    deliver: (pack) => delivery.deliver(pack),
  })
  try {
    return await commitLocked(context, options, { pool })
  } finally {
    await pool.close()
  }
}

/** Smaller ones where the disk is nearly full. */
function packBytes(folder: string): number {
  const { bavail, bsize } = fs.statfsSync(folder)
  const packs = Pool.defaultSize() * (PACKS_ON_THE_WAY + 1)
  const share = Math.floor((bavail * bsize * SHARE_OF_DISK) / packs)
  return Math.max(PACK_BYTES.min, Math.min(PACK_BYTES.max, share))
}

/** A branch here with commits that the remote lacks: of an interrupted `commit --to`, or not pushed yet. */
interface Waiting {
  remote: string
  branch: string
}

/** Nothing to commit, because an interrupted run of the same command has recorded it: then it is only to be pushed. */
function sayThatItWaits(error: unknown, { remote, branch }: Waiting): unknown {
  if (!(error instanceof DvError) || error.code !== 'DV_NOTHING_TO_COMMIT') return error
  const { code, message, data } = error
  return new DvError(code, `${message}, which '${remote}' does not have yet`, {
    ...(data && { data }),
    hint: `'dv push ${remote} ${branch}' sends it`,
  })
}

/** Before anything is sent: throws when the branch there could not follow anyway. Returns what waits to be pushed. */
async function refuseInVain(context: Context, remote: Remote): Promise<Waiting | undefined> {
  const { head, commit } = await currentHead(context)
  if (head.kind !== 'branch')
    throw new DvError('DV_USAGE', 'The head is on no branch, so nothing says where to push', {
      hint: "go to one first: 'dv switch NAME', or make one: 'dv switch -c NAME'",
    })
  const name = await branchThere(context, remote.name, head.branch)
  const hint = `leave out --to, then 'dv push ${remote.name} ${head.branch}:NAME', or pull from there`
  await refuseCheckedOutIn(remote.storage, name, hint)
  const there = (await readRef(remote.storage, branchRef(name)))?.value.target
  const waiting = { remote: remote.name, branch: head.branch }
  if (!there) return commit && waiting
  const verdict = commit && (await judgeBranchMove(context.store, { before: there, after: commit }))
  if (verdict?.outcome === 'unchanged') return undefined
  if (verdict && verdict.outcome !== 'rejected') return waiting
  throw new DvError('DV_NOT_FAST_FORWARD', `'${name}' of remote '${remote.name}' has commits that you lack`, {
    data: { remote: remote.name, branch: name },
    hint: `nothing was sent; 'dv pull ${remote.name}' brings them, then commit again`,
  })
}
