// One schedule, from its seed.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { ObjectStore } from '../../src/store/index.js'
import { collector } from './collector.js'
import { reader } from './reader.js'
import { Schedule } from './schedule.js'
import { sharedStorage } from './shared-storage.js'
import { checkStore } from '../transfer/world.js'
import { Witness } from './witness.js'
import type { World } from './world.js'
import { writer } from './writer.js'

const HOUR = 3_600_000
/** In memory where the system has such a folder. */
const TEMPORARY = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()
const FAILING = {
  fail(message: string): never {
    throw new Error(message)
  },
}

export interface RunOptions {
  /** A folder that is collected without grace, beside writers; else a bucket, with an hour of it. */
  isFolder: boolean
  careless?: (store: ObjectStore) => void
}

export interface RunResult {
  counts: Witness['counts']
  steps: number
  trace: readonly string[]
}

/** Throws what went wrong, with the seed. */
export async function runSchedule(seed: number, options: RunOptions): Promise<RunResult> {
  const folder = fs.mkdtempSync(path.join(TEMPORARY, 'dv-simulation-'))
  try {
    return await runIn(folder, seed, options)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

async function runIn(folder: string, seed: number, { isFolder, ...how }: RunOptions): Promise<RunResult> {
  const schedule = new Schedule(seed)
  const witness = new Witness(() => raw)
  const onChange = (name: string) => witness.changed(name)
  const { shared, raw } = sharedStorage(schedule, { isFolder, folder, onChange })
  const world: World = { schedule, witness, shared, folder, grace: isFolder ? 0 : HOUR, ...how }
  // Who dies between a ref and the second look is what a folder without grace does not promise anything to.
  const mayDie = () => ({ dies: !isFolder && schedule.random() < 0.2 })
  for (let i = 0; i < 2 + schedule.below(3); i++)
    schedule.spawn(`writer ${i}`, () => writer(world, `writer${i}`, 5 + schedule.below(4)), mayDie())
  for (let i = 0; i < 1 + schedule.below(2); i++) schedule.spawn(`reader ${i}`, () => reader(world, 6))
  for (let i = 0; i < 1 + schedule.below(2); i++)
    schedule.spawn(`collector ${i}`, () => collector(world, 8 + schedule.below(5)), {
      dies: schedule.random() < 0.3,
    })
  try {
    await schedule.run()
    await witness.audit()
    // The first law, whatever refs say.
    await checkStore(FAILING, raw)
  } catch (error) {
    throw new Error(`schedule ${seed}${isFolder ? ' of a folder' : ''} fails: ${messageOf(error)}`, {
      cause: error,
    })
  }
  return { counts: witness.counts, steps: schedule.trace.length, trace: schedule.trace }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause ? `${error.message}: ${messageOf(error.cause)}` : error.message
}
