import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import type { DiffChange, DiffOptions, DiffRecord } from '../../src/api/index.js'
import { editManifest, storeMetadata } from '../../src/manifest/index.js'
import { parseId, toHex } from '../../src/hash/index.js'
import { readCommit } from '../../src/history/index.js'
import { encodeCommit, type FileEntry, type Metadata } from '../../src/objects/index.js'
import { lookup } from '../../src/manifest/index.js'
import { publishPacks, StoreWriter } from '../../src/store/index.js'
import { collect, testRepository, type TestRepository } from '../helpers/repository.js'

const DIFF: DiffOptions = { mergeBase: false, paths: [], content: false, context: 3 }
const CHUNK = 64 * 1024

type Change = { type: 'change' } & DiffChange
type Summary = Extract<DiffRecord, { type: 'summary' }>

async function diff({ repository }: TestRepository, options: Partial<DiffOptions> = {}) {
  const records = await collect(repository.diff({ ...DIFF, ...options }))
  const changes = records.filter((record): record is Change => record.type === 'change')
  return { sides: records[0]!, changes, summary: records.at(-1) as Summary }
}

/** Status letter and path, as --name-status prints them. */
async function names(made: TestRepository, options: Partial<DiffOptions> = {}) {
  const { changes } = await diff(made, options)
  return changes.map(({ status, path: name, from }) => `${status[0]} ${from ? `${from} > ` : ''}${name}`)
}

/** Bytes that compress badly and repeat never: the same for a seed. */
function noise(bytes: number, seed = 1): Buffer {
  const out = Buffer.alloc(bytes)
  let state = seed
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    out[i] = state >>> 24
  }
  return out
}

const NUMBERS = Array.from({ length: 20 }, (_, i) => `${i + 1}\n`).join('')

test('two commits: added, modified, deleted and renamed, with their sums', async (t) => {
  const made = await testRepository(t, { 'a.txt': 'a\n', 'b.txt': 'bb\n', 'old/c.bin': noise(5000) })
  made.write({ 'a.txt': 'aaa\n', 'b.txt': undefined, 'new.txt': 'n\n', 'old/c.bin': undefined })
  made.write({ 'moved/c.bin': noise(5000) })
  const { commit } = await made.commit('Second')
  const { sides, changes, summary } = await diff(made, { from: 'HEAD~1', to: 'HEAD' })
  t.like(sides, { type: 'diff', from: { name: 'HEAD~1' }, to: { name: 'HEAD', commit: commit.id } })
  t.deepEqual(changes, [
    { type: 'change', status: 'modified', path: 'a.txt', kind: 'file', before: 2, after: 4 },
    { type: 'change', status: 'deleted', path: 'b.txt', kind: 'file', before: 3, after: 0 },
    {
      ...{ type: 'change', status: 'renamed', path: 'moved/c.bin', from: 'old/c.bin' },
      ...{ kind: 'file', before: 5000, after: 5000 },
    },
    { type: 'change', status: 'added', path: 'new.txt', kind: 'file', before: 0, after: 2 },
  ])
  t.deepEqual(summary, {
    ...{ type: 'summary', added: 1, modified: 1, deleted: 1, renamed: 1 },
    ...{ bytesAdded: 4, bytesRemoved: 3, newBytes: 6 },
  })
})

test('the working directory: the same, with renames told by content', async (t) => {
  const made = await testRepository(t, { 'a.txt': 'a\n', 'b.txt': 'bb\n', 'old/c.bin': noise(5000) })
  made.write({ 'a.txt': 'aaa\n', 'b.txt': undefined, 'new.txt': 'n\n', 'old/c.bin': undefined })
  made.write({ 'moved/c.bin': noise(5000) })
  const { sides, changes, summary } = await diff(made)
  t.like(sides, { from: { name: 'HEAD' }, to: { name: 'working directory' } })
  t.is((sides as { to: { commit?: string } }).to.commit, undefined)
  t.deepEqual(
    changes.map(({ status, path: name }) => `${status} ${name}`),
    ['modified a.txt', 'deleted b.txt', 'renamed moved/c.bin', 'added new.txt'],
  )
  t.deepEqual(summary, {
    ...{ type: 'summary', added: 1, modified: 1, deleted: 1, renamed: 1 },
    ...{ bytesAdded: 4, bytesRemoved: 3 },
  })
  await made.commit('Second')
  t.deepEqual(await names(made), [])
  t.deepEqual(await names(made, { from: 'HEAD~1' }), [
    'm a.txt',
    'd b.txt',
    'r old/c.bin > moved/c.bin',
    'a new.txt',
  ])
})

test('before the first commit everything in the working directory is new', async (t) => {
  const made = await testRepository(t)
  made.write({ 'a.txt': 'a\n' })
  t.deepEqual(await names(made), ['a a.txt'])
})

test('text is compared by lines, also against the working directory', async (t) => {
  const made = await testRepository(t, { 'n.txt': NUMBERS, 'end.txt': 'no newline' })
  made.write({ 'n.txt': NUMBERS.replace('10\n', 'ten\n'), 'end.txt': 'no newline\nmore\n' })
  const working = await diff(made, { content: true, context: 1 })
  await made.commit('Second')
  const recorded = await diff(made, { content: true, context: 1, from: 'HEAD~1', to: 'HEAD' })
  t.deepEqual(working.changes, recorded.changes)
  t.deepEqual(
    recorded.changes.map(({ content }) => content),
    [
      {
        type: 'text',
        linesAdded: 2,
        linesRemoved: 1,
        hunks: [
          {
            ...{ beforeStart: 1, beforeLines: 1, afterStart: 1, afterLines: 2 },
            lines: ['-no newline', '\\ No newline at end of file', '+no newline', '+more'],
          },
        ],
      },
      {
        type: 'text',
        linesAdded: 1,
        linesRemoved: 1,
        hunks: [
          {
            ...{ beforeStart: 9, beforeLines: 3, afterStart: 9, afterLines: 3 },
            lines: [' 9', '-10', '+ten', ' 11'],
          },
        ],
      },
    ],
  )
})

test('a new or deleted text shows all its lines, a new binary file nothing', async (t) => {
  const made = await testRepository(t, { 'gone.txt': 'x\n' })
  made.write({ 'gone.txt': undefined, 'new.txt': 'y\n', 'new.bin': noise(100), 'empty.txt': '' })
  const { changes } = await diff(made, { content: true })
  const content = Object.fromEntries(changes.map((change) => [change.path, change.content]))
  t.is(content['new.bin'], undefined)
  t.like(content['new.txt'], { type: 'text', linesAdded: 1, linesRemoved: 0 })
  t.like(content['gone.txt'], { type: 'text', linesAdded: 0, linesRemoved: 1 })
  t.is(content['empty.txt'], undefined)
})

test('binary files are told by ranges: of chunks between commits, of bytes for a small working file', async (t) => {
  const before = noise(40 * CHUNK)
  const after = Buffer.from(before)
  after.fill(7, 1_000_000, 1_000_010)
  const made = await testRepository(t, { 'x.bin': before }, { chunkSize: CHUNK })
  made.write({ 'x.bin': after })
  const working = await diff(made, { content: true })
  t.deepEqual(working.changes[0]!.content, {
    type: 'bytes',
    ranges: [{ beforeStart: 1_000_000, beforeLength: 10, afterStart: 1_000_000, afterLength: 10 }],
    changedBytes: 10,
  })
  await made.commit('Second')
  const { changes, summary } = await diff(made, { content: true, from: 'HEAD~1', to: 'HEAD' })
  const { content } = changes[0]!
  if (content?.type !== 'bytes') return t.fail('no ranges')
  const [range, ...more] = content.ranges
  t.deepEqual(more, [])
  t.true(range!.afterStart <= 1_000_000 && range!.afterStart + range!.afterLength >= 1_000_010)
  t.true(content.changedBytes <= 8 * CHUNK)
  t.is(summary.newBytes, range!.afterLength)
})

test('new bytes are those of chunks that no changed file had: what moved between files is not new', async (t) => {
  const big = noise(30 * CHUNK, 5)
  const made = await testRepository(t, { 'a.bin': noise(20_000, 2), 'big.bin': big }, { chunkSize: CHUNK })
  made.write({ 'a.bin': noise(20_000, 3), 'b.bin': noise(20_000, 2), 'c.bin': noise(20_000, 3) })
  made.write({ 'big.bin': Buffer.concat([big, noise(1000, 9)]) })
  await made.commit('Second')
  const { summary } = await diff(made, { from: 'HEAD~1', to: 'HEAD' })
  const rewritten = (summary.newBytes ?? 0) - 20_000
  t.true(rewritten >= 1000 && rewritten <= 5 * CHUNK, `${rewritten}`)
  t.is((await diff(made, { from: 'HEAD', to: 'HEAD' })).summary.newBytes, 0)
})

test('links, the executable bit and changes of kind have their own words', async (t) => {
  const made = await testRepository(t, { run: 'x\n', link: { link: 'a' }, 'to-link': 'text\n' })
  made.write({ run: { executable: 'x\n' }, link: { link: 'b' }, 'to-link': { link: 'run' } })
  const working = await diff(made, { content: true })
  await made.commit('Second')
  const { changes, summary } = await diff(made, { content: true, from: 'HEAD~1', to: 'HEAD' })
  t.deepEqual(working.changes, changes)
  t.deepEqual(changes, [
    {
      ...{ type: 'change', status: 'modified', path: 'link', kind: 'symlink', before: 1, after: 1 },
      content: { type: 'link', before: 'a', after: 'b' },
    },
    {
      ...{ type: 'change', status: 'modified', path: 'run', kind: 'executable', kindBefore: 'file' },
      ...{ before: 2, after: 2 },
    },
    {
      ...{ type: 'change', status: 'modified', path: 'to-link', kind: 'symlink', kindBefore: 'file' },
      ...{ before: 5, after: 3, content: { type: 'link', after: 'run' } },
    },
  ])
  t.is(summary.modified, 3)
})

test('names of metadata that differ are listed', async (t) => {
  const made = await testRepository(t, { 'a.txt': 'a\n' })
  const { store, storage } = await made.internals()
  const head = (await diff(made, { from: 'HEAD', to: 'HEAD' })).sides as { from: { commit: string } }
  const commit = await readCommit(store, parseId<'commit'>(head.from.commit))
  const entry = (await lookup(store, commit.manifest, 'a.txt')) as FileEntry
  const writer = new StoreWriter(store, { kind: 'node' })
  const labels: Metadata = new Map([['label', { type: 'string', value: 'cat' }]])
  const metadata = (await storeMetadata(writer, labels))!
  const manifest = await editManifest(writer, commit.manifest, [['a.txt', { ...entry, metadata }]])
  const id = await writer.writeObject('commit', encodeCommit({ ...commit, manifest, message: 'labelled' }))
  await publishPacks(storage, await writer.finish())
  await made.repository.createBranch({ name: 'labelled', start: toHex(id), force: false })
  const { changes, summary } = await diff(made, { from: 'main', to: 'labelled', content: true })
  t.deepEqual(changes, [
    {
      ...{ type: 'change', status: 'modified', path: 'a.txt', kind: 'file', before: 2, after: 2 },
      metadata: [{ key: 'label', after: 'cat' }],
    },
  ])
  t.like(summary, { modified: 1, newBytes: 0 })
})

test('paths narrow the comparison, and one that means nothing is an error', async (t) => {
  const made = await testRepository(t, { 'a/x.csv': '1', 'a/y.txt': '1', 'b/x.csv': '1' })
  made.write({ 'a/x.csv': '2', 'a/y.txt': '2', 'b/x.csv': '2', 'c.csv': '2' })
  t.deepEqual(await names(made, { paths: ['a'] }), ['m a/x.csv', 'm a/y.txt'])
  t.deepEqual(await names(made, { paths: ['**/*.csv', '!c.csv'] }), ['m a/x.csv', 'm b/x.csv'])
  t.deepEqual(await names(made, { paths: ['c.csv'] }), ['a c.csv'])
  await made.commit('Second')
  t.deepEqual(await names(made, { from: 'HEAD~1', to: 'HEAD', paths: ['a/*.csv'] }), ['m a/x.csv'])
  const error = await t.throwsAsync(names(made, { paths: ['a/z.csv'] }), { code: 'DV_UNKNOWN_PATH' })
  t.like(error, { data: { nearest: ['a/x.csv'] } })
  const between = { from: 'HEAD~1', to: 'HEAD', paths: ['nope'] }
  await t.throwsAsync(names(made, between), { code: 'DV_UNKNOWN_PATH' })
  await t.throwsAsync(names(made, { paths: ['{a,b}'.repeat(900)] }), { code: 'DV_BAD_PATTERN' })
})

test("'A...B' compares B with where it left A", async (t) => {
  const made = await testRepository(t, { 'a.txt': '1' })
  const { repository } = made
  await repository.switch({ to: 'side', create: true, detach: 'never', force: false })
  made.write({ 'side.txt': '1' })
  await made.commit('Side')
  await repository.switch({ to: 'main', create: false, detach: 'never', force: false })
  made.write({ 'main.txt': '1' })
  await made.commit('Main')
  t.deepEqual(await names(made, { from: 'main', to: 'side' }), ['r main.txt > side.txt'])
  t.deepEqual(await names(made, { from: 'main', to: 'side', mergeBase: true }), ['a side.txt'])
  t.deepEqual(await names(made, { from: 'side', mergeBase: true }), ['a main.txt'])
})

test('histories without a common ancestor have no merge base', async (t) => {
  const made = await testRepository(t, { 'a.txt': '1' })
  const { store, storage } = await made.internals()
  const { commit } = await made.commit('Second', { allowEmpty: true })
  const model = await readCommit(store, parseId<'commit'>(commit.id))
  const writer = new StoreWriter(store, { kind: 'node' })
  const id = await writer.writeObject('commit', encodeCommit({ ...model, parents: [], message: 'orphan' }))
  await publishPacks(storage, await writer.finish())
  await made.repository.createBranch({ name: 'orphan', start: toHex(id), force: false })
  const between = { from: 'main', to: 'orphan' }
  await t.throwsAsync(names(made, { ...between, mergeBase: true }), { code: 'DV_UNRELATED_HISTORIES' })
  t.deepEqual(await names(made, between), [])
})

test('unknown revisions are errors before anything is given', async (t) => {
  const made = await testRepository(t, { 'a.txt': '1' })
  await t.throwsAsync(names(made, { from: 'nope' }), { code: 'DV_UNKNOWN_REVISION' })
  await t.throwsAsync(names(made, { to: 'nope' }), { code: 'DV_UNKNOWN_REVISION' })
  await t.throwsAsync(names(made, { from: 'a b' }), { code: 'DV_BAD_REVISION' })
})

test('a large working file is summed up without being read', async (t) => {
  const made = await testRepository(t, { 'big.bin': noise(CHUNK) })
  const file = path.join(made.root, 'big.bin')
  fs.truncateSync(file, 9 * 1024 * 1024)
  fs.chmodSync(file, 0o000)
  const { changes, summary } = await diff(made, { content: true })
  t.deepEqual(changes, [
    {
      ...{ type: 'change', status: 'modified', path: 'big.bin', kind: 'file' },
      ...{ before: CHUNK, after: 9 * 1024 * 1024 },
    },
  ])
  t.is(summary.bytesAdded, 9 * 1024 * 1024 - CHUNK)
})
