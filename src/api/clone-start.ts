// Where a clone begins: the branch or tag that is checked out.
import { DvError } from '../base/index.js'
import type { CommitId } from '../hash/index.js'
import { listRefs, readRef, remoteRef, shortRefName, tagRef } from '../refs/index.js'
import type { Head } from '../workspace/index.js'
import type { Context } from './context.js'
import { chooseBranch } from './default-branch.js'
import type { Remote } from './remote-store.js'

/** What a clone calls where it came from. */
export const REMOTE = 'origin'

export interface Start {
  head: Head
  commit: CommitId
}

/** The branch or tag asked for; else the remote's own choice, as far as it has one. */
export async function chooseStart(
  context: Context,
  { remote, wanted }: { remote: Remote; wanted: string | undefined },
): Promise<Start | undefined> {
  const { storage } = context
  const branch = wanted ?? (await defaultBranch(context, remote))
  if (branch === undefined) return undefined
  const tracked = await readRef(storage, remoteRef(REMOTE, branch))
  if (tracked) return { head: { kind: 'branch', branch }, commit: tracked.value.target }
  const tag = await readRef(storage, tagRef(branch))
  if (tag) return { head: { kind: 'commit', commit: tag.value.target }, commit: tag.value.target }
  throw new DvError('DV_UNKNOWN_REF', `The remote '${remote.url}' has no branch or tag '${branch}'`, {
    data: { url: remote.url, name: branch },
    hint: 'leave out -b to get its main branch',
  })
}

async function defaultBranch(context: Context, remote: Remote): Promise<string | undefined> {
  const tracked = await listRefs(context.storage, 'remotes', { remote: REMOTE })
  const names = tracked.map(({ ref }) => shortRefName(ref).slice(REMOTE.length + 1))
  return chooseBranch(remote.storage, names)
}
