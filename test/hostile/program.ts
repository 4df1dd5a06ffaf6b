// dv as it is typed, in this process: its exit status, and the code of what went wrong.
import path from 'node:path'
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
