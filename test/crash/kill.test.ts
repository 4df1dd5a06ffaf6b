import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { filesOf, makeWorld, refsOf, sample, type World } from './harness.js'

/** Places at which each verb is killed; DV_CRASH_ALL=1 tries every one. */
const KILLS = 5

interface Scenario {
  title: string
  prepare(world: World, ok: (args: readonly string[]) => void): void
  args: readonly string[]
  /** Other stores than that in `work` that the verb changes. */
  stores?: readonly string[]
}

const scenarios: Scenario[] = [
  {
    title: 'a first commit',
    prepare: ({ work }) => writeTree(work, 1),
    args: ['commit', '-m', 'one'],
  },
  {
    title: 'a commit on top of another',
    prepare({ work }, ok) {
      writeTree(work, 1)
      ok(['commit', '-m', 'one'])
      writeTree(work, 2)
    },
    args: ['commit', '-m', 'two'],
  },
  {
    title: 'a switch to another branch',
    prepare({ work }, ok) {
      writeTree(work, 1)
      ok(['commit', '-m', 'one'])
      ok(['switch', '-c', 'topic'])
      writeTree(work, 2)
      ok(['commit', '-m', 'two'])
    },
    args: ['switch', 'main'],
  },
  {
    title: 'a tag',
    prepare({ work }, ok) {
      writeTree(work, 1)
      ok(['commit', '-m', 'one'])
    },
    args: ['tag', '-m', 'the first', 'v1'],
  },
  {
    title: 'an undo of a commit',
    prepare({ work }, ok) {
      writeTree(work, 1)
      ok(['commit', '-m', 'one'])
      writeTree(work, 2)
      ok(['commit', '-m', 'two'])
    },
    args: ['undo'],
  },
  {
    title: 'a merge of two branches',
    prepare({ work }, ok) {
      writeTree(work, 1)
      ok(['commit', '-m', 'one'])
      ok(['switch', '-c', 'topic'])
      writeTree(work, 2)
      ok(['commit', '-m', 'two'])
      ok(['switch', 'main'])
      fs.writeFileSync(path.join(work, 'more'), 'of main')
      ok(['commit', '-m', 'three'])
    },
    args: ['merge', 'topic'],
  },
  {
    title: 'a push to a folder',
    prepare({ work, folder }, ok) {
      writeTree(work, 1)
      ok(['commit', '-m', 'one'])
      ok(['remote', 'add', 'origin', path.join(folder, 'remote')])
      ok(['push', '-u', 'origin', 'main'])
      writeTree(work, 2)
      ok(['commit', '-m', 'two'])
    },
    args: ['push'],
    stores: ['remote'],
  },
]

for (const { title, prepare, args, stores = [] } of scenarios) {
  test(`${title}, killed anywhere, leaves the old or the new state, and can be done again`, async (t) => {
    const world = makeWorld(t)
    prepare(world, (words) => {
      const { status, stderr } = world.dv(words)
      t.is(status, 0, `dv ${words.join(' ')}: ${stderr}`)
    })
    world.save()
    const before = await stateOf(world, stores)
    const whole = world.dv(args, { kind: 'count', at: 0 })
    t.is(whole.status, 0, whole.stderr)
    const after = await stateOf(world, stores)
    t.notDeepEqual(after, before)
    let kills = 0
    for (const at of sample(whole.calls, KILLS)) {
      world.restore()
      if (await killAndRepeat(t, world, { at, args, stores, before, after })) kills++
    }
    // The number of calls differs by a few from run to run.
    t.true(kills >= KILLS - 2)
  })
}

type State = Awaited<ReturnType<typeof stateOf>>

interface Killed {
  at: number
  args: readonly string[]
  stores: readonly string[]
  before: State
  after: State
}

/** Returns whether it was killed, rather than done before it came so far. */
async function killAndRepeat(t: ExecutionContext, world: World, killed: Killed): Promise<boolean> {
  const { at, args, stores, before, after } = killed
  const where = `killed at call ${at}`
  const { signal, stderr } = world.dv(args, { kind: 'kill', at })
  if (signal !== 'SIGKILL') t.is(stderr, '', where)
  const report = await world.fsck()
  t.deepEqual(report.problems, [], where)
  const left = await stateOf(world, stores)
  for (const store of Object.keys(before.refs))
    assertOldOrNew(t, where, left.refs[store]!, before.refs[store]!, after.refs[store]!)
  for (const [name, bytes] of Object.entries(left.files))
    t.true(
      [before.files[name], after.files[name]].includes(bytes),
      `${where}: ${name} is neither old nor new`,
    )
  for (const name of Object.keys(before.files))
    t.true(name in left.files || !(name in after.files), `${where}: ${name} is gone`)
  if (JSON.stringify(left) !== JSON.stringify(after)) {
    const again = world.dv(args)
    t.is(again.status, 0, `${where}, and again: ${again.stderr}`)
  }
  t.deepEqual(await stateOf(world, stores), after, where)
  t.deepEqual((await world.fsck()).problems, [], `${where}, done again`)
  return signal === 'SIGKILL'
}

/** Each ref by itself: a verb that moves two may end between them. */
function assertOldOrNew(
  t: ExecutionContext,
  where: string,
  left: Record<string, string>,
  before: Record<string, string>,
  after: Record<string, string>,
): void {
  for (const ref of new Set([...Object.keys(left), ...Object.keys(before), ...Object.keys(after)]))
    t.true([before[ref], after[ref]].includes(left[ref]), `${where}: ${ref} is neither old nor new`)
}

async function stateOf({ work, folder }: World, stores: readonly string[]) {
  const refs: Record<string, Record<string, string>> = { work: await refsOf(path.join(work, '.dv/store')) }
  for (const store of stores) refs[store] = await refsOf(path.join(folder, store))
  return { refs, files: filesOf(work), head: fs.readFileSync(path.join(work, '.dv/head'), 'latin1') }
}

/** A few kinds of files; versions differ in some of them. */
function writeTree(work: string, version: number): void {
  fs.mkdirSync(path.join(work, 'many'), { recursive: true })
  for (let i = 0; i < 40; i++)
    fs.writeFileSync(path.join(work, `many/${i}`), `file ${i} ${i % 4 === 0 ? version : 1}`)
  fs.writeFileSync(path.join(work, 'large'), Buffer.alloc(700_000, `${version} large `))
  fs.rmSync(path.join(work, 'link'), { force: true })
  fs.symlinkSync(`many/${version}`, path.join(work, 'link'))
  fs.writeFileSync(path.join(work, `only-${version}`), 'here')
  fs.rmSync(path.join(work, `only-${version - 1}`), { force: true })
}
