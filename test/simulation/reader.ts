// Somebody who reads slowly, and keeps what he knows of the store for long.
import { readRef } from '../../src/refs/index.js'
import { readTree } from '../transfer/world.js'
import { BRANCHES, mayFail, openShared, pause, unlessMishap, type World } from './world.js'

export async function reader(world: World, rounds: number): Promise<void> {
  const store = openShared(world)
  for (let round = 0; round < rounds; round++) {
    await pause(world)
    await unlessMishap(world, async () => {
      const stored = await readRef(world.shared, world.schedule.one(BRANCHES))
      if (stored) await mayFail(world, stored, async () => void (await readTree(store, stored.value.target)))
    })
  }
}
