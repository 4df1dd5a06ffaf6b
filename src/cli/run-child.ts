// A program of the user, run to its end. What it prints goes to stderr: stdout is for results.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { ChildOptions } from './io.js'

const GRACE_MS = 2000

/** Its exit status, or as a shell has it: 126 and 127 when it cannot run, 128 + n when signal n ended it. */
export function runChild(
  [name = '', ...words]: readonly string[],
  { cwd, env, quiet, signal }: ChildOptions,
): Promise<number> {
  const inGroup = process.platform !== 'win32'
  return new Promise((resolve) => {
    const output = quiet ? 'ignore' : 2
    const stdio = ['ignore', output, output] as ('ignore' | number)[]
    // A group of its own can be ended with all that it started.
    const child = spawn(name, words, { cwd, env: { ...env, ...paths(env) }, stdio, detached: inGroup })
    let killing: NodeJS.Timeout | undefined
    const kill = (how: NodeJS.Signals) => {
      try {
        if (inGroup && child.pid !== undefined) process.kill(-child.pid, how)
        else child.kill(how)
      } catch {
        // It has ended already.
      }
    }
    const end = () => {
      kill('SIGTERM')
      killing = setTimeout(() => kill('SIGKILL'), GRACE_MS)
    }
    const done = (status: number) => {
      clearTimeout(killing)
      signal.removeEventListener('abort', end)
      resolve(status)
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end)
    child.on('error', (error: NodeJS.ErrnoException) => done(error.code === 'ENOENT' ? 127 : 126))
    child.on('exit', (status, by) => done(status ?? 128 + os.constants.signals[by!]))
  })
}

/** 'dv' is this very program, also where another or none is installed. */
function paths(env: ChildOptions['env']): { PATH: string } {
  const program = process.argv[1]
  const bin = program === undefined ? [] : [path.dirname(fs.realpathSync(program))]
  return { PATH: [...bin, env['PATH'] ?? '', path.dirname(process.execPath)].join(path.delimiter) }
}
