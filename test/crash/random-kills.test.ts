// The program itself, as users start it, killed at random times over and over in the same repository.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { noise } from '../helpers/noise.js'
import { howMany, lots, tell } from '../helpers/torture.js'
import { filesOf, makeWorld, problemsOf, refsOf, type World } from './harness.js'

const KILLS = howMany({ daily: 8, torture: 240 })
const DV = path.resolve('bin/dv')
const VERBS = ['commit', 'push', 'gc', 'switch'] as const
type Verb = (typeof VERBS)[number]

interface Run {
  killed: boolean
  status: number | null
  stderr: string
  /** Milliseconds. */
  took: number
}

/** Runs `bin/dv`; killed after `life` milliseconds when it lives so long. */
function start({ work, folder }: World, args: readonly string[], life?: number): Promise<Run> {
  const began = Date.now()
  const env = { PATH: process.env['PATH'], HOME: path.join(folder, 'home') }
  const child = spawn(process.execPath, [DV, ...args], {
    cwd: work,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const parts: Buffer[] = []
  child.stderr.on('data', (part: Buffer) => parts.push(part))
  const timer = life === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), life)
  return new Promise((resolve) =>
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      const took = Date.now() - began
      resolve({ killed: signal === 'SIGKILL', status, stderr: Buffer.concat(parts).toString(), took })
    }),
  )
}

function argumentsOf(verb: Verb, i: number, branch: string): string[] {
  switch (verb) {
    case 'commit':
      return ['commit', '-m', `number ${i}`]
    case 'push':
      return ['push', 'origin', 'main', 'topic']
    case 'gc':
      return ['gc', 'run', '--now', '--operations', '0d']
    case 'switch':
      return ['switch', branch === 'main' ? 'topic' : 'main']
  }
}

/** Something for a commit to do: small files, and one that workers cut. */
function change({ work }: World, i: number): void {
  for (let k = 0; k < 30; k++) fs.writeFileSync(path.join(work, `f${k % 10}/${k}`), `${i} ${k}`)
  fs.writeFileSync(path.join(work, 'large'), Buffer.concat([noise(1_000_000, 1), noise(2_000_000, i)]))
}

function branchOf({ work }: World): string {
  const line = fs.readFileSync(path.join(work, '.dv/head'), 'utf8').split('\n')[0]!
  return (JSON.parse(line) as { branch: string }).branch
}

test.serial(
  'killed at any time, in commit, push, gc and switch, it leaves old or new, and goes on',
  async (t) => {
    t.timeout(3_600_000)
    const world = makeWorld(t)
    const { work, folder } = world
    const remote = path.join(folder, 'remote')
    const stores = [path.join(work, '.dv/store'), remote]
    for (let k = 0; k < 10; k++) fs.mkdirSync(path.join(work, `f${k}`))
    change(world, 0)
    // On both branches, so that no commit ever records it.
    fs.writeFileSync(path.join(work, '.dvignore'), '*.tmp\n')
    const ok = (...args: string[]) => t.is(world.dv(args).status, 0, args.join(' '))
    ok('commit', '-m', 'number 0')
    ok('switch', '-c', 'topic')
    ok('remote', 'add', 'origin', '../remote')
    ok('push', 'origin', 'main', 'topic')
    fs.writeFileSync(path.join(work, 'own.tmp'), 'never recorded')
    const lot = lots('random kills')
    const lives: Record<Verb, number> = { commit: 400, push: 400, gc: 400, switch: 400 }
    const killed: Record<Verb, number> = { commit: 0, push: 0, gc: 0, switch: 0 }
    let tries = 0
    for (let i = 1; Object.values(killed).reduce((a, b) => a + b) < KILLS; i++) {
      t.true(++tries < KILLS * 20, 'too few runs were killed')
      const verb = VERBS[Math.floor(lot() * VERBS.length)]!
      if (verb === 'commit') change(world, i)
      const args = argumentsOf(verb, i, branchOf(world))
      const where = `run ${i}: dv ${args.join(' ')}`
      const before = await Promise.all(stores.map(refsOf))
      const files = filesOf(work)
      const life = 20 + lot() * (lives[verb] + 20)
      const ran = await start(world, args, life)
      if (ran.killed) killed[verb]++
      else lives[verb] = ran.took
      t.deepEqual((await world.fsck()).problems, [], `${where}, killed after ${life} ms`)
      t.deepEqual(await problemsOf(remote), [], `${where}, killed after ${life} ms`)
      const left = await Promise.all(stores.map(refsOf))
      if (verb !== 'switch') t.deepEqual(filesOf(work), files, where)
      t.is(filesOf(work)['own.tmp'], files['own.tmp'])
      const again = ran.killed ? await start(world, args) : ran
      const isMade = verb === 'commit' && /nothing to commit/.test(again.stderr)
      t.true(again.status === 0 || isMade, `${where}, and again: ${again.stderr}`)
      const after = await Promise.all(stores.map(refsOf))
      for (const [k, refs] of left.entries())
        for (const ref of Object.keys({ ...before[k], ...refs }))
          t.true(
            [before[k]![ref], after[k]![ref]].includes(refs[ref]),
            `${where}: ${ref} is neither old nor new`,
          )
    }
    t.deepEqual((await world.fsck()).problems, [])
    tell(t, { kills: Object.values(killed).reduce((a, b) => a + b), ...killed, 'runs in all': tries })
  },
)
