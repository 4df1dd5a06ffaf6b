// Which branches are checked out, here or in another working directory of the store: these must not move or vanish
// under those who work on them.
import { DvError } from '../base/index.js'
import type { Storage } from '../storage/index.js'
import { type Context, currentHead } from './context.js'
import { headOf, listWorkdirs } from './worktree-list.js'

/** Directories by the branch that is checked out in them, but for this one. */
export async function checkedOutElsewhere(context: Context): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { id, root } of await listWorkdirs(context.storage)) {
    const branch = id === context.workdir.id ? undefined : headOf(root, id)?.branch
    if (branch !== undefined) found.set(branch, root)
  }
  return found
}

/** The directory a branch of a store is checked out in; undefined: in none. Working directories are only made on stores
 * in folders. */
export async function whereCheckedOut(storage: Storage, branch: string): Promise<string | undefined> {
  if (storage.properties.localRoot === undefined) return undefined
  const workdirs = await listWorkdirs(storage)
  return workdirs.find(({ id, root }) => headOf(root, id)?.branch === branch)?.root
}

/** Throws DV_BRANCH_IN_USE when a working directory of that store has the branch checked out: it would move under its
 * files. */
export async function refuseCheckedOutIn(storage: Storage, branch: string, hint: string): Promise<void> {
  const directory = await whereCheckedOut(storage, branch)
  if (directory === undefined) return
  throw new DvError(
    'DV_BRANCH_IN_USE',
    `The branch '${branch}' is checked out in '${directory}', where it would move under its files`,
    { data: { branch, directory }, hint },
  )
}

/** Throws DV_BRANCH_IN_USE for the current branch and for those of other working directories. */
export async function refuseInUse(context: Context, name: string, action: string): Promise<void> {
  const { head } = await currentHead(context)
  const isHere = head.kind === 'branch' && head.branch === name
  const directory = isHere ? context.workdir.root : (await checkedOutElsewhere(context)).get(name)
  if (directory === undefined) return
  const where = isHere ? 'it is the current one' : `it is checked out in '${directory}'`
  throw new DvError('DV_BRANCH_IN_USE', `The branch '${name}' cannot be ${action}: ${where}`, {
    data: { branch: name, directory },
    hint: isHere ? "go to another one first: 'dv switch NAME'" : 'switch to another branch there first',
  })
}

export function inUseElsewhere(branch: string, directory: string): DvError {
  return new DvError('DV_BRANCH_IN_USE', `The branch '${branch}' is checked out in '${directory}'`, {
    data: { branch, directory },
    hint: 'rename it there: dv branch -m NEW',
  })
}
