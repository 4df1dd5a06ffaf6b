import test, { type ExecutionContext } from 'ava'
import type { LogEntry } from '../../src/api/index.js'
import { DvError, type DvErrorCode } from '../../src/base/index.js'
import { type CommitId, hashObject, toHex } from '../../src/hash/index.js'
import { readCommit } from '../../src/history/index.js'
import { encodeCommit } from '../../src/objects/index.js'
import { publishPacks, StoreWriter } from '../../src/store/index.js'
import { LOG } from '../helpers/logged.js'
import { collect, NO_COMMIT_OPTIONS, testRepository, type TestRepository } from '../helpers/repository.js'

/** Four commits on main, numbered in their messages, each changing 'n'. */
async function numbered(t: ExecutionContext): Promise<TestRepository & { ids: string[] }> {
  const made = await testRepository(t)
  const ids: string[] = []
  for (const n of ['1', '2', '3', '4']) {
    made.write({ n })
    ids.push((await made.commit(n)).commit.id)
  }
  return { ...made, ids }
}

async function at({ repository }: TestRepository, revision: string): Promise<string> {
  const [entry] = await collect<LogEntry>(repository.log({ ...LOG, revisions: [revision], limit: 1 }))
  return entry!.id
}

async function fails(t: ExecutionContext, made: TestRepository, revision: string, code: DvErrorCode) {
  t.false(await made.repository.isRevision(revision), revision)
  return (await t.throwsAsync(at(made, revision), { code, instanceOf: DvError }, revision))!
}

test('a revision is a branch, a tag, HEAD, an id or the beginning of one, with steps behind it', async (t) => {
  const made = await numbered(t)
  const { repository, ids } = made
  await repository.createTag({ name: 'v2', revision: 'HEAD~2', force: false })
  await made.setRemoteBranch('origin/main', ids[0]!)
  const expected = {
    HEAD: 3,
    main: 3,
    'HEAD~': 2,
    'main~3': 0,
    'HEAD^': 2,
    v2: 1,
    'v2~1': 0,
    'origin/main': 0,
    'refs/heads/main': 3,
    [ids[1]!]: 1,
    [ids[1]!.slice(0, 12)]: 1,
    [ids[2]!.slice(0, 10).toUpperCase()]: 2,
  }
  for (const [revision, index] of Object.entries(expected)) {
    t.is(await at(made, revision), ids[index]!, revision)
    t.true(await repository.isRevision(revision), revision)
  }
})

test('HEAD@{n} and main@{n} tell what was before, by the operation log', async (t) => {
  const made = await numbered(t)
  const { ids } = made
  await made.repository.createBranch({ name: 'side', start: 'HEAD~3', force: false })
  await made.repository.createBranch({ name: 'side', start: 'HEAD~2', force: true })
  t.is(await at(made, 'HEAD@{0}'), ids[3]!)
  t.is(await at(made, 'HEAD@{1}'), ids[2]!)
  t.is(await at(made, 'main@{2}'), ids[1]!)
  t.is(await at(made, '@{3}'), ids[0]!)
  t.is(await at(made, 'side@{1}'), ids[0]!)
  await fails(t, made, 'main@{9}', 'DV_UNKNOWN_REVISION')
  await fails(t, made, 'nope@{1}', 'DV_UNKNOWN_REVISION')
})

test('@{-n} is the branch, or the commit, that was checked out n switches ago', async (t) => {
  const made = await numbered(t)
  const { repository, ids } = made
  const plain = { create: false, detach: 'auto', force: false } as const
  await repository.switch({ ...plain, to: 'side', create: true, start: 'HEAD~1' })
  t.is(await at(made, '@{-1}'), ids[3]!)
  await repository.switch({ ...plain, to: ids[0]!, detach: 'always' })
  await repository.commit({ ...NO_COMMIT_OPTIONS, message: 'detached', allowEmpty: true })
  await repository.switch({ ...plain, to: 'main' })
  t.is(await at(made, '@{-1}'), await at(made, 'HEAD@{1}'))
  t.is(await at(made, '@{-2}'), ids[2]!)
  t.is(await at(made, '@{-3}'), ids[3]!)
  await fails(t, made, '@{-4}', 'DV_UNKNOWN_REVISION')
})

test('a commit that only the operation log remembers is found by the beginning of its id', async (t) => {
  const made = await numbered(t)
  const lost = made.ids[3]!
  await made.repository.commit({ ...NO_COMMIT_OPTIONS, message: 'amended', amend: true })
  t.is(await at(made, lost.slice(0, 8)), lost)
})

test('an unknown revision is an error that names the nearest', async (t) => {
  const made = await numbered(t)
  const error = await fails(t, made, 'mian', 'DV_UNKNOWN_REVISION')
  t.like(error, { data: { nearest: ['main'] }, hint: "did you mean 'main'?" })
  for (const unknown of ['nope', 'dead', 'f'.repeat(64), 'main~9', 'main^2'])
    await fails(t, made, unknown, 'DV_UNKNOWN_REVISION')
  for (const bad of ['', 'a b', 'main~x', 'a:b', '^', 'x@{']) {
    t.false(await made.repository.isRevision(bad))
    if (bad !== '^') await t.throwsAsync(at(made, bad), { code: 'DV_BAD_REVISION' }, bad)
  }
})

test('the id of something that is no commit is no revision', async (t) => {
  const made = await numbered(t)
  const { store } = await made.internals()
  const { manifest } = await readCommit(store, Buffer.from(made.ids[0]!, 'hex') as CommitId)
  await fails(t, made, toHex(manifest), 'DV_UNKNOWN_REVISION')
})

test('before the first commit HEAD is no revision, and the message says how to make one', async (t) => {
  const made = await testRepository(t)
  const error = await fails(t, made, 'HEAD', 'DV_UNKNOWN_REVISION')
  t.regex(error.hint!, /dv commit/)
})

test('an id prefix of several commits is ambiguous, and the error lists them', async (t) => {
  const made = await numbered(t)
  const { prefix, ids } = await twoOfOnePrefix(made)
  const error = await fails(t, made, prefix, 'DV_AMBIGUOUS_ID')
  t.deepEqual([...(error.data['candidates'] as string[])].sort(), ids.sort())
  t.is(await at(made, ids[0]!.slice(0, 20)), ids[0]!)
})

/** Commits whose ids begin with the same four digits, each on a branch of its own. */
async function twoOfOnePrefix(made: TestRepository) {
  const { store, storage } = await made.internals()
  const model = await readCommit(store, Buffer.from(await at(made, 'HEAD'), 'hex') as CommitId)
  const seen = new Map<string, Buffer>()
  for (let n = 0; ; n++) {
    const bytes = encodeCommit({ ...model, message: `number ${n}` })
    const prefix = toHex(hashObject('commit', bytes)).slice(0, 4)
    const other = seen.get(prefix)
    seen.set(prefix, bytes)
    if (!other) continue
    const writer = new StoreWriter(store, { kind: 'node' })
    const ids = [await writer.writeObject('commit', other), await writer.writeObject('commit', bytes)].map(
      toHex,
    )
    await publishPacks(storage, await writer.finish())
    for (const [i, id] of ids.entries())
      await made.repository.createBranch({ name: `twin${i}`, start: id, force: false })
    return { prefix, ids }
  }
}

test('names for completion are those of refs and remotes', async (t) => {
  const made = await numbered(t)
  await made.repository.createTag({ name: 'v1', force: false })
  await made.repository.createBranch({ name: 'a/b', force: false })
  await made.setRemoteBranch('origin/main', made.ids[0]!)
  await made.api.config.set('remote.origin.url', '/nowhere', 'repository')
  t.deepEqual(await made.repository.refNames(), {
    branches: ['a/b', 'main'],
    remoteBranches: ['origin/main'],
    tags: ['v1'],
    remotes: ['origin'],
  })
})
