import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { RepairResult } from '../../src/api/index.js'
import { hashChunk, toHex } from '../../src/hash/index.js'
import { listAllRefs } from '../../src/refs/index.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { change, damageIn } from '../helpers/damage.js'
import { FULL_STORE_CHUNKS, fillStore } from '../helpers/full-store.js'
import { testRepository, type TestRepository } from '../helpers/repository.js'

const NOTHING = {
  records: [],
  aside: [],
  brought: [],
  files: [],
  unreachable: [],
  dangling: [],
  problems: [],
}

/** A repository with everything in it, pushed to a folder unless it is to be the only copy. */
async function fullRepository(t: ExecutionContext, { isOnly = false } = {}) {
  const made = await testRepository(t, undefined, { chunkSize: FULL_STORE_CHUNKS })
  await fillStore(made)
  const remote = path.join(made.root, '../remote')
  if (!isOnly) {
    await made.repository.addRemote({ name: 'origin', url: remote })
    const push = { all: true, tags: true, setUpstream: false, forceWithLease: false }
    await made.repository.push({ ...push, remote: 'origin', refs: [] })
  }
  const store = path.join(made.root, '.dv/store')
  return { ...made, remote, store, refs: await refsOf(store) }
}

async function refsOf(store: string): Promise<string[]> {
  const refs = await listAllRefs(openDirectoryStorage(store, { readOnly: true }))
  return refs.map(({ ref, value }) => `${ref} ${toHex(value.target)}`).sort()
}

function damageContent({ root }: TestRepository, content: string): void {
  damageIn(path.join(root, '.dv/store'), content)
}

/** The file that holds the present value of a mutable name. */
function valueFile(store: string, name: string): string {
  const folder = path.join(store, 'cas', name)
  const files = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\d+\/\d+$/.test(file))
  const [newest] = files.sort((a, b) => Number(path.basename(b)) - Number(path.basename(a)))
  return path.join(folder, newest!)
}

async function isWhole(t: ExecutionContext, made: TestRepository, refs?: readonly string[]): Promise<void> {
  t.deepEqual((await made.api.fsck({ deep: true })).problems, [])
  if (refs) t.deepEqual(await refsOf(path.join(made.root, '.dv/store')), refs)
  for (const name of made.list()) fs.rmSync(path.join(made.root, name))
  const repository = await made.openAt('.')
  await repository.restore({ paths: ['.'] })
  t.true((await repository.status({ all: true, paths: [], rehash: true })).clean)
}

test('where nothing is damaged nothing is done', async (t) => {
  const made = await fullRepository(t)
  const before = fs.readdirSync(made.store, { recursive: true })
  t.like(await made.api.repair({ dryRun: false }), { ...NOTHING, found: 0 })
  t.deepEqual(fs.readdirSync(made.store, { recursive: true }), before)
})

const DAMAGE: Record<string, (store: string) => void> = {
  'all packs are gone': (store) => fs.rmSync(path.join(store, 'packs'), { recursive: true }),
  'all segments are gone': (store) => fs.rmSync(path.join(store, 'segments'), { recursive: true }),
  'the index root is gone': (store) => fs.rmSync(path.join(store, 'cas/index'), { recursive: true }),
  'the index root is no longer one': (store) => {
    fs.rmSync(path.join(store, 'index/root'))
    change(valueFile(store, 'index/root'), (bytes) => bytes.fill(0x20, 10, 90))
  },
  'every pack has a hole': (store) => {
    for (const name of fs.readdirSync(path.join(store, 'packs')))
      change(path.join(store, 'packs', name), (bytes) =>
        bytes.fill(0, bytes.length >> 2, (bytes.length >> 2) + 20),
      )
  },
  'every pack lost its end': (store) => {
    for (const name of fs.readdirSync(path.join(store, 'packs')))
      change(path.join(store, 'packs', name), (bytes) => bytes.subarray(0, bytes.length - 40))
  },
  'index root, segments and some packs are damaged': (store) => {
    DAMAGE['the index root is gone']!(store)
    DAMAGE['all segments are gone']!(store)
    const [first] = fs.readdirSync(path.join(store, 'packs')).sort()
    change(path.join(store, 'packs', first!), (bytes) => bytes.fill(1, 40, 60))
  },
}

for (const [what, damage] of Object.entries(DAMAGE)) {
  test(`${what}: with a remote, all is as it was`, async (t) => {
    const made = await fullRepository(t)
    damage(made.store)
    t.true((await made.api.fsck({ deep: true })).problems.length > 0)
    for (const name of made.list()) fs.rmSync(path.join(made.root, name))
    const { problems } = await made.api.repair({ dryRun: false })
    t.deepEqual(problems, [])
    await isWhole(t, made, made.refs)
  })
}

for (const what of ['all segments are gone', 'the index root is gone', 'the index root is no longer one']) {
  test(`${what}: the packs alone are enough`, async (t) => {
    const made = await fullRepository(t, { isOnly: true })
    DAMAGE[what]!(made.store)
    for (const name of made.list()) fs.rmSync(path.join(made.root, name))
    const { problems, index } = await made.api.repair({ dryRun: false })
    t.deepEqual(problems, [])
    t.true(index.rebuilt)
    await isWhole(t, made, made.refs)
  })
}

test('a rehearsal says what would be done, and changes nothing', async (t) => {
  const made = await fullRepository(t)
  DAMAGE['every pack has a hole']!(made.store)
  const stateOf = (folder: string) =>
    fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => fs.statSync(path.join(folder, name)).isFile())
      .map((name) => `${name} ${toHex(hashChunk(fs.readFileSync(path.join(folder, name))))}`)
      .sort()
  const before = stateOf(made.store)
  const told = await made.api.repair({ dryRun: true })
  t.deepEqual(told.problems, [])
  t.true(told.index.salvaged > 0 && told.brought.some(({ remote }) => remote === 'origin'))
  t.deepEqual(stateOf(made.store), before)
})

test('contents that still lie in the working directory need no remote', async (t) => {
  const made = await testRepository(t, { a: 'only here', b: 'something else' })
  damageContent(made, 'only here')
  const told = await made.api.repair({ dryRun: true })
  t.deepEqual([told.problems, told.files], [[], ['a']])
  const { problems, files, aside } = await made.api.repair({ dryRun: false })
  t.deepEqual([problems, files], [[], ['a']])
  t.is(aside.length, 1)
  t.true(fs.existsSync(path.join(made.root, '.dv/store', aside[0]!)))
  await isWhole(t, made)
})

test('what nobody has is named, file by file; all else can be read, and the content comes back with its next commit', async (t) => {
  const made = await testRepository(t, { a: 'only here', b: 'something else' })
  damageContent(made, 'only here')
  made.write({ a: undefined })
  const { problems } = await made.api.repair({ dryRun: false })
  t.deepEqual(
    problems.map(({ kind, object, reaches }) => [
      kind,
      object,
      reaches.map(({ path, refs }) => [path, refs]),
    ]),
    [['missing', 'chunk', [['a', ['main']]]]],
  )
  const reader = await made.api.reader()
  t.teardown(() => reader.close())
  t.is(Buffer.concat(await all((await reader.cat({ address: 'b' })).content)).toString(), 'something else')
  const error = await t.throwsAsync(async () => all((await reader.cat({ address: 'a' })).content))
  t.is((error as unknown as { code: string }).code, 'DV_MISSING_OBJECT')
  made.write({ copy: 'only here' })
  await made.commit('Again')
  t.deepEqual((await made.api.fsck({ deep: true })).problems, [])
})

async function all(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const list: Uint8Array[] = []
  for await (const part of parts) list.push(part)
  return list
}

test('a ref that cannot be mended is set to what the last operation set it to; the damaged one is kept', async (t) => {
  const made = await fullRepository(t)
  for (const name of ['refs/heads/main', 'refs/heads/side', 'refs/tags/v1', 'refs/remotes/origin/main']) {
    fs.rmSync(path.join(made.store, name))
    change(valueFile(made.store, name), (bytes) => bytes.subarray(0, 30))
  }
  const { records, problems } = await made.api.repair({ dryRun: false })
  t.deepEqual(problems, [])
  t.is(records.length, 4)
  for (const { outcome, aside } of records) {
    t.is(outcome, 'replaced')
    t.true(fs.existsSync(path.join(made.store, aside!)))
  }
  await isWhole(t, made, made.refs)
})

test('a branch of a commit that is lost is told with the commit it was at before', async (t) => {
  const made = await testRepository(t, { a: 'a' })
  const first = (await made.repository.branches({ all: false, remotes: false }))[0]!
  made.write({ a: 'b' })
  const packs = path.join(made.root, '.dv/store/packs')
  const before = new Set(fs.readdirSync(packs))
  await made.commit('Second')
  for (const name of fs.readdirSync(packs)) if (!before.has(name)) fs.rmSync(path.join(packs, name))
  const { dangling } = await made.api.repair({ dryRun: false })
  t.is(dangling.length, 1)
  t.like(dangling[0], { ref: 'main' })
  t.is(dangling[0]!.offer?.commit, first.commit?.id)
})

test('every record of a repository with one flipped bit is what it was after a repair', async (t) => {
  const made = await fullRepository(t)
  const dv = path.join(made.root, '.dv')
  const records = ['workdir.json', 'head', 'store/dv.json', 'store/operations'].flatMap((name) => {
    const full = path.join(dv, name)
    if (fs.statSync(full).isFile()) return [full]
    return fs.readdirSync(full, { recursive: true, encoding: 'utf8' }).map((file) => path.join(full, file))
  })
  const files = records.filter((file) => fs.statSync(file).isFile())
  for (const name of ['config', 'refs/heads/main', 'refs/names', 'index/root'])
    files.push(valueFile(made.store, name), path.join(made.store, name))
  const right = files.map((file) => fs.readFileSync(file, 'utf8'))
  for (const [i, file] of files.entries())
    change(file, (bytes) => (bytes.writeUInt8(bytes[i % bytes.length]! ^ 4, i % bytes.length), bytes))
  const result: RepairResult = await made.api.repair({ dryRun: false })
  t.deepEqual(result.problems, [])
  t.deepEqual(new Set(result.records.map(({ outcome }) => outcome)), new Set(['mended']))
  t.deepEqual(
    files.map((file) => fs.readFileSync(file, 'utf8')),
    right,
  )
})

test('records that are cut short are set to what the repository knows, and files stay as they are', async (t) => {
  const made = await fullRepository(t)
  await made.repository.sparse({ patterns: ['table.csv', 'small'], force: false })
  const here = made.list()
  for (const name of ['workdir.json', 'head', 'sparse', 'store/dv.json'])
    change(path.join(made.root, '.dv', name), (bytes) => bytes.subarray(0, 9))
  const { problems, records } = await made.api.repair({ dryRun: false })
  t.deepEqual(problems, [])
  t.deepEqual(records.map(({ name }) => name).sort(), [
    '.dv/head',
    '.dv/sparse',
    '.dv/workdir.json',
    'dv.json',
  ])
  const repository = await made.openAt('.')
  t.like(await repository.status({ all: true, paths: [], rehash: true }), { clean: true, branch: 'main' })
  t.deepEqual(made.list(), here)
})
