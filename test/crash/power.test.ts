// Crash at every step: one run of a verb is recorded call by call; then the disk is put into each state in which a kill
// or a loss of power between two of these calls could have left it, and dv must make do with that.
import test from 'ava'
import { howMany, lots, tell } from '../helpers/torture.js'
import { type Crash, CRASHES, fingerprint, type Image, imageAfter, restoreImage } from './disk/crashes.js'
import { Disk } from './disk/disk.js'
import type { Step } from './disk/steps.js'
import { makeWorld, type World } from './harness.js'
import { SCENARIOS } from './scenarios.js'
import { assertSurvived, prepare, stateOf } from './trial.js'

/** States tried of each verb. */
const POINTS = howMany({ daily: 12, torture: Infinity })

for (const scenario of SCENARIOS) {
  test.serial(
    `${scenario.title}: after a crash at any step the state is old or new, and it can be done again`,
    async (t) => {
      t.timeout(3_600_000)
      const world = makeWorld(t)
      prepare(t, world, scenario)
      const before = await stateOf(world, scenario)
      const disk = new Disk(world.folder)
      const whole = world.record(scenario.args)
      t.is(whole.status, scenario.status ?? 0, whole.stderr)
      const after = await stateOf(world, scenario)
      t.notDeepEqual(after, before)
      const points = pointsOf(disk, whole.steps, scenario.title)
      t.deepEqual(
        await stateOf(
          restored(world, { image: imageAfter(disk, 'killed', Math.random), crash: 'killed' }),
          scenario,
        ),
        after,
      )
      const chosen = evenly(points, POINTS, lots(`choice of ${scenario.title}`))
      for (const point of chosen) {
        const { crash, steps, last } = point
        const where = `'${crash}' after step ${steps}, ${last}`
        const isPowerLoss = crash !== 'killed'
        await assertSurvived(t, restored(world, point), { scenario, before, after, where, isPowerLoss })
      }
      tell(t, { steps: whole.steps.length, 'crash points': points.length, tried: chosen.length })
    },
  )
}

interface Point {
  crash: Crash
  /** How many steps were carried out. */
  steps: number
  last: string
  image: Image
}

/** All different states, in the order of the steps. */
function pointsOf(disk: Disk, steps: readonly Step[], name: string): Point[] {
  const seen = new Set<string>()
  const points: Point[] = []
  const lot = lots(name)
  for (const [i, step] of steps.entries()) {
    if (!disk.apply(step)) continue
    for (const crash of CRASHES) {
      const image = imageAfter(disk, crash, lot)
      const print = fingerprint(image)
      if (seen.has(print)) continue
      seen.add(print)
      points.push({ crash, steps: i + 1, last: textOf(step), image })
    }
  }
  return points
}

function textOf(step: Step): string {
  return JSON.stringify(step, (key, value: unknown) => (key === 'bytes' ? undefined : value))
}

/** One of each of so many equal parts, drawn by lot. */
function evenly<T>(all: readonly T[], count: number, lot: () => number): T[] {
  if (count >= all.length) return [...all]
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + lot()) * all.length) / count)]!)
}

function restored(world: World, { image, crash }: Pick<Point, 'image' | 'crash'>): World {
  restoreImage(image, world.folder, crash)
  return world
}
