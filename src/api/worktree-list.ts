// The working directories of a store: a small record each, so that `dv worktree list` and a collector know of them.
// Format: spec/09-layout.md, "Working directories".
import path from 'node:path'
import { corrupt, DvError } from '../base/index.js'
import { seal, unseal } from '../codec/index.js'
import type { CommitId } from '../hash/index.js'
import type { Storage } from '../storage/index.js'
import { openWorkdir, readHead } from '../workspace/index.js'

const PREFIX = 'workdirs/'

export interface RegisteredWorkdir {
  id: string
  /** Absolute path of its root when it was made. */
  root: string
}

/** Comes before the working directory is made, so that none is ever in use and not known here. */
export async function registerWorkdir(storage: Storage, { id, root }: RegisteredWorkdir): Promise<void> {
  const name = `${PREFIX}${id}`
  const known = await storage.read(name)
  await storage.compareAndSwap(name, known?.version, seal({ id, root: path.resolve(root) }))
}

export async function unregisterWorkdir(storage: Storage, id: string): Promise<void> {
  const known = await storage.read(`${PREFIX}${id}`)
  if (known) await storage.compareAndSwap(`${PREFIX}${id}`, known.version, undefined)
}

export async function listWorkdirs(storage: Storage): Promise<RegisteredWorkdir[]> {
  const found: RegisteredWorkdir[] = []
  for (const name of await workdirRecords(storage)) {
    const record = await readWorkdirRecord(storage, name)
    if (record) found.push(record)
  }
  return found.sort((a, b) => (a.root < b.root ? -1 : 1))
}

/** The names the records are stored under. */
export function workdirRecords(storage: Storage): Promise<string[]> {
  return storage.listMutable(PREFIX)
}

/** One record; undefined when it was removed meanwhile. Throws DV_CORRUPT when it is damaged. */
export async function readWorkdirRecord(
  storage: Storage,
  name: string,
): Promise<RegisteredWorkdir | undefined> {
  const value = await storage.read(name)
  if (!value) return undefined
  const { id, root } = unseal(value.bytes, `record '${name}'`)
  if (typeof id !== 'string' || typeof root !== 'string') throw corrupt(`The record '${name}' makes no sense`)
  return { id, root }
}

/** What another working directory has checked out; undefined when it is gone. */
export function headOf(root: string, id: string): { branch?: string; commit?: CommitId } | undefined {
  try {
    const workdir = openWorkdir(root)
    if (workdir.id !== id) return undefined
    const head = readHead(workdir)
    return head.kind === 'branch' ? { branch: head.branch } : { commit: head.commit }
  } catch (error) {
    if (error instanceof DvError) return undefined
    throw error
  }
}
