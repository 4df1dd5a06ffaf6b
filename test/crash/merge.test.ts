import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { filesOf, makeWorld, refsOf, sample, type World } from './harness.js'

/** Places at which each step is killed; DV_CRASH_ALL=1 tries every one. */
const KILLS = 4

interface State {
  refs: Record<string, string>
  files: Record<string, string>
}

async function stateOf({ work }: World): Promise<State> {
  return { refs: await refsOf(path.join(work, '.dv/store')), files: filesOf(work) }
}

/** Whether a merge waits, and for what. */
function waiting(t: ExecutionContext, world: World): number | undefined {
  const { status, stdout, stderr } = world.dv(['status'])
  t.is(status, 0, stderr)
  const { unfinished, groups } = JSON.parse(stdout) as {
    unfinished?: object
    groups: { conflicts: { count: number } }
  }
  return unfinished && groups.conflicts.count
}

function write(work: string, files: Record<string, string | undefined>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(work, name)
    if (text === undefined) fs.rmSync(file)
    else {
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, text)
    }
  }
}

/** Conflicts in text, in a binary file and of a deletion, and much that has none; unrelated work lies about. */
function worldWithConflicts(t: ExecutionContext): World {
  const world = makeWorld(t)
  const { work } = world
  const ok = (...args: string[]) => t.is(world.dv(args).status, 0, args.join(' '))
  const large = (name: string) => Buffer.alloc(300_000, `${name} \0`).toString('latin1')
  write(work, { text: '1\n', bin: large('1'), gone: '1', 'd/a': '1', 'd/b': '1', mine: '1' })
  ok('commit', '-m', 'one')
  ok('switch', '-c', 'topic')
  write(work, { text: '2\n', bin: large('2'), gone: undefined, 'd/a': '2', 'd/b': undefined, 'e/new': '2' })
  ok('commit', '-m', 'theirs')
  ok('switch', 'main')
  write(work, { text: '3\n', bin: large('3'), gone: '3' })
  ok('commit', '-m', 'ours')
  write(work, { mine: 'dirty', untracked: 'new' })
  return world
}

interface Step {
  title: string
  args: readonly string[]
  prepare?: (world: World, t: ExecutionContext) => void
  /** Exit status when it is not killed. */
  status: number
}

function begin(world: World, t: ExecutionContext): void {
  t.is(world.dv(['merge', 'topic']).status, 3)
}

function settle(world: World, t: ExecutionContext): void {
  begin(world, t)
  t.is(world.dv(['merge', '--theirs']).status, 0)
  write(world.work, { text: 'by hand\n' })
}

const steps: Step[] = [
  { title: 'a merge that ends in conflicts', args: ['merge', 'topic'], status: 3 },
  { title: 'taking a side', args: ['merge', '--theirs'], prepare: begin, status: 0 },
  { title: 'aborting a merge', args: ['merge', '--abort'], prepare: begin, status: 0 },
  { title: 'ending a merge', args: ['merge', '--continue'], prepare: settle, status: 0 },
]

for (const { title, args, prepare, status } of steps) {
  test(`${title}, killed anywhere, leaves the old or the new state, or what can be aborted to the byte`, async (t) => {
    const world = worldWithConflicts(t)
    const clean = await stateOf(world)
    prepare?.(world, t)
    world.save()
    const before = { ...(await stateOf(world)), waiting: waiting(t, world) }
    const whole = world.dv(args, { kind: 'count', at: 0 })
    t.is(whole.status, status, whole.stderr)
    const after = { ...(await stateOf(world)), waiting: waiting(t, world) }
    t.notDeepEqual(after, before)
    let kills = 0
    for (const at of sample(whole.calls, KILLS)) {
      world.restore()
      const where = `killed at call ${at}`
      if (world.dv(args, { kind: 'kill', at }).signal === 'SIGKILL') kills++
      t.deepEqual((await world.fsck()).problems, [], where)
      const left = { ...(await stateOf(world)), waiting: waiting(t, world) }
      const isWhole = [before, after].some((state) => JSON.stringify(state) === JSON.stringify(left))
      if (isWhole) t.pass()
      else await goBack(t, world, { where, clean, after })
    }
    t.true(kills >= KILLS - 2)
  })
}

interface Expected {
  where: string
  clean: State
  after: State
}

/** What is neither old nor new can be made either. */
async function goBack(t: ExecutionContext, world: World, { where, clean, after }: Expected): Promise<void> {
  if (waiting(t, world) === undefined) {
    // It was ended: the ref has moved, or every file is back.
    t.deepEqual(await stateOf(world), after, where)
    return
  }
  const ran = world.dv(['merge', '--abort'])
  t.is(ran.status, 0, `${where}: ${ran.stderr}`)
  t.deepEqual(await stateOf(world), clean, where)
  t.is(world.dv(['merge', 'topic']).status, 3, where)
}
