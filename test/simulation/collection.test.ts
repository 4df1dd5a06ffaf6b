// The collector beside those who write and read: many schedules, each from a seed. DV_SCHEDULES says how many of each kind
// (10,000 in all by `npm run test:torture`), DV_SEED where to begin: DV_SCHEDULES=1 DV_SEED=n is schedule n again.
import test from 'ava'
import { addSegments } from '../../src/index/index.js'
import type { ObjectStore } from '../../src/store/index.js'
import { howMany, tell } from '../helpers/torture.js'
import { type RunOptions, type RunResult, runSchedule } from './run.js'

const SCHEDULES = Number(process.env['DV_SCHEDULES'] ?? howMany({ daily: 40, torture: 5000 }))
const FIRST = Number(process.env['DV_SEED'] ?? 1)
/** Enough for each way of being careless to show itself. */
const CARELESS = 150

async function runAll(options: RunOptions): Promise<RunResult['counts'] & { steps: number }> {
  const sums = { pushed: 0, lost: 0, read: 0, swept: 0, again: 0, steps: 0 }
  for (let seed = FIRST; seed < FIRST + SCHEDULES; seed++) {
    const { counts, trace } = await runSchedule(seed, options)
    sums.steps += trace.length
    for (const key of ['pushed', 'lost', 'read', 'swept', 'again'] as const) sums[key] += counts[key]
  }
  return sums
}

/** The first schedule that fails. */
async function firstFailure(options: RunOptions): Promise<string | undefined> {
  for (let seed = 1; seed <= CARELESS; seed++) {
    try {
      await runSchedule(seed, options)
    } catch (error) {
      return (error as Error).message
    }
  }
  return undefined
}

for (const [where, isFolder] of [
  ['a bucket, with an hour of grace', false],
  ['a folder, with none', true],
] as const) {
  test.serial(`whatever a ref was told to name can be read: ${where}`, async (t) => {
    t.timeout(3_600_000)
    const { pushed, lost, read, swept, again, steps } = await runAll({ isFolder })
    tell(t, {
      ...{ schedules: SCHEDULES, 'first seed': FIRST, steps, 'refs moved': pushed, 'ended otherwise': lost },
      ...{ 'trees read': read, 'objects deleted': swept, 'begun anew': again },
    })
    t.true(SCHEDULES < 20 || (pushed > SCHEDULES && read > SCHEDULES && swept > SCHEDULES && again > 0))
  })
}

test.serial('a seed is a schedule', async (t) => {
  for (const isFolder of [false, true]) {
    const once = await runSchedule(FIRST, { isFolder })
    t.deepEqual((await runSchedule(FIRST, { isFolder })).trace, once.trace)
    t.notDeepEqual((await runSchedule(FIRST + 1, { isFolder })).trace, once.trace)
  }
})

test.serial('a writer that does not ask under which generation it found things loses some', async (t) => {
  t.timeout(600_000)
  const careless = (store: ObjectStore) => {
    const { index, storage } = store
    index.add = async (added) => {
      await addSegments(
        storage,
        added.map(({ ref }) => ref),
      )
      await index.refresh()
    }
  }
  const failure = await firstFailure({ isFolder: false, careless })
  t.log(failure)
  t.truthy(failure)
})

test.serial('a writer that does not anchor what a ref is to name loses some', async (t) => {
  t.timeout(600_000)
  const failure = await firstFailure({ isFolder: true, withoutAnchor: true })
  t.log(failure)
  t.truthy(failure)
})
