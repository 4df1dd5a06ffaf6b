// Two processes in one working directory: one waits or is refused, and nothing is lost.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { noise } from '../helpers/noise.js'
import { howMany, lots, tell } from '../helpers/torture.js'
import { filesOf, makeWorld, refsOf, type World } from './harness.js'

const PAIRS = howMany({ daily: 6, torture: Infinity })
const DV = path.resolve('bin/dv')
const BRANCH = 'topic'

/** Everything that changes files or refs of the working directory, each with what it must find. */
const VERBS: Record<string, readonly string[]> = {
  commit: ['commit', '-m', 'of both'],
  switch: ['switch', BRANCH],
  restore: ['restore', 'recorded'],
  merge: ['merge', 'other'],
  undo: ['undo'],
  sparse: ['checkout', '--sparse', 'many'],
  gc: ['gc', 'run', '--now', '--operations', '0d'],
  push: ['push', 'origin', 'main'],
  drop: ['drop', '--all'],
}
/** 1: what the other did left nothing to do, or moved what it wanted to move. 3: the same as a conflict, or a user's file
 * in the way. 11: locked. */
const ALLOWED = [0, 1, 3, 11]

function start(
  { work, folder }: World,
  args: readonly string[],
): Promise<{ status: number | null; code: string }> {
  const env = { PATH: process.env['PATH'], HOME: path.join(folder, 'home') }
  const child = spawn(process.execPath, [DV, ...args, '--json'], {
    cwd: work,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const parts: Buffer[] = []
  child.stderr.on('data', (part: Buffer) => parts.push(part))
  return new Promise((resolve) =>
    child.on('close', (status) => {
      const code = /"code":"(DV_[A-Z_]+)"/.exec(Buffer.concat(parts).toString())?.[1] ?? ''
      resolve({ status, code })
    }),
  )
}

function prepare(world: World, ok: (...args: string[]) => void): void {
  const { work } = world
  const write = (name: string, bytes: string | Buffer) => fs.writeFileSync(path.join(work, name), bytes)
  fs.mkdirSync(path.join(work, 'many'))
  for (let i = 0; i < 200; i++) write(`many/${i}`, `one ${i}`)
  write('recorded', 'one')
  ok('commit', '-m', 'one')
  ok('remote', 'add', 'origin', '../remote')
  ok('push', 'origin', 'main')
  ok('switch', '-c', 'other')
  write('other', 'of other')
  ok('commit', '-m', 'other')
  ok('switch', '-c', BRANCH)
  for (let i = 0; i < 200; i++) write(`many/${i}`, `two ${i}`)
  ok('commit', '-m', 'two')
  ok('switch', 'main')
  write('large', noise(2_000_000, 1))
  ok('commit', '-m', 'large')
  write('own', 'the work of the user, recorded nowhere')
  write('recorded', 'changed by the user')
}

const names = Object.keys(VERBS)
const pairs = names.flatMap((first, i) => names.slice(i).map((second) => [first, second] as const))

test.serial(
  'of two that change one working directory at once, one waits or is refused, and nothing is lost',
  async (t) => {
    t.timeout(600_000)
    const world = makeWorld(t)
    prepare(world, (...words) => {
      const { status, stderr } = world.dv(words)
      t.is(status, 0, `dv ${words.join(' ')}: ${stderr}`)
    })
    world.save()
    const lot = lots('two at once')
    const chosen = pairs.length <= PAIRS ? pairs : [...pairs].sort(() => lot() - 0.5).slice(0, PAIRS)
    const count = { locked: 0, both: 0 }
    for (const pair of chosen) {
      world.restore()
      const ran = await Promise.all(pair.map((name) => start(world, VERBS[name]!)))
      const where = `${pair.join(' and ')}: ${JSON.stringify(ran)}`
      for (const { status, code } of ran) {
        t.true(ALLOWED.includes(status!), where)
        t.is(status === 11, code === 'DV_LOCKED', where)
      }
      t.true(
        ran.some(({ status }) => status !== 11),
        where,
      )
      if (ran.some(({ status }) => status === 11)) count.locked++
      else count.both++
      t.deepEqual((await world.fsck()).problems, [], where)
      await assertNothingLost(world, (isKept) => t.true(isKept, where))
    }
    t.true(count.locked > 0)
    tell(t, {
      pairs: chosen.length,
      'of them refused with status 11': count.locked,
      'one waited, or both could': count.both,
    })
  },
)

/** What the user wrote lies there, or in a commit, or comes back by undo. */
async function assertNothingLost(world: World, check: (isKept: boolean) => void): Promise<void> {
  const files = filesOf(world.work)
  const own = 'the work of the user, recorded nowhere'
  const isThere = 'own' in files && fs.readFileSync(path.join(world.work, 'own'), 'utf8') === own
  check(isThere || world.dv(['cat', 'HEAD:own']).status === 0)
  const refs = await refsOf(path.join(world.work, '.dv/store'))
  check('refs/heads/main' in refs && 'refs/heads/other' in refs && `refs/heads/${BRANCH}` in refs)
  // Uncommitted, recorded, or saved by the restore that ran over it.
  if (fs.readFileSync(path.join(world.work, 'recorded'), 'utf8') === 'changed by the user') return
  const saved = world.dv(['op', 'log', '--json']).stdout.includes('restore')
  check(saved || world.dv(['log', '--all', '--json']).stdout.includes('of both'))
}
