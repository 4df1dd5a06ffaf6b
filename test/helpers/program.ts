// dv as a user has it: processes of the real program, bin/dv with build/ replaced by the build under test.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from './temporary.js'

/** The output folder that the test itself runs from. */
export const build = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** An installation: a package of its own with bin/dv and the build, reached through a link as npm makes one. */
export function install(): string {
  const root = temporaryFolder()
  fs.cpSync('bin', path.join(root, 'package/bin'), { recursive: true })
  fs.copyFileSync('package.json', path.join(root, 'package/package.json'))
  fs.cpSync(path.join(build, 'bundle'), path.join(root, 'package/build/bundle'), { recursive: true })
  fs.symlinkSync(path.resolve('node_modules'), path.join(root, 'package/node_modules'))
  fs.symlinkSync('package/bin/dv', path.join(root, 'dv'))
  return path.join(root, 'dv')
}

export interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

/** Runs the installed program to its end; nothing of the user's own configuration is read. */
export function runProgram(
  program: string,
  words: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Readonly<Record<string, string>> },
): Promise<Ended> {
  const { PATH } = process.env
  const child = spawn(program, words, {
    cwd,
    env: { PATH, HOME: path.dirname(program), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended: Ended = { status: null, stdout: '', stderr: '' }
  child.stdout.on('data', (data: Buffer) => (ended.stdout += data.toString()))
  child.stderr.on('data', (data: Buffer) => (ended.stderr += data.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ ...ended, status }))
  })
}
