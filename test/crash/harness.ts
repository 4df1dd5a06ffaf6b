// Runs dv in processes that meet faults, and looks at what they leave.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExecutionContext } from 'ava'
import { CHECK_NOTES } from '../../src/api/check-notes.js'
import { createApi, type FsckResult } from '../../src/api/index.js'
import { isLoss } from '../../src/base/index.js'
import { decodeNote } from '../../src/checks/index.js'
import { run } from '../../src/cli/main.js'
import { whyNever } from '../../src/files/index.js'
import { hashChunk, type ManifestId, shortHex, toHex } from '../../src/hash/index.js'
import { readCommit } from '../../src/history/index.js'
import { checkStore } from '../../src/maintenance/index.js'
import { iterEntries, loadMetadata } from '../../src/manifest/index.js'
import { listAllRefs } from '../../src/refs/index.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { testIo } from '../cli/test-io.js'
import { readSteps, type Step } from './disk/steps.js'

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url))
const FAULTS = new URL('./faults.js', import.meta.url).href
const RECORDER = new URL('./disk/recorder.js', import.meta.url).href

export interface Fault {
  kind: 'count' | 'kill' | 'ENOSPC' | 'EROFS' | 'EACCES' | 'EIO'
  /** From which call on; 1 is the first. */
  at: number
}

export interface Ran {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** The code of the failure, from --json. */
  code: string | undefined
  /** Calls that change the file system, when there was a fault. */
  calls: number
}

export interface World {
  /** Holds `work`, the user's `home`, and whatever else a scenario needs. */
  folder: string
  work: string
  dv(args: readonly string[], fault?: Fault): Ran
  /** The same, and every change of the disk in its order. */
  record(args: readonly string[]): Ran & { steps: Step[] }
  /** Runs dv in this process. */
  here(args: readonly string[]): Promise<Pick<Ran, 'status' | 'stdout' | 'stderr' | 'code'>>
  /** Remembers the present state of the folder. */
  save(): void
  /** Brings the remembered state back. */
  restore(): void
  fsck(root?: string): Promise<FsckResult>
}

/** A folder with an empty repository in `work`, for one test. */
export function makeWorld(t: ExecutionContext): World {
  const base = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'dv-crash-')))
  t.teardown(() => fs.rmSync(base, { recursive: true, force: true }))
  const folder = path.join(base, 'now')
  const saved = path.join(base, 'saved')
  const work = path.join(folder, 'work')
  fs.mkdirSync(work, { recursive: true })
  const world: World = {
    folder,
    work,
    dv: (args, fault) => runDv(world, base, args, fault),
    record: (args) => recordDv(world, base, args),
    here: (args) => runHere(world, args),
    save: () => copyFolder(folder, saved),
    restore: () => copyFolder(saved, folder),
    fsck: (root = work) => fsckOf(root, homeOf(world)),
  }
  for (const args of [
    ['init'],
    ['config', '--global', 'user.name', 'Ada'],
    ['config', '--global', 'user.email', 'ada@example.org'],
  ]) {
    const { status, stderr } = world.dv(args)
    t.is(status, 0, stderr)
  }
  return world
}

function copyFolder(from: string, to: string): void {
  fs.rmSync(to, { recursive: true, force: true })
  fs.cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
}

function homeOf({ folder }: World): string {
  return path.join(folder, 'home')
}

function runDv(world: World, base: string, args: readonly string[], fault?: Fault): Ran {
  const log = path.join(base, 'calls')
  fs.rmSync(log, { force: true })
  if (!fault) return { ...spawnDv(world, args, []), calls: 0 }
  const ran = spawnDv(world, args, ['--import', FAULTS], {
    ...{ DV_FAULT_KIND: fault.kind, DV_FAULT_AT: String(fault.at), DV_FAULT_LOG: log },
  })
  return { ...ran, calls: fs.statSync(log).size }
}

function recordDv(world: World, base: string, args: readonly string[]): Ran & { steps: Step[] } {
  const log = path.join(base, 'steps')
  fs.rmSync(log, { force: true })
  const ran = spawnDv(world, args, ['--import', RECORDER], { DV_RECORD: log })
  const steps = readSteps(log)
  return { ...ran, calls: steps.length, steps }
}

function spawnDv(world: World, args: readonly string[], node: string[], env: Record<string, string> = {}) {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [...node, CHILD, ...args, '--json'],
    {
      cwd: world.work,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: homeOf(world), ...env },
    },
  )
  return { status, signal, stdout, stderr, code: codeIn(stderr) }
}

async function runHere(world: World, args: readonly string[]) {
  const env = { PATH: process.env['PATH']!, HOME: homeOf(world) }
  const io = testIo({ cwd: world.work, env, clock: Date.now })
  const status = await run([...args, '--json'], io)
  return { status, stdout: io.out(), stderr: io.err(), code: codeIn(io.err()) }
}

function codeIn(stderr: string): string | undefined {
  return /"code":"(DV_[A-Z_]+)"/.exec(stderr)?.[1]
}

async function fsckOf(root: string, home: string): Promise<FsckResult> {
  const api = createApi({ cwd: root, env: { HOME: home }, clock: () => Date.now(), zone: 0 })
  const repository = await api.open()
  try {
    return await repository.fsck({ deep: true })
  } finally {
    await repository.close()
  }
}

/** What a deep check of a store without a working directory finds. */
export async function problemsOf(storeRoot: string): Promise<unknown[]> {
  const storage = openDirectoryStorage(storeRoot)
  const { problems } = await checkStore(new ObjectStore(storage), { deep: true, whyNever })
  storage.close()
  return problems
}

/** What refs stand for, whatever the clock said: the manifest and the message of the commit, and how many lie below it. */
export async function refsOf(storeRoot: string): Promise<Record<string, string>> {
  const storage = openDirectoryStorage(storeRoot)
  const store = new ObjectStore(storage)
  const found: Record<string, string> = {}
  for (const { ref, value } of await listAllRefs(storage)) {
    try {
      const { manifest, message, parents } = await readCommit(store, value.target)
      const tree = ref === CHECK_NOTES ? await notesIn(store, manifest) : toHex(manifest)
      found[ref] = `${tree} ${message.trim()} of ${parents.length}`
    } catch (error) {
      if (!isLoss(error)) throw error
      found[ref] = 'a commit that is lost'
    }
  }
  storage.close()
  return found
}

/** What is remembered of checks, but for the time. */
async function notesIn(store: ObjectStore, tree: ManifestId): Promise<string> {
  const notes: string[] = []
  for await (const batch of iterEntries(store, tree))
    for (const [path, entry] of batch) {
      const note = decodeNote(await loadMetadata(store, entry))
      notes.push(`${path} ${JSON.stringify({ ...note, time: 0 })}`)
    }
  return notes.join(', ')
}

/** The files of a working directory by path: the hash of their bytes, or where a link points. */
export function filesOf(root: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const full = path.join(entry.parentPath, entry.name)
    const name = path.relative(root, full)
    if (name.split(path.sep)[0] === '.dv') continue
    if (entry.isSymbolicLink()) found[name] = `-> ${fs.readlinkSync(full)}`
    else if (entry.isFile()) found[name] = shortHex(hashChunk(fs.readFileSync(full)))
  }
  return found
}

/** At most `count` numbers from 1 to `last`, spread evenly and always with both ends. DV_CRASH_ALL: every one. */
export function sample(last: number, count: number): number[] {
  const all = process.env['DV_CRASH_ALL'] ? last : Math.min(count, last)
  const points = Array.from(
    { length: all },
    (_, i) => 1 + Math.round((i * (last - 1)) / Math.max(1, all - 1)),
  )
  return [...new Set(points)]
}
