// Who collects, and sometimes takes it back.
import type { DvErrorCode } from '../../src/base/index.js'
import { collect, takeBack } from '../../src/maintenance/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { MISHAPS, pause, unlessMishap, type World } from './world.js'

/** A ref names what nobody was told is there: whoever set it is about to look, or dead. */
const NOT_KNOWN: readonly DvErrorCode[] = ['DV_MISSING_OBJECT', 'DV_CORRUPT']

export async function collector(world: World, rounds: number): Promise<void> {
  const { schedule, shared, witness, grace } = world
  for (let round = 0; round < rounds; round++) {
    await pause(world)
    const once = async () => {
      if (schedule.random() < 0.05) return void (await takeBack(new ObjectStore(shared)))
      const threshold = schedule.one([0, 0.3, 1])
      const outside = async () => ({ commits: [], manifests: [] })
      const { gone } = await collect(new ObjectStore(shared), { grace, threshold, outside })
      witness.counts.swept += gone.length
    }
    await unlessMishap(world, once, [...MISHAPS, ...NOT_KNOWN])
    await witness.audit()
  }
}
