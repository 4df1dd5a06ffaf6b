// dv as it is typed, in this process: its exit status, and the code of what went wrong.
import fs from 'node:fs'
import path from 'node:path'
import type { ExecutionContext } from 'ava'
import { run } from '../../src/cli/main.js'
import { testIo } from '../cli/test-io.js'

export interface Ran {
  status: number
  /** Of the failure; undefined: there was none, or the exit status tells it. */
  code: string | undefined
  out: string
}

/** Runs `dv ... --json` in a folder, as a user whose home is beside it. */
export async function dv(cwd: string, ...argv: string[]): Promise<Ran> {
  const env = { HOME: path.join(path.dirname(cwd), 'home'), NO_COLOR: '1' }
  const io = testIo({ cwd, env })
  const status = await run(['--no-progress', '--json', ...argv], io)
  const failure = /^\{"error":.*$/m.exec(io.err())?.[0]
  const { error } = failure ? (JSON.parse(failure) as { error: { code: string } }) : { error: undefined }
  return { status, code: error?.code, out: `${io.out()}${io.err()}` }
}

/** Runs what must succeed. */
export async function well(t: ExecutionContext, cwd: string, ...words: string[]): Promise<Ran> {
  const ran = await dv(cwd, ...words)
  t.is(ran.status, 0, `dv ${words.join(' ')}: ${ran.out}`)
  return ran
}

/** Makes `root`, where what is there already stays, a repository with one commit; its author's home is beside it. */
export async function firstCommit(t: ExecutionContext, root: string): Promise<void> {
  fs.mkdirSync(path.join(path.dirname(root), 'home'))
  fs.mkdirSync(root, { recursive: true })
  await well(t, root, 'init')
  await well(t, root, 'config', 'set', '--global', 'user.name', 'Ada')
  await well(t, root, 'config', 'set', '--global', 'user.email', 'ada@example.org')
  await well(t, root, 'commit', '-m', 'First')
}
