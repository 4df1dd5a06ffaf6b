// Where commits are tried: working directories on the store that are made for one commit each, and removed.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fromSystemError } from '../base/index.js'
import type { Context } from './context.js'
import type { Work } from './types.js'
import { addWorktree } from './worktrees.js'
import { listWorkdirs, unregisterWorkdir } from './worktree-list.js'

export interface BisectPlace {
  /** A working directory that holds this commit, of 64 hex digits. */
  checkout(commit: string): Promise<string>
  /** Removes it, whatever was written there. */
  clear(): Promise<void>
  close(): Promise<void>
}

export function openPlace(context: Context, { signal, onProgress }: Work): BisectPlace {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'dv-bisect-')))
  const directory = path.join(folder, 'tree')
  const work = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
  async function clear(): Promise<void> {
    remove(directory)
    // A checkout that was interrupted is known before it is made.
    const known = (await listWorkdirs(context.storage)).find(({ root }) => root === directory)
    if (known) await unregisterWorkdir(context.storage, known.id)
  }
  return {
    async checkout(revision) {
      await addWorktree(context, { ...work, directory, revision, force: false })
      return directory
    },
    clear,
    async close() {
      await clear()
      remove(folder)
    },
  }
}

function remove(folder: string): void {
  try {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  } catch (error) {
    throw fromSystemError(error, 'delete', folder)
  }
}
