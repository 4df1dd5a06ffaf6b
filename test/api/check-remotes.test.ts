// Outcomes of checks on their way: to a bucket and back, when several tell it at once, and over a web server.
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { CommitChecks, Repository } from '../../src/api/index.js'
import { checkBucket } from '../helpers/check-bucket.js'
import { collect, type TestRepository, testRepository } from '../helpers/repository.js'
import { forServer, type RunningServer, startServer } from '../servers/index.js'
import { forNginx, startNginx } from '../servers/nginx.js'

const RULES = 'version: 1\ntables: [{path: t.csv, columns: {n: {max: 3}}}]\n'
const FILES = { 't.csv': 'n\n1\n7\n', 'dv.checks.yaml': RULES }
const PUSH = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }
const FETCH = { all: false, tags: true, prune: false }
const CLONE = { checkout: true, sparse: [], lazy: false }

async function check(repository: Repository, at?: string): Promise<void> {
  await collect(repository.check({ paths: [], ...(at !== undefined && { at }) }))
}

async function outcomes(repository: Repository, revision = 'HEAD'): Promise<CommitChecks['outcome'][]> {
  const [first] = await collect(repository.show({ revision, content: false, context: 3 }))
  return first?.type === 'commit' ? (first.checks ?? []).map(({ outcome }) => outcome) : []
}

async function isWhole(t: ExecutionContext, ...all: Repository[]): Promise<void> {
  for (const one of all) t.deepEqual((await one.fsck({ deep: true })).problems, [])
}

forServer('versitygw', (program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  async function published(t: ExecutionContext) {
    const made = await testRepository(t, FILES, { env: server.env })
    const url = server.newAddress()
    await made.repository.addRemote({ name: 'origin', url, settings: server.settings })
    return { made, url }
  }

  async function cloned({ apiAt, openAt }: TestRepository, url: string, directory: string) {
    await apiAt('..').clone({ ...CLONE, url, settings: server.settings, directory })
    return openAt(path.join('..', directory))
  }

  test.serial('a bucket is told, and tells clones and fetches', async (t) => {
    const { made, url } = await published(t)
    await check(made.repository)
    await made.repository.push(PUSH)
    await checkBucket(t, server, url)
    const other = await cloned(made, url, 'other')
    t.deepEqual(await outcomes(other), ['failed'])
    made.write({ 't.csv': 'n\n1\n' })
    await made.commit('Second')
    await made.repository.push(PUSH)
    await other.fetch(FETCH)
    t.deepEqual(await outcomes(other, 'origin/main'), [])
    await check(other, 'origin/main')
    t.deepEqual(await outcomes(other, 'origin/main'), ['passed'])
    await other.push(PUSH)
    await made.repository.fetch(FETCH)
    t.deepEqual(await outcomes(made.repository), ['passed'])
    await isWhole(t, made.repository, other)
  })

  test.serial('those who tell a bucket at once lose nothing', async (t) => {
    const { made, url } = await published(t)
    for (const n of [1, 2]) {
      made.write({ 't.csv': `n\n${n}\n` })
      await made.commit(`Of ${n}`)
    }
    await made.repository.push(PUSH)
    const all = await Promise.all(['a', 'b', 'c'].map((name) => cloned(made, url, name)))
    for (const [i, one] of all.entries()) await check(one, `main~${i}`)
    await Promise.all(all.map((one) => one.push(PUSH)))
    await checkBucket(t, server, url)
    const other = await cloned(made, url, 'other')
    for (const [i, outcome] of (['passed', 'passed', 'failed'] as const).entries())
      t.deepEqual(await outcomes(other, `main~${i}`), [outcome])
  })

  test.serial('a rehearsed push counts what tells the remote of checks', async (t) => {
    const { made } = await published(t)
    for (const n of [1, 2, 3]) {
      made.write({ 't.csv': `n\n${n}\n` })
      await made.commit(`Of ${n}`)
      await check(made.repository)
      if (n > 1) await pushesAsTold(t, made)
      await check(made.repository, 'HEAD~1')
      await pushesAsTold(t, made)
    }
  })

  /** Nothing is sent by the rehearsal, and by the push what it told. */
  async function pushesAsTold(t: ExecutionContext, { repository }: TestRepository) {
    const told = (await repository.push({ ...PUSH, dryRun: true })).dryRun!
    const moved = await server.requestsDuring(() => repository.push(PUSH))
    const put = moved.filter(({ operation, status }) => operation === 'PutObject' && status === 200)
    t.deepEqual(
      { requests: moved.length, sent: put.reduce((sum, { bytes }) => sum + bytes, 0) },
      { requests: told.requests, sent: told.sent },
    )
  }
})

forNginx(() => {
  test('a store that a web server shows tells what it knows, and what it learns later', async (t) => {
    const made = await testRepository(t, FILES)
    await made.repository.addRemote({ name: 'origin', url: '../public' })
    await check(made.repository)
    await made.repository.push(PUSH)
    const nginx = await startNginx(t, { root: path.join(made.root, '../public') })
    await made.apiAt('..').clone({ ...CLONE, url: `${nginx.url}/`, directory: 'other' })
    const other = await made.openAt('../other')
    t.deepEqual(await outcomes(other), ['failed'])
    made.write({ 't.csv': 'n\n1\n' })
    await made.commit('Second')
    await check(made.repository)
    await made.repository.push(PUSH)
    await other.fetch(FETCH)
    t.deepEqual(await outcomes(other, 'origin/main'), ['passed'])
    await isWhole(t, made.repository, other)
  })
})
