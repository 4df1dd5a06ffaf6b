// A disk that fails, or refuses, from some call on.
import test from 'ava'
import { howMany, lots, tell } from '../helpers/torture.js'
import { makeWorld } from './harness.js'
import { SCENARIOS } from './scenarios.js'
import { assertSurvived, prepare, stateOf } from './trial.js'

/** Calls from which on it fails, of each verb. */
const FAULTS = howMany({ daily: 2, torture: 20 })
const VERBS = ['commit', 'switch', 'push to a folder', 'gc']
const CODES = { EIO: ['DV_IO'], EACCES: ['DV_PERMISSION'] }

for (const scenario of SCENARIOS.filter(({ title }) => VERBS.includes(title))) {
  for (const kind of ['EIO', 'EACCES'] as const) {
    test.serial(
      `${scenario.title}: after ${kind} the state is old or new, it is said, and it can be done again`,
      async (t) => {
        t.timeout(600_000)
        const world = makeWorld(t)
        prepare(t, world, scenario)
        world.save()
        const before = await stateOf(world, scenario)
        const { calls, status } = world.dv(scenario.args, { kind, at: 1_000_000 })
        t.is(status, 0)
        const after = await stateOf(world, scenario)
        const lot = lots(t.title)
        let refused = 0
        for (let i = 0; i < FAULTS; i++) {
          world.restore()
          const at = 1 + Math.floor(((i + lot()) * calls) / FAULTS)
          const where = `${kind} from call ${at} on`
          const ran = world.dv(scenario.args, { kind, at })
          if (ran.status !== 0) {
            refused++
            t.true(CODES[kind].includes(ran.code!), `${where}: ${ran.stderr}`)
            t.is(ran.status, 1, where)
          }
          // The lock of a process that could not take it away, and lives no more, is taken over.
          await assertSurvived(t, world, { scenario, before, after, where, isPowerLoss: false })
        }
        t.true(refused > 0)
        tell(t, { faults: FAULTS, refused })
      },
    )
  }
}
