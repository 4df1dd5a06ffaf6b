// A remote that lost something still has the rest: that comes, and what does not is noted here as lost, so that nobody takes
// it for promised, whoever has it can give it back, and fsck and checkouts name it. Rules: spec/13-transfer.md, "Stores with
// losses".
import { isLoss } from '../base/index.js'
import type { CommitId, TagId } from '../hash/index.js'
import { bringWhatIsLeft, notNamed, type Problem } from '../maintenance/index.js'
import { readLostItems } from '../store/index.js'
import { readingAhead } from '../transfer/index.js'
import type { Context } from './context.js'
import type { Remote } from './remote-store.js'
import type { TransferSums } from './results.js'
import type { Work } from './types.js'
import { workdirRoots } from './workdir-roots.js'

export interface Wanted {
  commits: readonly CommitId[]
  tags: readonly TagId[]
}

export interface FetchLeftOptions extends Work {
  checkPath: (path: string) => void
  received: TransferSums
}

/** Whether a remote may have what is noted as lost here. */
export async function canGiveBack({ storage }: Context, remote: Remote): Promise<boolean> {
  const { ids } = await readLostItems(storage)
  return ids.length > 0 && (await notNamed(remote.store, ids)).length < ids.length
}

/** Brings what a remote still has of what is wanted, and of what this store lost. Returns how many items neither has.
 * Throws what is no loss, `failure` when none of the commits is left, and what trees that may not be throw. */
export async function fetchLeft(
  context: Context,
  remote: Remote,
  { wanted, failure }: { wanted: Wanted; failure?: unknown },
  { received, ...options }: FetchLeftOptions,
): Promise<number> {
  if (failure !== undefined && !isLoss(failure)) throw failure
  const { store, storage, workdir } = context
  // What is wrong with working directories is told by fsck.
  const problems: Problem[] = []
  const outside = await workdirRoots({ storage, workdir, folder: workdir.store }, problems)
  const by = `a branch of '${remote.name}'`
  const roots = {
    commits: wanted.commits.map((id) => ({ id, by })),
    tags: wanted.tags.map((id) => ({ id, by })),
  }
  const source = { name: remote.name, store: readingAhead(remote.store) }
  const { brought, lost } = await bringWhatIsLeft(store, { source, wanted: roots, outside }, options)
  await store.index.refresh()
  for (const { objects, bytes } of brought) {
    received.objects += objects
    received.bytes += bytes
  }
  const areHere = await Promise.all(wanted.commits.map((id) => store.has(id)))
  if (failure !== undefined && areHere.length > 0 && !areHere.some(Boolean)) throw failure
  return lost
}
