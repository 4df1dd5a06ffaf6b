import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { absentOf, bring, IdList } from '../../src/transfer/index.js'
import { hashChunk, type Id } from '../../src/hash/index.js'
import { countedStorage } from '../helpers/counted-storage.js'
import { noise } from '../helpers/noise.js'
import { CLONE, PUSH, pushed, whole } from '../helpers/pushed.js'
import { collect, NO_COMMIT_OPTIONS } from '../helpers/repository.js'

const STATUS = { all: true, paths: [], rehash: false }
const LOG = { revisions: [], paths: [], all: false, changes: true, topological: false }
const HERE = { force: false }

const FILES = { 'a/one': noise(50_000, 1), 'a/two': 'two\n', 'b/big': noise(90_000, 2), top: 'top\n' }

test('a lazy clone brings history only; files come when they are asked for, and absence is no deletion', async (t) => {
  const made = await pushed(t, FILES)
  const lazy = await made.cloned('lazy', { lazy: true })
  t.true(lazy.received.bytes < 10_000, JSON.stringify(lazy.received))
  t.deepEqual(fs.readdirSync(lazy.root), ['.dv'])
  const before = await lazy.repository.status(STATUS)
  t.true(before.clean)
  t.deepEqual(before.notHere, { files: 4, bytes: 140_008 })
  await whole(t, lazy.repository, 'some')
  lazy.write('a/new', 'new\n')
  const result = await lazy.repository.commit({ ...NO_COMMIT_OPTIONS, message: 'One more' })
  t.like(result.changes, { added: 1, modified: 0, deleted: 0 })
  t.is(result.total.files, 5)
  await lazy.repository.sparse({ patterns: ['a'], add: true, ...HERE })
  t.deepEqual(fs.readFileSync(path.join(lazy.root, 'a/one')), FILES['a/one'])
  fs.rmSync(path.join(lazy.root, 'a/two'))
  const after = await lazy.repository.commit({ ...NO_COMMIT_OPTIONS, message: 'One less' })
  t.like(after.changes, { added: 0, modified: 0, deleted: 1 })
  await whole(t, lazy.repository, 'some')
  await lazy.repository.push(PUSH)
  const full = await made.cloned('full', {})
  t.deepEqual(fs.readdirSync(path.join(full.root, 'a')), ['new', 'one'])
  await whole(t, full.repository, 'none')
})

test('what is read is brought; out of reach it is absent, and nothing changes', async (t) => {
  const made = await pushed(t, FILES)
  made.write({ top: 'top\nmore\n' })
  await made.commit('Second')
  await made.repository.push(PUSH)
  const { repository, root } = await made.cloned('lazy', { lazy: true })
  const cat = async (address: string) => {
    const { content } = await repository.cat({ address })
    return Buffer.concat(await collect(content))
  }
  t.is((await cat('HEAD~1:top')).toString(), 'top\n')
  fs.renameSync(made.remote, `${made.remote}-away`)
  t.is((await cat('HEAD~1:top')).toString(), 'top\n')
  const error = await t.throwsAsync(cat('b/big'), { code: 'DV_ABSENT' })
  t.regex(error!.message, /'origin'/)
  await t.throwsAsync(repository.sparse({ patterns: ['b'], add: true, ...HERE }), { code: 'DV_ABSENT' })
  t.deepEqual(await repository.sparsePatterns(), ['!**'])
  t.true((await repository.status(STATUS)).clean)
  t.is((await collect(repository.log(LOG))).length, 2)
  t.is((await repository.operations({})[Symbol.asyncIterator]().next()).value.verb, 'clone')
  await whole(t, repository, 'some')
  fs.renameSync(`${made.remote}-away`, made.remote)
  await repository.sparse({ patterns: undefined, ...HERE })
  t.deepEqual(fs.readFileSync(path.join(root, 'b/big')), FILES['b/big'])
})

test('a merge and a diff bring the texts they read', async (t) => {
  const lines = Array.from({ length: 60 }, (_, i) => `line ${i}\n`)
  const made = await pushed(t, { text: lines.join(''), other: 'o' })
  const lazy = await made.cloned('lazy', { lazy: true, sparse: ['other'] })
  made.write({ text: lines.with(0, 'theirs\n').join('') })
  await made.commit('Theirs')
  await made.repository.push(PUSH)
  const mine = await made.cloned('mine', {})
  await mine.repository.switch({ to: 'side', create: true, start: 'HEAD~1', detach: 'never', force: false })
  mine.write('text', lines.with(50, 'ours\n').join(''))
  await mine.repository.commit({ ...NO_COMMIT_OPTIONS, message: 'Ours' })
  await mine.repository.push(PUSH)
  await lazy.repository.fetch({ all: false, prune: false, tags: true })
  await lazy.repository.merge({ revision: 'origin/main', fastForward: 'allowed' })
  const merged = await lazy.repository.merge({ revision: 'origin/side', fastForward: 'allowed' })
  t.is(merged.outcome, 'merged')
  const records = await collect(
    lazy.repository.diff({
      from: 'HEAD~1',
      to: 'HEAD',
      mergeBase: false,
      paths: [],
      content: true,
      context: 0,
    }),
  )
  t.true(JSON.stringify(records).includes('+ours'))
  await lazy.repository.push(PUSH)
  await whole(t, lazy.repository)
  await whole(t, (await made.cloned('after', {})).repository, 'none')
})

test('a shallow clone ends early, says so, and can be deepened; a lazy store is no source of a clone', async (t) => {
  const made = await pushed(t, FILES)
  for (const text of ['2', '3', '4']) {
    made.write({ top: text })
    await made.commit(`Number ${text}`)
  }
  await made.repository.push(PUSH)
  const { repository } = await made.cloned('shallow', { depth: 2 })
  const log = () => collect(repository.log(LOG))
  t.deepEqual(
    (await log()).map(({ historyAt }) => historyAt),
    [undefined, 'origin'],
  )
  await t.throwsAsync(collect(repository.log({ ...LOG, revisions: ['HEAD~2'] })), { code: 'DV_ABSENT' })
  await whole(t, repository, 'some')
  await repository.commit({ ...NO_COMMIT_OPTIONS, message: 'Mine', allowEmpty: true })
  await repository.push(PUSH)
  await repository.fetch({ all: false, prune: false, tags: true, deepen: 1 })
  t.is((await log()).length, 4)
  await t.throwsAsync(made.apiAt('..').clone({ ...CLONE, url: 'shallow', directory: 'no' }), {
    code: 'DV_ABSENT',
  })
  await repository.fetch({ all: false, prune: false, tags: true, deepen: Infinity })
  t.is((await log()).length, 5)
  t.true((await log()).every(({ historyAt }) => historyAt === undefined))
  await whole(t, repository, 'none')
})

test('a branch that leaves the history before a shallow clone begins comes with all of its own', async (t) => {
  const made = await pushed(t, { f: '1' })
  const first = (await made.repository.status(STATUS)).commit!.id
  for (const text of ['2', '3']) {
    made.write({ f: text })
    await made.commit(text)
  }
  await made.repository.push(PUSH)
  const { repository } = await made.cloned('shallow', { depth: 1 })
  await made.repository.switch({ to: 'side', create: true, start: first, detach: 'never', force: false })
  made.write({ g: 'side' })
  await made.commit('Side')
  await made.repository.push(PUSH)
  await repository.fetch({ all: false, prune: false, tags: true })
  await whole(t, repository, 'some')
  await t.throwsAsync(repository.merge({ revision: 'origin/side', fastForward: 'allowed' }), {
    code: 'DV_ABSENT',
  })
  await repository.fetch({ all: false, prune: false, tags: true, deepen: Infinity })
  t.is((await repository.merge({ revision: 'origin/side', fastForward: 'allowed' })).outcome, 'merged')
})

test('bytes moved are at most 1.1 times the blocks that hold what was asked for', async (t) => {
  const count = 40
  const files = Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, noise(20_000, i + 1)]))
  const made = await pushed(t, files)
  const { repository } = await made.cloned('lazy', { lazy: true })
  const { storage, requests } = countedStorage(openDirectoryStorage(made.remote, { readOnly: true }))
  const source = new ObjectStore(storage)
  const target = new ObjectStore(openDirectoryStorage(repository.store))
  const chunks = new IdList()
  const reference = new ObjectStore(openDirectoryStorage(made.remote, { readOnly: true }))
  await reference.index.refresh()
  const wanted = new Set<string>()
  for (const name of ['f3', 'f4', 'f30']) {
    const file = await made.repository.cat({ address: name })
    wanted.add(Buffer.concat(await collect(file.content)).toString('hex'))
  }
  let stored = 0
  const blocks = new Set<string>()
  for (const ref of (await reference.index.root()).segments) {
    for await (const rows of (await reference.index.segment(ref)).rows()) {
      for (const row of rows) {
        const bytes = await reference.readItem('chunk', row.id).catch(() => undefined)
        if (!bytes || ![...wanted].some((hex) => hex.includes(Buffer.from(bytes).toString('hex')))) continue
        chunks.add(row.id)
        const block = `${row.pack}:${row.blockOffset}`
        if (!blocks.has(block)) stored += row.blockLength
        blocks.add(block)
      }
    }
  }
  const ids = await absentOf(target, chunks.takeSorted(), new Set())
  t.true(ids.length > 0 && stored >= 60_000)
  await bring({ source, target, away: new Set() }, { kind: 'data', ids })
  const data = requests.filter(({ operation }) => operation === 'get' || operation === 'getFile')
  const indexBytes = (await reference.index.root()).segments.reduce((sum, { length }) => sum + length, 0)
  const moved = data.reduce((sum, { bytes }) => sum + bytes, 0)
  t.true(moved <= 1.1 * stored + indexBytes, `${moved} of ${stored}, index ${indexBytes}`)
  t.is((await absentOf(target, ids, new Set())).length, 0)
  t.truthy(hashChunk(await target.readChunk(ids.subarray(0, 32) as Uint8Array as Id<'chunk'>)))
})
