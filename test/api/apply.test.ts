// One commit out of lines: on a remote in a folder, on the store around, lost races, bad lines.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { ApplyOptions, ApplyResult } from '../../src/api/index.js'
import { applyTo } from '../../src/api/apply.js'
import { openTarget } from '../../src/api/apply-target.js'
import { isDvError } from '../../src/base/index.js'
import { hashChunk, toHex } from '../../src/hash/index.js'
import { LOG } from '../helpers/logged.js'
import { collect, type TestFiles, testRepository, type TestRepository } from '../helpers/repository.js'

const EVERYTHING = { fastForward: 'allowed' } as const

async function* inputOf(lines: readonly (object | string)[]): AsyncGenerator<Uint8Array> {
  for (const line of lines) yield Buffer.from(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
}

function optionsOf(
  target: string,
  lines: readonly (object | string)[],
  more: Partial<ApplyOptions> = {},
): ApplyOptions {
  return { target, input: inputOf(lines), message: 'Applied', create: false, dryRun: false, ...more }
}

interface World extends TestRepository {
  remote: string
  /** Applies lines to main of the remote. */
  apply(lines: readonly (object | string)[], more?: Partial<ApplyOptions>): Promise<ApplyResult>
}

/** A repository with `files`, pushed to a folder. */
async function world(t: ExecutionContext, files: TestFiles): Promise<World> {
  const repo = await testRepository(t, files)
  const remote = path.join(path.dirname(repo.root), 'remote')
  await repo.repository.addRemote({ name: 'origin', url: remote })
  await repo.repository.push({
    ...{ remote: 'origin', refs: ['main'], all: false, tags: false },
    ...{ setUpstream: true, forceWithLease: false },
  })
  return { ...repo, remote, apply: (lines, more) => repo.api.apply(optionsOf('origin@main', lines, more)) }
}

async function pulled({ repository, list, read }: World): Promise<Record<string, string>> {
  await repository.pull(EVERYTHING)
  const { problems } = await repository.fsck({ deep: true })
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  return Object.fromEntries(list().map((name) => [name, read(name)]))
}

test('puts, links, deletes and metadata become one commit of a remote that a pull brings', async (t) => {
  const w = await world(t, {
    'a/one': '1',
    'a/two': '2',
    'b/three': '3',
    'c.txt': 'c',
    'old/x.tmp': '',
    'old/y.csv': 'y',
  })
  fs.writeFileSync(path.join(w.root, '../source.bin'), 'from a file')
  const result = await w.apply([
    { op: 'put', path: 'a/one', data: 'eins' },
    { op: 'put', path: 'new/deep/file', from: '../source.bin', executable: true },
    '',
    { op: 'put', path: 'bytes', base64: Buffer.from([0, 255, 10]).toString('base64') },
    { op: 'symlink', path: 'latest', target: 'a/one' },
    { op: 'delete', path: 'b' },
    { op: 'delete', pattern: 'old/*.tmp' },
    { op: 'meta', path: 'c.txt', set: { rows: 3, at: { date: '2026-01-31' } } },
  ])
  t.deepEqual(result.changes, {
    added: 3,
    modified: 2,
    deleted: 2,
    renamed: 0,
    bytesAdded: 24,
    bytesRemoved: 3,
  })
  t.is(result.outcome, 'moved')
  t.deepEqual(await pulled(w), {
    ...{ 'a/one': 'eins', 'a/two': '2', bytes: '\0\ufffd\n', 'c.txt': 'c', latest: 'eins' },
    ...{ 'new/deep/file': 'from a file', 'old/y.csv': 'y' },
  })
  t.is(fs.statSync(path.join(w.root, 'new/deep/file')).mode & 0o111, 0o111)
  const [last] = await collect(w.repository.log({ ...LOG, limit: 1 }))
  t.is(last!.id, result.commit!.id)
  t.deepEqual(last!.parents, [result.before])
})

test('the order of lines means nothing, and deleted and put begins anew', async (t) => {
  const w = await world(t, { 'd/a': 'a', 'd/b': 'b' })
  await w.apply([{ op: 'meta', path: 'd/a', set: { k: 1 } }])
  await w.apply([
    { op: 'put', path: 'd/a', data: 'new' },
    { op: 'delete', path: 'd' },
  ])
  t.deepEqual(await pulled(w), { 'd/a': 'new' })
  const { changes } = await w.apply([{ op: 'meta', path: 'd/a', set: { k: 1 } }])
  t.is(changes.modified, 1, 'its metadata went with what was deleted')
})

test('a file that is put keeps its metadata and whether it is executable', async (t) => {
  const w = await world(t, { run: { executable: 'v1' } })
  await w.apply([{ op: 'meta', path: 'run', set: { k: 'v' } }])
  await w.apply([{ op: 'put', path: 'run', data: 'v2' }])
  await pulled(w)
  t.is(fs.statSync(path.join(w.root, 'run')).mode & 0o111, 0o111)
  const again = await w.apply([{ op: 'meta', path: 'run', set: { k: 'v' } }])
  t.is(again.outcome, 'unchanged')
  t.is((await w.apply([{ op: 'put', path: 'run', data: 'v2' }])).outcome, 'unchanged')
  t.is((await w.apply([{ op: 'meta', path: 'run', unset: ['k', 'other'] }])).outcome, 'moved')
})

test('metadata of a directory stands beside what lies in it', async (t) => {
  const w = await world(t, { 'plate/a': 'a' })
  await w.apply([{ op: 'meta', path: 'plate', set: { operator: 'Ada' } }])
  t.deepEqual(await pulled(w), { 'plate/a': 'a' })
  await w.apply([{ op: 'meta', path: 'plate', unset: ['operator'] }])
  const { changes } = await w.apply([{ op: 'delete', path: 'plate' }])
  t.is(changes.deleted, 1, 'the entry of the directory went with its metadata')
})

test('a bad line is named and changes nothing', async (t) => {
  const w = await world(t, { a: '1', 'd/b': '2' })
  const good = { op: 'put', path: 'new', data: 'x' }
  const cases: [line: object | string, code: string, number?: number][] = [
    ['{"op":', 'DV_BAD_LINE'],
    ['[]', 'DV_BAD_LINE'],
    [{ op: 'put', path: 'x' }, 'DV_BAD_LINE'],
    [{ op: 'put', path: 'x', data: 'a', base64: 'YQ==' }, 'DV_BAD_LINE'],
    [{ op: 'put', path: 'x', base64: 'not base64' }, 'DV_BAD_LINE'],
    [{ op: 'put', path: 'x', data: 'a', excutable: true }, 'DV_BAD_LINE'],
    [{ op: 'put', path: 'x', data: 'a', meta: { deep: { no: 1 } } }, 'DV_BAD_LINE'],
    [{ op: 'move', path: 'x' }, 'DV_BAD_LINE'],
    [{ op: 'put', path: 'new', data: 'y' }, 'DV_BAD_LINE'],
    [{ op: 'put', path: '../out', data: 'y' }, 'DV_UNSAFE_PATH'],
    [{ op: 'put', path: 'x/.DV/config', data: 'y' }, 'DV_UNSAFE_PATH'],
    [{ op: 'put', path: '/etc/passwd', data: 'y' }, 'DV_UNSAFE_PATH'],
    [{ op: 'put', path: 'a/below', data: 'y' }, 'DV_UNSAFE_PATH'],
    [{ op: 'put', path: 'new/below', data: 'y' }, 'DV_UNSAFE_PATH'],
    [{ op: 'put', path: 'd', data: 'y' }, 'DV_UNSAFE_PATH'],
    [{ op: 'put', path: 'x', from: 'nowhere' }, 'DV_NOT_FOUND'],
    [{ op: 'put', path: 'x', from: 'd' }, 'DV_NOT_FOUND'],
    [{ op: 'delete', path: 'nothing' }, 'DV_UNKNOWN_PATH'],
    [{ op: 'delete', pattern: '*.nothing' }, 'DV_UNKNOWN_PATH'],
    [{ op: 'meta', path: 'nothing', set: { a: 1 } }, 'DV_UNKNOWN_PATH'],
    [{ op: 'put', path: 'a', data: 'y', expect: null }, 'DV_NOT_AS_EXPECTED'],
    [{ op: 'delete', path: 'a', expect: 'f'.repeat(64) }, 'DV_NOT_AS_EXPECTED'],
  ]
  for (const [line, code] of cases) {
    const error = await t.throwsAsync(w.apply([good, line]))
    const told = `${JSON.stringify(line)}: ${error?.message}`
    t.true(isDvError(error) && error.code === code, told)
    t.is(isDvError(error) ? error.data['line'] : undefined, 2, told)
    t.regex(error!.message, /^Line 2: /)
  }
  t.deepEqual(await pulled(w), { a: '1', 'd/b': '2' })
})

test('an expectation lets a change through that meets what it was made for', async (t) => {
  const w = await world(t, { a: 'one' })
  const content = toHex(hashChunk(Buffer.from('one')))
  await w.apply([
    { op: 'put', path: 'a', data: 'two', expect: content },
    { op: 'put', path: 'b', data: 'new', expect: null },
    { op: 'delete', path: 'never', missingOk: true },
  ])
  t.deepEqual(await pulled(w), { a: 'two', b: 'new' })
})

test('a branch that moved is refused with an expected tip, and changed on top of others without', async (t) => {
  const w = await world(t, { a: '1', b: '2' })
  const first = await w.apply([{ op: 'put', path: 'a', data: '2' }])
  const error = await t.throwsAsync(
    w.apply([{ op: 'put', path: 'b', data: 'x' }], { expectTip: first.before! }),
  )
  t.true(isDvError(error, 'DV_REF_MOVED'))
  t.is(
    (await w.apply([{ op: 'put', path: 'b', data: 'x' }], { expectTip: first.commit!.short })).outcome,
    'moved',
  )
  t.deepEqual(await pulled(w), { a: '2', b: 'x' })
})

/** Applies lines to the remote, with other lines landing right before the branch is to move. */
async function raced(w: World, own: object[], others: object[]): Promise<ApplyResult> {
  const target = await openTarget({ cwd: w.root, env: {}, clock: () => 0, zone: 0 }, 'origin@main')
  let isFirst = true
  try {
    return await applyTo(
      {
        ...target,
        async move(...args) {
          if (isFirst) await w.apply(others)
          isFirst = false
          await target.move(...args)
        },
      },
      optionsOf('origin@main', own),
    )
  } finally {
    await target.close()
  }
}

test('a lost race over other paths is run again on what is there', async (t) => {
  const w = await world(t, { a: '1', 'd/b': '2', 'd/c': '3' })
  const result = await raced(
    w,
    [
      { op: 'put', path: 'a', data: 'ours' },
      { op: 'delete', path: 'd/b' },
    ],
    [{ op: 'put', path: 'd/c', data: 'theirs' }],
  )
  t.is(result.retries, 1)
  t.deepEqual(await pulled(w), { a: 'ours', 'd/c': 'theirs' })
})

test('a lost race over the same path, or one below the other, is a conflict', async (t) => {
  const w = await world(t, { a: '1', 'd/b': '2' })
  const put = (name: string, data: string) => [{ op: 'put', path: name, data }]
  for (const [own, others, paths] of [
    [put('a', 'ours'), put('a', 'theirs'), ['a']],
    [put('x', 'ours'), put('x/y', 'theirs'), ['x']],
    [[{ op: 'meta', path: 'd', set: { k: 1 } }], [{ op: 'delete', path: 'd/b' }], ['d']],
  ] as const) {
    const error = await t.throwsAsync(raced(w, [...own], [...others]))
    t.true(isDvError(error, 'DV_REF_MOVED') && error.message.includes('by another process'), error?.message)
    t.deepEqual(isDvError(error) ? error.data['paths'] : [], paths)
  }
})

test('twenty at once all land', async (t) => {
  const w = await world(t, { a: '1' })
  const names = Array.from({ length: 20 }, (_, i) => `n${i}`)
  await Promise.all(names.map((name) => w.apply([{ op: 'put', path: `${name}/x`, data: name }])))
  t.deepEqual(await pulled(w), { a: '1', ...Object.fromEntries(names.map((name) => [`${name}/x`, name])) })
})

test('a new branch, with no repository around, given by the address of its store', async (t) => {
  const w = await world(t, { a: '1' })
  const outside = w.apiAt('..')
  await outside.config.set('user.name', 'Bob', 'global')
  await outside.config.set('user.email', 'bob@example.org', 'global')
  const target = `${w.remote}@side`
  const lines = [{ op: 'put', path: 'b', from: 'work/a' }]
  t.true(isDvError(await t.throwsAsync(outside.apply(optionsOf(target, lines))), 'DV_UNKNOWN_REF'))
  const made = await outside.apply(optionsOf(target, lines, { create: true }))
  t.is(made.outcome, 'new')
  t.deepEqual(made.commit!.parents, [])
  t.is(made.commit!.author.name, 'Bob')
  t.true(
    isDvError(
      await t.throwsAsync(outside.apply(optionsOf(target, lines, { create: true }))),
      'DV_ALREADY_EXISTS',
    ),
  )
  t.true(isDvError(await t.throwsAsync(outside.apply(optionsOf('side', lines))), 'DV_NO_REPOSITORY'))
})

test('a branch of the repository around can be undone; one that is checked out is refused', async (t) => {
  const repo = await testRepository(t, { a: '1' })
  await repo.repository.createBranch({ name: 'staging', force: false })
  const lines = [{ op: 'put', path: 'b', data: '2' }]
  const made = await repo.api.apply(optionsOf('staging', lines))
  const before = await repo.repository.branches({ remotes: false, all: false })
  t.is(before.find(({ name }) => name === 'staging')?.commit?.id, made.commit!.id)
  await repo.repository.undo({})
  const after = await repo.repository.branches({ remotes: false, all: false })
  t.is(after.find(({ name }) => name === 'staging')?.commit?.id, made.before)
  t.true(isDvError(await t.throwsAsync(repo.api.apply(optionsOf('main', lines))), 'DV_BRANCH_IN_USE'))
})

test('a dry run tells what is then sent, and changes nothing', async (t) => {
  const w = await world(t, { a: '1' })
  fs.writeFileSync(path.join(w.root, '../big'), Buffer.alloc(3_000_000, 'abc d'))
  const lines = [
    { op: 'put', path: 'big', from: '../big' },
    { op: 'put', path: 'c', data: 'c' },
  ]
  const files = () => fs.readdirSync(path.join(w.remote, 'packs')).length
  const before = files()
  const dry = await w.apply(lines, { dryRun: true })
  t.is(files(), before)
  t.is(fs.readdirSync(path.join(w.remote, 'tmp')).length, 0)
  const real = await w.apply(lines)
  t.is(real.before, dry.before)
  t.true(dry.storedBytes > 0)
  t.is(dry.storedBytes, real.storedBytes)
  t.deepEqual(dry.changes, real.changes)
})

test('lines say what the commit was made from, and other things of it', async (t) => {
  const w = await world(t, { a: '1' })
  const commit = '7c69c58196b76ef6829772db6148dc2e41e4fd56d3e4c609b2bf7b6bd31f3128'
  const input = { url: 's3://lab/plates', revision: 'v2', commit, path: 'a.csv' }
  const result = await w.apply([
    { op: 'commit', meta: { 'dv.inputs': [JSON.stringify(input)] } },
    { op: 'put', path: 'a', data: '2' },
    { op: 'commit', meta: { accuracy: 0.93 } },
  ])
  t.is(result.changes.modified, 1)
  await w.repository.pull(EVERYTHING)
  const [last] = await collect(w.repository.log({ ...LOG, limit: 1 }))
  t.is(last!.id, result.commit!.id)
  t.like(last!.inputs, [input])
  t.deepEqual(last!.metadata, { accuracy: 0.93 })
})

test('lines about the commit alone make none, and each name is set by one of them', async (t) => {
  const w = await world(t, { a: '1' })
  t.is((await w.apply([{ op: 'commit', meta: { x: 1 } }])).outcome, 'unchanged')
  const put = { op: 'put', path: 'a', data: '2' }
  const twice = [put, { op: 'commit', meta: { x: 1 } }, { op: 'commit', meta: { y: 1, x: 2 } }]
  const error = await t.throwsAsync(w.apply(twice))
  t.like(error, { code: 'DV_BAD_LINE', data: { line: 3 } })
  t.regex(error!.message, /another line sets 'x' of the commit/)
  for (const bad of [
    { op: 'commit', path: 'a' },
    { op: 'commit', meta: [] },
  ])
    t.like(await t.throwsAsync(w.apply([put, bad])), { code: 'DV_BAD_LINE', data: { line: 2 } })
  t.deepEqual(await pulled(w), { a: '1' })
})
