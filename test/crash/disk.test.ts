import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { sweepTemporaryFiles } from '../../src/storage/index.js'
import { filesOf, makeWorld, refsOf, sample, type World } from './harness.js'

const FAULTS = 5

function worldWithChanges(t: ExecutionContext): World {
  const world = makeWorld(t)
  fs.writeFileSync(path.join(world.work, 'a'), 'one')
  fs.writeFileSync(path.join(world.work, 'large'), Buffer.alloc(400_000, 'large '))
  t.is(world.dv(['commit', '-m', 'one']).status, 0)
  t.is(world.dv(['switch', '-c', 'topic']).status, 0)
  fs.writeFileSync(path.join(world.work, 'a'), 'two')
  fs.writeFileSync(path.join(world.work, 'b'), Buffer.alloc(200_000, 'b'))
  return world
}

function lookAt({ work }: World) {
  return refsOf(path.join(work, '.dv/store')).then((refs) => ({ refs, files: filesOf(work) }))
}

test('a disk that is full at any write of a commit changes nothing, says so, and leaves nothing behind', async (t) => {
  const world = worldWithChanges(t)
  world.save()
  const before = await lookAt(world)
  const whole = world.dv(['commit', '-m', 'two'], { kind: 'ENOSPC', at: 10_000 })
  t.is(whole.status, 0, whole.stderr)
  const after = await lookAt(world)
  let failures = 0
  for (const at of sample(whole.calls, FAULTS)) {
    world.restore()
    const ran = world.dv(['commit', '-m', 'two'], { kind: 'ENOSPC', at })
    const left = await lookAt(world)
    // Once the branch has moved the commit is made, and what only saves time later may fail in silence.
    t.deepEqual(left, ran.status === 0 ? after : before, `full at write ${at}: ${ran.stderr}`)
    if (ran.status !== 0) {
      failures++
      t.is(ran.code, 'DV_DISK_FULL', `full at write ${at}: ${ran.stderr}`)
      t.is(ran.status, 1)
      t.is(world.dv(['commit', '-m', 'two']).status, 0, `full at write ${at}, done again`)
      t.deepEqual(await lookAt(world), after)
    }
    const store = path.join(world.work, '.dv/store')
    sweepTemporaryFiles(store, Date.now() + 60_000)
    t.deepEqual(fs.readdirSync(path.join(store, 'tmp')), [])
    t.deepEqual((await world.fsck()).problems, [], `full at write ${at}`)
  }
  t.true(failures >= FAULTS - 2)
})

test('a disk that is full at any write of a switch leaves each file old or new, and the switch can be done again', async (t) => {
  const world = worldWithChanges(t)
  t.is(world.dv(['commit', '-m', 'two']).status, 0)
  world.save()
  const before = await lookAt(world)
  const whole = world.dv(['switch', 'main'], { kind: 'ENOSPC', at: 10_000 })
  t.is(whole.status, 0, whole.stderr)
  const after = await lookAt(world)
  for (const at of sample(whole.calls, FAULTS)) {
    world.restore()
    const ran = world.dv(['switch', 'main'], { kind: 'ENOSPC', at })
    if (ran.status !== 0) t.is(ran.code, 'DV_DISK_FULL', `full at write ${at}: ${ran.stderr}`)
    const left = await lookAt(world)
    for (const [name, bytes] of Object.entries(left.files))
      t.true([before.files[name], after.files[name]].includes(bytes), `full at write ${at}: ${name}`)
    t.is(world.dv(['switch', 'main']).status, 0)
    t.deepEqual(await lookAt(world), after, `full at write ${at}`)
  }
})

test('on a read-only file system everything can be looked at and nothing be changed', async (t) => {
  const world = worldWithChanges(t)
  const before = await lookAt(world)
  const readOnly = { kind: 'EROFS', at: 1 } as const
  for (const args of [
    ['status'],
    ['log'],
    ['diff'],
    ['ls'],
    ['cat', 'a'],
    ['show'],
    ['branch'],
    ['op', 'log'],
    ['fsck'],
    ['fsck', '--deep'],
  ]) {
    const { status, stderr } = world.dv(args, readOnly)
    t.is(status, 0, `dv ${args.join(' ')}: ${stderr}`)
  }
  for (const args of [
    ['commit', '-m', 'two'],
    ['switch', 'main'],
    ['tag', 'v1'],
    ['branch', 'new'],
    ['undo'],
    ['restore', 'a'],
  ]) {
    const { status, code, stderr } = world.dv(args, readOnly)
    t.is(status, 1, `dv ${args.join(' ')}: ${stderr}`)
    t.is(code, 'DV_READ_ONLY', `dv ${args.join(' ')}: ${stderr}`)
  }
  t.deepEqual(await lookAt(world), before)
})
