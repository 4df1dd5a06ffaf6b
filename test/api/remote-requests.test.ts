// What commands cost, as a real server counts it.
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { FetchOptions, PushOptions } from '../../src/api/index.js'
import { makeLargeManifest } from '../bench/large-manifest.js'
import { commitFiles } from '../helpers/commit-files.js'
import { collect, testRepository, type TestRepository } from '../helpers/repository.js'
import { startFaultProxy } from '../servers/fault-proxy.js'
import { forServer, type LoggedRequest, type RunningServer, startServer } from '../servers/index.js'

const PUSH: PushOptions = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }
const FETCH: FetchOptions = { all: false, prune: false, tags: true }
const FILES = 100_000
const FILE_BYTES = 1000
/** A block of nodes. */
const NODE_BYTES = 128 * 1024

forServer('versitygw', (program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  test.serial(
    '100,000 small files cost few requests, one of them changed fewer, and nothing new one',
    async (t) => {
      t.timeout(300_000)
      const made = await repository(t)
      await commitFiles(made, smallFiles(0, FILES), {})
      const first = await server.requestsDuring(() => made.repository.push(PUSH))
      t.true(first.length <= 60, `the first push: ${summary(first)}`)

      const nothing = await server.requestsDuring(() => made.repository.push(PUSH))
      t.deepEqual(
        nothing.map(({ operation }) => operation),
        ['GetObject'],
      )

      const url = (await made.repository.remotes())[0]!.url
      const { settings } = server
      const clone = () =>
        made.apiAt('..').clone({ url, settings, directory: 'other', sparse: [], checkout: false })
      const cloned = await server.requestsDuring(clone)
      t.true(cloned.length <= 60, `a clone: ${summary(cloned)}`)
      t.is(cloned.filter(({ key }) => key.endsWith('/dv.json')).length, 1)
      const other = await made.openAt('../other')
      t.deepEqual((await other.fsck({ deep: true })).problems, [])

      // Eight times, so that segments of the index are merged on the way too.
      for (let round = 1; round <= 8; round++) {
        await commitFiles(made, smallFiles(round * 1000, round * 1000 + 1), { round })
        const one = await server.requestsDuring(() => made.repository.push(PUSH))
        t.log(`one changed file: ${one.length}`)
        t.true(one.length <= 8, `one changed file, the ${round}th time: ${summary(one)}`)
      }
      await other.fetch(FETCH)
      const fetched = await server.requestsDuring(() => other.fetch(FETCH))
      t.deepEqual(
        fetched.map(({ operation }) => operation),
        // The refs, and the index root: it names what was purged, which changes no ref.
        ['ListObjectsV2', 'GetObject', 'GetObject'],
        `a fetch of nothing: ${summary(fetched)}`,
      )
      t.deepEqual((await other.fsck({ deep: true })).problems, [])
    },
  )

  test.serial('what a dry run of a push tells is what the push then moves', async (t) => {
    t.timeout(300_000)
    const made = await repository(t)
    const big = new Map(Array.from({ length: 40 }, (_, i) => [`big${i}`, randomBytes(500_000)]))
    await commitFiles(made, big, { packBytes: 9_000_000 })
    for (let round = 1; round <= 5; round++) {
      let told = { requests: 0, sent: 0 }
      const rehearsing = await server.requestsDuring(async () => {
        told = (await made.repository.push({ ...PUSH, dryRun: true })).dryRun!
      })
      t.deepEqual(
        rehearsing.filter(({ operation }) => /Put|Delete/.test(operation)),
        [],
        'it writes nothing',
      )
      const moved = await server.requestsDuring(() => made.repository.push(PUSH))
      t.is(moved.length, told.requests, summary(moved))
      t.is(await sizeOf(moved), told.sent, `round ${round}`)
      t.log(`round ${round}: ${told.requests} requests, ${told.sent} bytes, as told`)
      await commitFiles(made, smallFiles(round * 2000, round * 2000 + 500), { round })
    }

    async function sizeOf(moved: readonly LoggedRequest[]): Promise<number> {
      const put = moved.filter(({ operation, status }) => operation === 'PutObject' && status === 200)
      return put.reduce((sum, { bytes }) => sum + bytes, 0)
    }
  })

  test.serial('ls of a directory among a million entries reads five nodes at most', async (t) => {
    t.timeout(300_000)
    const made = await repository(t)
    const { url } = (await made.repository.remotes())[0]!
    await makeLargeManifest(path.join(made.root, '../large'), { files: 1_000_000, copies: 10 })
    const large = await made.openAt('../large')
    await large.addRemote({ name: 'origin', url, settings: server.settings })
    await large.push(PUSH)
    // The server counts requests; of what it sends only a proxy does.
    const proxy = await startFaultProxy({ upstream: server.endpoint })
    t.teardown(() => proxy.close())
    await made.repository.addRemote({ name: 'counted', url, settings: { endpoint: proxy.endpoint } })
    const operands = ['counted@main:data/part-000500']
    let found = 0
    const asked = await server.requestsDuring(async () => {
      found = (await collect(made.repository.ls({ operands, recursive: false }))).length
    })
    t.is(found, 1000)
    const { requests, received } = proxy.traffic()
    t.is(asked.length, requests)
    t.log(`${requests} requests, ${received} bytes`)
    t.true(requests <= 12, summary(asked))
    t.true(received <= 5 * NODE_BYTES, `${received} bytes`)
  })

  async function repository(t: ExecutionContext): Promise<TestRepository> {
    const made = await testRepository(t, undefined, { env: server.env })
    const { settings } = server
    await made.repository.addRemote({ name: 'origin', url: server.newAddress(), settings })
    return made
  }
})

function summary(requests: readonly LoggedRequest[]): string {
  return [`${requests.length} requests`, ...requests.map(({ operation, key }) => `${operation} ${key}`)].join(
    '\n',
  )
}

function smallFiles(from: number, to: number): Map<string, Buffer> {
  const bytes = randomBytes((to - from) * FILE_BYTES)
  const name = (i: number) => `d${Math.floor(i / 1000)}/f${i}`.padEnd(10)
  return new Map(
    Array.from({ length: to - from }, (_, i) => [
      name(from + i),
      bytes.subarray(i * FILE_BYTES, (i + 1) * FILE_BYTES),
    ]),
  )
}
