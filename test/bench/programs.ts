// Whole processes, timed from outside.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Sample } from './measure.js'
import type { Usage } from './usage.js'

/** The project: this file lies in build/test/bench. */
export const PROJECT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..')
const USAGE = new URL('usage.js', import.meta.url)
/** File times are clearly older than what comes after this. */
const SETTLE_MS = 200

export interface Finished {
  /** Wall time, and what else was used, in seconds and bytes. */
  sample: Sample
  stdout: string
}

export interface RunOptions {
  cwd: string
  /** Where the program may keep what belongs to a user. */
  home: string
  /** Further variables of its environment. */
  env?: Readonly<Record<string, string>> | undefined
  /** Leaves out what the program used. Only Node programs tell that, and it costs them 2 ms. */
  timeOnly?: boolean
}

const running = new Set<ChildProcess>()

/** Runs a program to its end. Throws unless it ends with status 0. */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, home, env = {}, timeOnly = false }: RunOptions,
): Promise<Finished> {
  const withUsage = program === process.execPath && !timeOnly
  const report = path.join(home, 'usage.json')
  const start = process.hrtime.bigint()
  const child = spawn(program, withUsage ? ['--import', USAGE.href, ...args] : args, {
    cwd,
    env: { ...environment(home, withUsage ? report : ''), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (output.stderr += text))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve)
  })
  const value = Number(process.hrtime.bigint() - start) / 1e9
  running.delete(child)
  if (status !== 0) throw new Error(`'${[program, ...args].join(' ')}' failed:\n${output.stderr}`)
  return { sample: { value, ...(withUsage && readUsage(report)) }, stdout: output.stdout }
}

/** Runs dv from this project. */
export function dv(args: readonly string[], options: RunOptions): Promise<Finished> {
  return run(process.execPath, [path.join(PROJECT, 'bin/dv'), ...args], options)
}

/** A new repository in `options.cwd`, its store beside it or where `args` say, without a `.dvignore`. */
export async function initRepository(options: RunOptions, ...args: string[]): Promise<void> {
  await dv(['init', '-q', ...args], options)
  await dv(['config', 'user.name', 'Bench'], options)
  await dv(['config', 'user.email', 'bench@example.org'], options)
  fs.rmSync(path.join(options.cwd, '.dvignore'))
}

const installed = new Map<string, boolean>()

/** Whether there is such a POSIX program here. Windows has others of the same names. */
export function isInstalled(program: string): boolean {
  if (process.platform === 'win32') return false
  let is = installed.get(program)
  if (is === undefined) {
    is = spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
    installed.set(program, is)
  }
  return is
}

/** What was written before lies on disk, and its times are past, when this returns: neither is to be paid for later. */
export async function settle(options: RunOptions): Promise<void> {
  if (isInstalled('sync')) await run('sync', [], options)
  await setTimeout(SETTLE_MS)
}

/** Ends what is still running. */
export async function stopPrograms(): Promise<void> {
  const ends = [...running].map((child) => new Promise((resolve) => child.on('close', resolve)))
  for (const child of running) child.kill('SIGKILL')
  await Promise.all(ends)
}

function environment(home: string, usage: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, 'config'),
    DV_CONFIG: '',
    NO_COLOR: '1',
    LC_ALL: 'C',
    DV_BENCH_USAGE: usage,
  }
}

/** Undefined where the program ended without a report. */
function readUsage(report: string): Usage | undefined {
  if (!fs.existsSync(report)) return undefined
  const usage = JSON.parse(fs.readFileSync(report, 'utf8')) as Usage
  fs.rmSync(report)
  return usage
}
