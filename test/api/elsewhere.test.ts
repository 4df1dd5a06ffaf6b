// Stores that operands name: read where they are, with or without a repository around the current directory.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createApi, type Reader } from '../../src/api/index.js'
import { collect, temporaryFolder, testRepository } from '../helpers/repository.js'

const FILES = { 'a.csv': 'a\n', 'data/x.csv': 'xx\n', 'data/y.csv': 'y\n' }

/** A remote called origin with two commits and a tag, and a repository of other content that knows it. */
async function world(t: ExecutionContext) {
  const theirs = await testRepository(t, FILES)
  await theirs.repository.createTag({ name: 'v1', force: false })
  theirs.write({ 'data/y.csv': 'yy\n', 'data/z.csv': 'z\n' })
  await theirs.commit('Second')
  const store = path.join(path.dirname(theirs.root), 'remote')
  await theirs.repository.addRemote({ name: 'origin', url: store })
  await theirs.repository.push({
    refs: ['main'],
    all: false,
    tags: true,
    setUpstream: true,
    forceWithLease: false,
  })
  const ours = await testRepository(t, { 'own.txt': 'own\n' })
  await ours.repository.addRemote({ name: 'origin', url: store })
  return { theirs, ours, store }
}

async function outside(t: ExecutionContext): Promise<Reader> {
  const cwd = temporaryFolder(t)
  const reader = await createApi({ cwd, env: { HOME: cwd }, clock: Date.now, zone: 0 }).reader()
  t.teardown(() => reader.close())
  return reader
}

async function paths(reader: Reader, ...operands: string[]): Promise<string[]> {
  return (await collect(reader.ls({ operands, recursive: false }))).map((entry) => entry.path)
}

async function text(reader: Reader, address: string): Promise<string> {
  return Buffer.concat(await collect((await reader.cat({ address })).content)).toString()
}

const LOG = { paths: [], all: false, changes: false, topological: false }

async function messages(reader: Reader, ...revisions: string[]): Promise<string[]> {
  return (await collect(reader.log({ ...LOG, revisions }))).map((entry) => entry.message.trim())
}

async function changes(reader: Reader, from: string, to?: string): Promise<string[]> {
  const options = { mergeBase: false, paths: [], content: false, context: 3 }
  const records = await collect(reader.diff({ ...options, from, ...(to !== undefined && { to }) }))
  return records.flatMap((record) => (record.type === 'change' ? `${record.status} ${record.path}` : []))
}

test('a remote is read by its name, without a fetch', async (t) => {
  const { ours } = await world(t)
  const { repository } = ours
  t.deepEqual(await paths(repository, 'origin@main:data'), ['data/x.csv', 'data/y.csv', 'data/z.csv'])
  t.deepEqual(await paths(repository, 'origin@v1', 'data'), ['data/x.csv', 'data/y.csv'])
  t.deepEqual(await paths(repository, 'origin@v1:**/*.csv'), ['a.csv', 'data/x.csv', 'data/y.csv'])
  t.deepEqual(await paths(repository, 'origin@'), ['a.csv', 'data'])
  t.is(await text(repository, 'origin@v1:data/y.csv'), 'y\n')
  t.is(await text(repository, 'origin@:data/y.csv'), 'yy\n')
  t.deepEqual(await messages(repository, 'origin@main'), ['Second', 'First'])
  t.deepEqual(await messages(repository, 'origin@v1..main'), ['Second'])
  t.deepEqual(await messages(repository, 'origin@main', '^origin@v1'), ['Second'])
  t.deepEqual(await changes(repository, 'origin@v1', 'origin@main'), [
    'modified data/y.csv',
    'added data/z.csv',
  ])
  t.deepEqual(await changes(repository, 'origin@v1..main'), ['modified data/y.csv', 'added data/z.csv'])
  const shown = await collect(repository.show({ revision: 'origin@v1', content: false, context: 3 }))
  t.like(shown[0], { type: 'commit', commit: { message: 'First' } })
  const { rows, storedBytes } = await repository.du({ operands: ['origin@main:data'], depth: 0 })
  t.deepEqual(rows, [{ path: 'data', files: 3, bytes: 8 }])
  t.true(storedBytes! > 0)
  t.deepEqual(await messages(repository), ['First'])
})

test('outside any repository a store is read by its folder or URL', async (t) => {
  const { store } = await world(t)
  const reader = await outside(t)
  const url = `file://${store}`
  t.deepEqual(await paths(reader, url), ['a.csv', 'data'])
  t.deepEqual(await paths(reader, `${url}@v1:data`), ['data/x.csv', 'data/y.csv'])
  t.deepEqual(await paths(reader, `${store}@v1:data`), ['data/x.csv', 'data/y.csv'])
  t.deepEqual(await paths(reader, `dv://${store}@v1/data`), ['data/x.csv', 'data/y.csv'])
  t.deepEqual(await messages(reader, url), ['Second', 'First'])
  t.is(await text(reader, `${url}@:a.csv`), 'a\n')
  t.true(await reader.isRevision(`${url}@v1..main`))
  t.false(await reader.isRevision('a.csv'))
})

test('a working directory named as REPO stands for its store, and its branch is HEAD', async (t) => {
  const { theirs } = await world(t)
  await theirs.repository.switch({ to: 'side', create: true, detach: 'never', force: false })
  theirs.write({ 'side.txt': 's\n' })
  await theirs.commit('Side')
  const reader = await outside(t)
  t.deepEqual(await paths(reader, `file://${theirs.root}`), ['a.csv', 'data', 'side.txt'])
})

test('what names a commit here is not taken for one elsewhere', async (t) => {
  const { ours } = await world(t)
  const { repository } = ours
  await repository.createBranch({ name: 'origin@main', force: false })
  t.deepEqual(await messages(repository, 'origin@main'), ['First'])
  t.deepEqual(await paths(repository, 'origin@main'), ['own.txt'])
  t.deepEqual(await paths(repository, 'origin@v1'), ['a.csv', 'data'])
})

test('what cannot be read elsewhere says why', async (t) => {
  const { ours, store } = await world(t)
  const { repository } = ours
  const reader = await outside(t)
  const fails = (work: Promise<unknown>, code: string) => t.throwsAsync(work, { code })
  await fails(paths(repository, 'orign@main:'), 'DV_UNKNOWN_REMOTE')
  await fails(paths(repository, 'origin@nope:'), 'DV_UNKNOWN_REVISION')
  await fails(paths(repository, 'origin@main:nope'), 'DV_UNKNOWN_PATH')
  await fails(text(repository, 'origin@main:data'), 'DV_UNKNOWN_PATH')
  await fails(messages(repository, 'origin@main', 'main'), 'DV_USAGE')
  await fails(changes(repository, 'main', 'origin@main'), 'DV_USAGE')
  await fails(changes(repository, 'origin@main'), 'DV_USAGE')
  await fails(paths(reader, `file://${store}-gone`), 'DV_NO_STORE')
  await fails(paths(reader, 'gopher://host/x'), 'DV_UNSUPPORTED')
  await fails(paths(reader), 'DV_NO_REPOSITORY')
  await fails(paths(reader, 'origin@main:'), 'DV_UNKNOWN_REMOTE')
  await fails(paths(reader, 'https://user:secret@host/x'), 'DV_BAD_ADDRESS')
  fs.writeFileSync(path.join(store, 'dv.json'), 'no record')
  await fails(paths(await outside(t), `file://${store}`), 'DV_CORRUPT')
})
