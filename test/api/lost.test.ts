// A store that lost some contents: everything else can be used, and what is lost is neither deleted nor forgotten.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { StatusResult } from '../../src/api/index.js'
import { damageIn } from '../helpers/damage.js'
import { noise } from '../helpers/noise.js'
import { collect, testRepository, type TestFiles, type TestRepository } from '../helpers/repository.js'

const SWITCH = { create: false, detach: 'auto', force: false } as const
const FILES = { 'a/lost': 'nobody has this', 'a/other': 'other', table: 'x,y\n' }

/** Two branches: 'main' with files, 'side' with others, checked out; then contents of main are lost. */
async function withLoss(t: ExecutionContext, losses: readonly string[], { main = FILES, side = {} } = {}) {
  const made = await testRepository(t, main)
  await made.repository.switch({ ...SWITCH, to: 'side', create: true })
  const gone = Object.fromEntries(Object.keys(main).map((name) => [name, undefined]))
  made.write({ ...(gone as TestFiles), ...side, own: 'of side' })
  await made.commit('Other files')
  for (const content of losses) damageIn(path.join(made.root, '.dv/store'), content)
  return { ...made, repository: await made.openAt('.') }
}

function clean({ lost, clean, groups }: StatusResult) {
  return { lost, clean, deleted: groups.deleted.count }
}

async function statusOf({ openAt }: TestRepository, rehash = false) {
  return clean(await (await openAt('.')).status({ all: true, paths: [], rehash }))
}

test('a checkout writes all that can be read, and names what cannot', async (t) => {
  const made = await withLoss(t, ['nobody has'])
  const { checkout, branch } = await made.repository.switch({ ...SWITCH, to: 'main' })
  t.is(branch, 'main')
  t.like(checkout, { written: 2, lost: { count: 1 } })
  t.deepEqual(
    checkout.lost?.items.map(({ path }) => path),
    ['a/lost'],
  )
  t.deepEqual(made.list(), ['a/other', 'table'])
})

test('what is lost is no deletion: status tells it, commits keep it, with and without a stat cache', async (t) => {
  const made = await withLoss(t, ['nobody has'])
  await made.repository.switch({ ...SWITCH, to: 'main' })
  const lost = { files: 1, bytes: 15, paths: ['a/lost'] }
  t.deepEqual(await statusOf(made), { lost, clean: true, deleted: 0 })
  t.deepEqual(await statusOf(made, true), { lost, clean: true, deleted: 0 })
  made.write({ table: 'changed' })
  const { changes } = await made.commit('Beside the hole')
  t.like(changes, { added: 0, modified: 1, deleted: 0 })
  fs.rmSync(path.join(made.root, '.dv/stat'))
  t.deepEqual(await statusOf(made), { lost, clean: true, deleted: 0 })
  const reader = await made.api.reader()
  t.teardown(() => reader.close())
  const names = await collect(reader.ls({ operands: ['main:a'], recursive: true }))
  t.deepEqual(
    names.map(({ path }) => path),
    ['a/lost', 'a/other'],
  )
})

test('what comes back into the store is written by restore, and is then a file like others', async (t) => {
  const made = await withLoss(t, ['nobody has'])
  await made.repository.switch({ ...SWITCH, to: 'main' })
  t.like(await made.repository.restore({ paths: ['.'] }), { written: 0, lost: { count: 1 } })
  made.write({ found: 'nobody has this' })
  await made.api.repair({ dryRun: false })
  made.write({ copy: 'nobody has this' })
  await made.commit('The same content from elsewhere')
  const repository = await made.openAt('.')
  const restored = await repository.restore({ paths: ['.'] })
  t.is(restored.written, 1)
  t.is(restored.lost, undefined)
  t.is(made.read('a/lost'), 'nobody has this')
  t.false(fs.existsSync(path.join(made.root, '.dv/lost')))
  made.write({ 'a/lost': undefined })
  t.like(await statusOf(made), { deleted: 1 })
})

test('an older version that stands in the way goes, and an undo brings it back', async (t) => {
  const made = await withLoss(t, ['nobody has'], { side: { 'a/lost': 'an older one' } })
  const { checkout } = await made.repository.switch({ ...SWITCH, to: 'main' })
  t.is(checkout.lost?.count, 1)
  t.false(made.list().includes('a/lost'))
  await made.repository.undo({})
  t.is(made.read('a/lost'), 'an older one')
  t.like(await statusOf(made), { clean: true, lost: undefined })
})

test('what stands in the way stays where the store has lost it too', async (t) => {
  const made = await withLoss(t, ['nobody has', 'an older'], { side: { 'a/lost': 'an older one' } })
  const error = await t.throwsAsync(made.repository.switch({ ...SWITCH, to: 'main' }), { code: 'DV_CORRUPT' })
  t.regex(error.message, /it stays/)
  t.is(made.read('a/lost'), 'an older one')
  t.deepEqual((await made.api.repair({ dryRun: false })).files, ['a/lost'])
  const again = await made.openAt('.')
  t.is((await again.switch({ ...SWITCH, to: 'main' })).checkout.lost?.count, 1)
  t.is((await again.switch({ ...SWITCH, to: 'side' })).checkout.lost, undefined)
  t.is(made.read('a/lost'), 'an older one')
})

test('restoring a lost version of a file leaves the version that is there', async (t) => {
  const made = await withLoss(t, ['nobody has'], { side: { 'a/lost': 'a newer one' } })
  const restored = await made.repository.restore({ paths: ['a/lost'], source: 'main' })
  t.is(restored.lost?.count, 1)
  t.is(made.read('a/lost'), 'a newer one')
  t.like(await statusOf(made), { clean: true })
})

test('uncommitted work stays where the version that was to take its place is lost', async (t) => {
  const made = await withLoss(t, ['nobody has'], { side: { 'a/lost': 'a newer one', table: 'newer' } })
  made.write({ 'a/lost': 'work', table: 'work' })
  const restored = await made.repository.restore({ paths: ['a/lost', 'table'], source: 'main' })
  t.like(restored, { written: 1, lost: { count: 1 } })
  t.deepEqual([made.read('a/lost'), made.read('table')], ['work', 'x,y\n'])
})

for (const isForward of [true, false]) {
  test(`what a merge brought and could not write is in its result${isForward ? '' : ', two lines joined too'}`, async (t) => {
    const made = await testRepository(t, { own: 'own' })
    await made.repository.switch({ ...SWITCH, to: 'side', create: true })
    made.write({ 'a/lost': 'nobody has this', 'a/other': 'other' })
    await made.commit('More')
    await made.repository.switch({ ...SWITCH, to: 'main' })
    if (!isForward) made.write({ own: 'changed' })
    if (!isForward) await made.commit('Ours')
    damageIn(path.join(made.root, '.dv/store'), 'nobody has')
    const merged = await (await made.openAt('.')).merge({ revision: 'side', fastForward: 'allowed' })
    t.is(merged.outcome, isForward ? 'fast-forward' : 'merged')
    t.like(merged.lost, { count: 1, items: [{ path: 'a/lost' }] })
  })
}

test('so is what a revert would bring back', async (t) => {
  const made = await withLoss(t, ['nobody has'])
  const { lost } = await made.repository.revert({ revision: 'HEAD' })
  t.deepEqual(
    lost?.items.map(({ path }) => path),
    ['a/lost'],
  )
})

test('of large files and of small ones, what is lost keeps no other from being written', async (t) => {
  const sizes = [10, 3000, 70_000, 500_000, 40_000_000]
  const main = Object.fromEntries(
    sizes.flatMap((size) => [0, 1].map((i) => [`f${size}-${i}`, noise(size, 7 * size + i)])),
  )
  const made = await testRepository(t, main)
  await made.repository.switch({ ...SWITCH, to: 'side', create: true })
  made.write(Object.fromEntries(Object.keys(main).map((name) => [name, undefined])))
  made.write({ own: 'of side' })
  await made.commit('Nothing of it')
  const packs = path.join(made.root, '.dv/store/packs')
  for (const size of sizes) {
    const part = noise(size, 7 * size).subarray(0, 8)
    for (const name of fs.readdirSync(packs)) {
      const file = path.join(packs, name)
      const bytes = fs.readFileSync(file)
      const at = bytes.indexOf(part)
      if (at < 0) continue
      fs.chmodSync(file, 0o644)
      fs.writeFileSync(file, bytes.fill(0, at, at + 8))
    }
  }
  const { checkout } = await (await made.openAt('.')).switch({ ...SWITCH, to: 'main' })
  const lost = checkout.lost?.items.map(({ path }) => path) ?? []
  t.true(
    sizes.every((size) => lost.includes(`f${size}-0`)),
    lost.join(),
  )
  t.deepEqual([...made.list(), ...lost].sort(), Object.keys(main).sort())
  for (const name of made.list())
    t.true(fs.readFileSync(path.join(made.root, name)).equals(main[name]!), name)
})

test('get writes what can be read of a folder, and names the rest; a file that was asked for fails', async (t) => {
  const made = await withLoss(t, ['nobody has'])
  const reader = await made.api.reader()
  t.teardown(() => reader.close())
  const destination = path.join(made.root, '../got')
  const got = await reader.get({ address: 'main:', destination, force: false })
  t.like(got, { written: { files: 2 }, lost: { count: 1 } })
  t.deepEqual(fs.readdirSync(path.join(destination, 'a')), ['other'])
  const one = { address: 'main:a/lost', destination: path.join(destination, 'one'), force: false }
  await t.throwsAsync(reader.get(one), { code: 'DV_CORRUPT' })
})

test('a damaged record of what is lost is made anew from what is not there', async (t) => {
  const made = await withLoss(t, ['nobody has'])
  await made.repository.switch({ ...SWITCH, to: 'main' })
  fs.writeFileSync(path.join(made.root, '.dv/lost'), 'nonsense')
  await t.throwsAsync(statusOf(made), { code: 'DV_CORRUPT' })
  const { records } = await made.api.repair({ dryRun: false })
  t.like(records, [{ name: '.dv/lost', outcome: 'replaced' }])
  t.like(await statusOf(made), { clean: true, lost: { paths: ['a/lost'] } })
})
