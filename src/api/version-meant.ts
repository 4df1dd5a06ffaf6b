// The version that checks and profiles are of: the one that is named, else the working directory as a commit would record it.
import type { CommitId } from '../hash/index.js'
import type { StoreView } from './context.js'
import { resolve } from './revisions.js'
import type { Stores } from './stores.js'
import type { Work } from './types.js'

export interface VersionMeant {
  view: StoreView
  id: CommitId
  /** False: a working directory that differs from its commit. */
  isCommitted: boolean
}

/** Without a repository around, and nothing named, it is the head. */
export async function versionMeant(
  stores: Stores,
  at: string | undefined,
  work: Work,
): Promise<VersionMeant> {
  const { context } = stores
  if (at === undefined && context) {
    const { workingCommit } = await import('./check-workdir.js')
    const { id, isHead } = await workingCommit(context, work)
    return { view: context, id, isCommitted: isHead }
  }
  const { view, revisions } = await stores.meant(at ?? 'HEAD')
  return { view, id: (await resolve(view, revisions)).commit, isCommitted: true }
}
