// Many schedules of one kind. DV_SCHEDULES says how many (10,000 of both kinds by `npm run test:torture`), DV_SEED where to
// begin: DV_SCHEDULES=1 DV_SEED=n is schedule n again.
import type { ExecutionContext } from 'ava'
import { howMany, tell } from '../helpers/torture.js'
import { type RunOptions, type RunResult, runSchedule } from './run.js'

const SCHEDULES = Number(process.env['DV_SCHEDULES'] ?? howMany({ daily: 40, torture: 5000 }))
export const FIRST = Number(process.env['DV_SEED'] ?? 1)

/** Holds that whatever a ref was told to name can be read, in every schedule. `more`: seeds that are tried beside. */
export async function assertNothingLost(
  t: ExecutionContext,
  options: RunOptions,
  more: readonly number[] = [],
): Promise<void> {
  t.timeout(3 * 3_600_000)
  const sums = { pushed: 0, lost: 0, read: 0, swept: 0, again: 0, steps: 0 }
  const range = Array.from({ length: SCHEDULES }, (_, i) => FIRST + i)
  const seeds = process.env['DV_SEED'] === undefined ? [...more, ...range] : range
  const failures: string[] = []
  for (const seed of seeds) {
    try {
      add(sums, await runSchedule(seed, options))
    } catch (error) {
      // The rest is tried all the same, and who waits for it hears of this one now.
      console.error((error as Error).message)
      failures.push((error as Error).message)
    }
  }
  t.deepEqual(failures, [])
  const { pushed, lost, read, swept, again, steps } = sums
  tell(t, {
    ...{
      schedules: seeds.length,
      'first seed': String(FIRST),
      steps,
      'refs moved': pushed,
      'ended otherwise': lost,
    },
    ...{ 'trees read': read, 'objects deleted': swept, 'begun anew': again },
  })
  t.true(SCHEDULES < 20 || (pushed > SCHEDULES && read > SCHEDULES && swept > SCHEDULES && again > 0))
}

function add(sums: RunResult['counts'] & { steps: number }, { counts, trace }: RunResult): void {
  sums.steps += trace.length
  for (const key of ['pushed', 'lost', 'read', 'swept', 'again'] as const) sums[key] += counts[key]
}

export async function assertReplays(t: ExecutionContext, options: RunOptions): Promise<void> {
  const once = await runSchedule(FIRST, options)
  t.deepEqual((await runSchedule(FIRST, options)).trace, once.trace)
  t.notDeepEqual((await runSchedule(FIRST + 1, options)).trace, once.trace)
}
