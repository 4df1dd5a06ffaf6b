// A disk that is really full, at sizes drawn by lot: a small file system in memory, where one may be mounted.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { howMany, lots, tell } from '../helpers/torture.js'
import { makeWorld } from './harness.js'
import { SCENARIOS } from './scenarios.js'
import { assertSurvived, stateOf } from './trial.js'

const SIZES = howMany({ daily: 3, torture: 60 })
const VERBS = ['commit', 'switch', 'push to a folder']
const PAGE = 4096

function mount(...args: string[]): boolean {
  return spawnSync('mount', args, { stdio: 'ignore' }).status === 0
}

test.serial('a disk that is full at any size leaves old or new, and with more room it goes on', async (t) => {
  t.timeout(600_000)
  const lot = lots('small disk')
  const scenarios = SCENARIOS.filter(({ title }) => VERBS.includes(title))
  let full = 0
  for (const scenario of scenarios) {
    const world = makeWorld(t)
    const { folder } = world
    scenario.prepare(world, (...words) => {
      const { status, stderr } = world.dv(words)
      t.is(status, 0, `dv ${words.join(' ')}: ${stderr}`)
    })
    world.save()
    const before = await stateOf(world, scenario)
    t.is(world.dv(scenario.args).status, 0)
    const after = await stateOf(world, scenario)
    const needed = pages(folder) - pages(path.join(folder, '../saved'))
    for (let i = 0; i < SIZES / scenarios.length; i++) {
      fs.rmSync(folder, { recursive: true })
      fs.mkdirSync(folder)
      if (!mount('-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder)) {
        t.log('no file system can be mounted here: disk.test.ts has the same by injected failures')
        return t.pass()
      }
      try {
        fs.cpSync(path.join(folder, '../saved'), folder, { recursive: true, verbatimSymlinks: true })
        const { blocks, bfree } = fs.statfsSync(folder)
        const room = Math.floor(lot() * (needed + 4))
        t.true(mount('-o', `remount,size=${(blocks - bfree + room) * PAGE}`, folder))
        const ran = world.dv(scenario.args)
        const where = `${scenario.title} with ${room} pages free`
        if (ran.status !== 0) {
          full++
          t.is(ran.code, 'DV_DISK_FULL', `${where}: ${ran.stderr}`)
        }
        t.true(mount('-o', 'remount,size=64m', folder))
        await assertSurvived(t, world, { scenario, before, after, where, isPowerLoss: false })
      } finally {
        spawnSync('umount', ['-l', folder])
      }
    }
  }
  t.true(full > 0)
  tell(t, { sizes: SIZES, 'of them too small': full })
})

/** What a folder takes in such a file system. */
function pages(folder: string): number {
  const all = fs.readdirSync(folder, { recursive: true, withFileTypes: true })
  return all.reduce((sum, entry) => {
    const { size } = fs.lstatSync(path.join(entry.parentPath, entry.name))
    return sum + (entry.isFile() ? Math.ceil(size / PAGE) : 0)
  }, 0)
}
