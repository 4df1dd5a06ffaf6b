import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { testRepository } from '../helpers/repository.js'

test('a fresh repository and one with commits are whole', async (t) => {
  const { repository, write, commit } = await testRepository(t)
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
  write({ a: 'a', 'b/c': { link: '../a' }, run: { executable: '#!' } })
  await commit('one')
  const { checked, problems, deep } = await repository.fsck({ deep: true })
  t.deepEqual(problems, [])
  t.true(deep)
  t.is(checked.commits, 1)
  t.true(checked.packs > 0 && checked.objects > 2 && checked.bytes > 0)
})

test('a damaged pack is named with the commit and path it reaches, short ids as users see them', async (t) => {
  const { root, repository, write, commit } = await testRepository(t)
  write({ 'folder/data': 'only here' })
  const { commit: made } = await commit('one')
  const packs = path.join(root, '.dv/store/packs')
  for (const name of fs.readdirSync(packs)) {
    const file = path.join(packs, name)
    const bytes = fs.readFileSync(file)
    const at = bytes.indexOf('only here')
    if (at < 0) continue
    bytes[at]! ^= 1
    fs.chmodSync(file, 0o644)
    fs.writeFileSync(file, bytes)
  }
  const { problems } = await repository.fsck({ deep: true })
  t.is(problems.length, 1)
  t.is(problems[0]!.object, 'chunk')
  t.deepEqual(problems[0]!.reaches, [{ commit: made.id, short: made.short, path: 'folder/data' }])
})

test('damaged state of a working directory is named, whichever working directory it is of', async (t) => {
  const { root, repository } = await testRepository(t, { a: 'a' })
  const other = path.join(root, '../other')
  await repository.addWorktree({ directory: other, revision: 'HEAD', force: false })
  t.deepEqual((await repository.fsck({ deep: false })).problems, [])
  fs.writeFileSync(path.join(other, '.dv/head'), '{}\n')
  const { problems } = await repository.fsck({ deep: false })
  t.deepEqual(
    problems.map(({ kind, object, name }) => `${kind} ${object} ${path.basename(name)}`),
    ['damaged working directory other'],
  )
})

test('a working directory that was removed by hand is no damage', async (t) => {
  const { root, repository } = await testRepository(t, { a: 'a' })
  const other = path.join(root, '../other')
  await repository.addWorktree({ directory: other, revision: 'HEAD', force: false })
  fs.rmSync(other, { recursive: true })
  t.deepEqual((await repository.fsck({ deep: false })).problems, [])
})

test('a damaged record of a working directory hides no other', async (t) => {
  const { root, repository } = await testRepository(t, { a: 'a' })
  const other = path.join(root, '../other')
  await repository.addWorktree({ directory: other, revision: 'HEAD', force: false })
  const records = path.join(root, '.dv/store/cas/workdirs')
  for (const name of fs.readdirSync(records)) {
    const version = path.join(records, name, '+0/1')
    fs.chmodSync(version, 0o644)
    fs.truncateSync(version, 10)
  }
  const { problems } = await repository.fsck({ deep: false })
  t.deepEqual(
    problems.map(({ object }) => object),
    ['working directory record', 'working directory record'],
  )
})
