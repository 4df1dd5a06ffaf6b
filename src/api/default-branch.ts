// Which branch HEAD of a store without a working directory of ours means: what a clone of it would check out.
import { listRefNames, shortRefName } from '../refs/index.js'
import type { Storage } from '../storage/index.js'
import { headOf, listWorkdirs } from './worktree-list.js'

const PREFERRED = ['main', 'master']

/** Of a store's branches; 'main' when it has none yet. */
export async function defaultBranch(storage: Storage): Promise<string> {
  const branches = (await listRefNames(storage, 'heads')).map(shortRefName)
  return (await chooseBranch(storage, branches)) ?? PREFERRED[0]!
}

/** What a working directory of the store has checked out, else 'main' or 'master', else the first of `branches`. */
export async function chooseBranch(
  storage: Storage,
  branches: readonly string[],
): Promise<string | undefined> {
  const inUse: string[] = []
  const isFolder = storage.properties.localRoot !== undefined
  for (const { id, root } of isFolder ? await listWorkdirs(storage) : [])
    inUse.push(headOf(root, id)?.branch ?? '')
  return [...inUse, ...PREFERRED].find((name) => branches.includes(name)) ?? branches[0]
}
