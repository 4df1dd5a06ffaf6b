// The simulation can fail: whoever leaves out a rule of spec/17-collection.md loses something in one of few schedules.
import test, { type ExecutionContext } from 'ava'
import { addSegments } from '../../src/index/index.js'
import type { ObjectStore } from '../../src/store/index.js'
import { type RunOptions, runSchedule } from './run.js'

/** Enough for each way of being careless to show itself. */
const SCHEDULES = 400

async function assertSomethingLost(t: ExecutionContext, options: RunOptions): Promise<void> {
  t.timeout(600_000)
  const failure = await firstFailure(options)
  t.log(failure)
  t.truthy(failure)
}

async function firstFailure(options: RunOptions): Promise<string | undefined> {
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    try {
      await runSchedule(seed, options)
    } catch (error) {
      return (error as Error).message
    }
  }
  return undefined
}

test.serial('a writer that does not ask under which generation it found things loses some', (t) => {
  const careless = ({ index, storage }: ObjectStore) => {
    index.add = async (added) => {
      await addSegments(
        storage,
        added.map(({ ref }) => ref),
      )
      await index.refresh()
    }
  }
  return assertSomethingLost(t, { isFolder: false, careless })
})

for (const isFolder of [true, false]) {
  test.serial(
    `a writer that does not anchor what a ref is to name loses some: a ${isFolder ? 'folder' : 'bucket'}`,
    (t) => {
      const careless = ({ index }: ObjectStore) => {
        index.doomed = async () => new Set()
        Object.defineProperty(index, 'isUnchanged', { value: true })
      }
      return assertSomethingLost(t, { isFolder, careless })
    },
  )
}
