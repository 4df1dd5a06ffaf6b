import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { hashChunk, toHex } from '../../src/hash/index.js'
import { buildManifest } from '../../src/manifest/index.js'
import { encodeCommit, NO_METADATA } from '../../src/objects/index.js'
import { writeRecipe } from '../../src/recipe/index.js'
import { branchRef, updateRef } from '../../src/refs/index.js'
import { publishPacks, StoreWriter } from '../../src/store/index.js'
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
  t.deepEqual(problems[0]!.reaches, [
    { commit: made.id, short: made.short, path: 'folder/data', refs: ['main'] },
  ])
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

/** Writes over a file of a store, whatever its mode. */
function rewrite(file: string, change: (bytes: Buffer) => Buffer): void {
  fs.chmodSync(file, 0o644)
  fs.writeFileSync(file, change(fs.readFileSync(file)))
}

test('a damaged record of the format, or of the working directory, keeps nothing else from being told', async (t) => {
  const { root, api, write, commit } = await testRepository(t, { a: 'only here' })
  write({ a: 'and this' })
  await commit('two')
  const packs = path.join(root, '.dv/store/packs')
  for (const name of fs.readdirSync(packs)) {
    const at = fs.readFileSync(path.join(packs, name)).indexOf('only here')
    if (at >= 0) rewrite(path.join(packs, name), (bytes) => bytes.fill(0, at, at + 1))
  }
  const cut = (bytes: Buffer) => bytes.subarray(0, 20)
  rewrite(path.join(root, '.dv/store/dv.json'), cut)
  const told = async () =>
    (await api.fsck({ deep: true })).problems.map(({ kind, object }) => `${kind} ${object}`)
  t.deepEqual(await told(), ['damaged chunk', 'damaged format record'])
  rewrite(path.join(root, '.dv/workdir.json'), cut)
  t.deepEqual(await told(), ['damaged chunk', 'damaged working directory', 'damaged format record'])
  fs.rmSync(path.join(root, '.dv/store/dv.json'))
  t.deepEqual(await told(), ['damaged chunk', 'damaged working directory', 'missing format record'])
})

test('a folder or remote is checked like the store here, by name or address, also from outside', async (t) => {
  const { root, api, apiAt, repository } = await testRepository(t, { a: 'only here' })
  const elsewhere = path.join(root, '../elsewhere')
  await repository.addRemote({ name: 'origin', url: elsewhere })
  await repository.push({ refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false })
  const { problems, checked, remote } = await api.fsck({ deep: true, remote: 'origin' })
  t.deepEqual(problems, [])
  t.is(checked.commits, 1)
  t.deepEqual(remote, { name: 'origin', url: elsewhere })
  const packs = path.join(elsewhere, 'packs')
  for (const name of fs.readdirSync(packs)) fs.rmSync(path.join(packs, name))
  t.true((await apiAt('..').fsck({ deep: false, remote: elsewhere })).problems.length > 0)
  t.deepEqual((await api.fsck({ deep: true })).problems, [])
})

test('samples go through all packs, those that were read longest ago first, and say how much was read since when', async (t) => {
  const { api, write, commit, advance, root } = await testRepository(t)
  for (const name of ['a', 'b', 'c', 'd']) {
    write({ [name]: name.repeat(1000) })
    await commit(name)
  }
  const seen: number[] = []
  let first: number | undefined
  for (let round = 0; round < 12; round++) {
    advance(86_400_000)
    const { read, problems } = await api.fsck({ deep: false, sample: 0.2 })
    t.deepEqual(problems, [])
    t.true(read!.now >= read!.total * 0.2 && read!.now < read!.total)
    seen.push(read!.ever / read!.total)
    if (seen.at(-1) === 1) first ??= round
  }
  t.deepEqual(
    [...seen].sort((a, b) => a - b),
    seen,
  )
  t.true(first !== undefined && first <= 7, seen.join(' '))
  const file = path.join(root, '.dv/store/derived/read')
  fs.writeFileSync(file, 'no list of packs')
  t.true((await api.fsck({ deep: false, sample: 0.2 })).read!.ever < seen.at(-1)! * 1e9)
  t.is((await api.fsck({ deep: true })).read!.ever, (await api.fsck({ deep: false, sample: 1 })).read!.total)
})

test('a file whose chunks are whole and not the file its entry names is found by a deep check', async (t) => {
  const { internals, api } = await testRepository(t)
  const { store, storage } = await internals()
  const chunks = ['one', 'two'].map((text) => Buffer.from(text))
  const data = new StoreWriter(store, { kind: 'data' })
  for (const chunk of chunks) await data.writeChunk(hashChunk(chunk), chunk)
  await publishPacks(storage, await data.finish())
  const nodes = new StoreWriter(store, { kind: 'node' })
  const content = hashChunk(Buffer.from('twoone'))
  const recipe = await writeRecipe(
    nodes,
    chunks.map((chunk) => ({ id: hashChunk(chunk), length: 3 })),
    { content },
  )
  const manifest = await buildManifest(nodes, [['f', { kind: 'file', size: 6, content, recipe }]])
  const who = { name: 'A', email: 'a@b', time: 0, zone: 0 }
  const text = { manifest, parents: [], author: who, committer: who, message: '', metadata: NO_METADATA }
  const target = await nodes.writeObject('commit', encodeCommit(text))
  await publishPacks(storage, await nodes.finish())
  await updateRef(storage, branchRef('main'), {
    expected: undefined,
    next: { target, operation: 'x', updated: 0 },
  })
  t.deepEqual((await api.fsck({ deep: false })).problems, [])
  const { problems } = await api.fsck({ deep: true })
  t.deepEqual(
    problems.map(({ kind, object, name }) => [kind, object, name]),
    [['damaged', 'file', toHex(content)]],
  )
  t.deepEqual(
    problems[0]!.reaches.map(({ path, refs }) => [path, refs]),
    [['f', ['main']]],
  )
})
