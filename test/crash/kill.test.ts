// The real thing beside power.test.ts: a process that is killed in the middle of a call, with its threads.
import test from 'ava'
import { makeWorld, sample } from './harness.js'
import { SCENARIOS } from './scenarios.js'
import { assertSurvived, prepare, stateOf } from './trial.js'

/** Places at which each verb is killed; DV_CRASH_ALL=1 tries every one. */
const KILLS = 3

/** Those that differ most in what they write; all of them die at every step in power.test.ts. */
const KILLED = [
  'commit',
  'switch',
  'merge',
  'sync',
  'push to a folder',
  'clone',
  'drop',
  'purge with the files',
  'install of another version',
]

for (const scenario of SCENARIOS.filter(({ title }) => KILLED.includes(title))) {
  test(`${scenario.title}: killed anywhere, it leaves the old or the new state, and can be done again`, async (t) => {
    const world = makeWorld(t)
    prepare(t, world, scenario)
    world.save()
    const before = await stateOf(world, scenario)
    const whole = world.dv(scenario.args, { kind: 'count', at: 0 })
    t.is(whole.status, scenario.status ?? 0, whole.stderr)
    const after = await stateOf(world, scenario)
    t.notDeepEqual(after, before)
    let kills = 0
    for (const at of sample(whole.calls, KILLS)) {
      world.restore()
      const where = `killed at call ${at}`
      const { signal, stderr } = world.dv(scenario.args, { kind: 'kill', at })
      if (signal === 'SIGKILL') kills++
      else t.is(stderr, '', where)
      await assertSurvived(t, world, { scenario, before, after, where, isPowerLoss: false })
    }
    // The number of calls differs by a few from run to run.
    t.true(kills >= KILLS - 2)
  })
}
