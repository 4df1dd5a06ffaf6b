// What commands cost, as a real server counts it, and what one that was killed costs again.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { FetchOptions, PushOptions } from '../../src/api/index.js'
import { comparePaths } from '../../src/base/index.js'
import { type CommitId, hashChunk } from '../../src/hash/index.js'
import { buildManifest, editManifest } from '../../src/manifest/index.js'
import { type FileEntry } from '../../src/objects/index.js'
import { readCommit } from '../../src/history/index.js'
import { readRef, updateRef } from '../../src/refs/index.js'
import { ObjectStore, StoreWriter } from '../../src/store/index.js'
import { testRepository, type TestRepository } from '../helpers/repository.js'
import { forServer, type LoggedRequest, type RunningServer, startServer } from '../servers/index.js'
import { commitBytes, publish } from '../transfer/world.js'

const PUSH: PushOptions = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }
const FETCH: FetchOptions = { all: false, prune: false, tags: true }
const FILES = 100_000
const FILE_BYTES = 1000

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
        ['ListObjectsV2', 'GetObject'],
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

  test.serial('a push that was killed does not send again what had arrived', async (t) => {
    t.timeout(300_000)
    const made = await repository(t)
    const files = new Map(Array.from({ length: 120 }, (_, i) => [`big${i}`, randomBytes(500_000)]))
    await commitFiles(made, files, { packBytes: 9_000_000 })
    const arrived = (await server.requestsDuring(() => killedPush(made))).filter(isPackPut)
    t.log(`killed after ${arrived.length} packs`)
    const again = (await server.requestsDuring(() => made.repository.push(PUSH))).filter(isPackPut)
    const names = new Set(arrived.map(({ key }) => key))
    t.deepEqual(
      again.filter(({ key }) => names.has(key)),
      [],
      'nothing that was there',
    )
    t.true(arrived.length > 0 && again.length > 0)
    const url = (await made.repository.remotes())[0]!.url
    const { settings } = server
    await made.apiAt('..').clone({ url, settings, directory: 'other', sparse: [], checkout: false })
    t.deepEqual((await (await made.openAt('../other')).fsck({ deep: true })).problems, [])
  })

  /** Ends the process without notice once the server has some packs, and before it has all. */
  async function killedPush(made: TestRepository): Promise<void> {
    const child = spawn(process.execPath, [path.resolve('bin/dv'), 'push', '-q'], {
      cwd: made.root,
      env: { ...process.env, ...server.env, NODE_NO_WARNINGS: '1' },
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    const log = path.join(server.folder, 'access.log')
    const before = packsIn(log)
    while (packsIn(log) < before + 2 && child.exitCode === null) await sleep(1)
    child.kill('SIGKILL')
    await ended
  }

  async function repository(t: ExecutionContext): Promise<TestRepository> {
    const made = await testRepository(t, undefined, { env: server.env })
    const { settings } = server
    await made.repository.addRemote({ name: 'origin', url: server.newAddress(), settings })
    return made
  }
})

function packsIn(log: string): number {
  return fs
    .readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => /s3_PutObject \S+\/packs\//.test(line)).length
}

function isPackPut({ operation, key, status }: LoggedRequest): boolean {
  return operation === 'PutObject' && key.includes('/packs/') && status === 200
}

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

/** Commits files on `main` without a working directory, which would take most of the time. */
async function commitFiles(
  made: TestRepository,
  files: ReadonlyMap<string, Buffer>,
  { packBytes, round = 0 }: { packBytes?: number; round?: number },
): Promise<void> {
  const { storage } = await made.internals()
  const store = new ObjectStore(storage)
  const data = new StoreWriter(store, { kind: 'data', ...(packBytes !== undefined && { packBytes }) })
  const nodes = new StoreWriter(store, { kind: 'node' })
  const edits: [string, FileEntry][] = []
  for (const [name, bytes] of [...files].sort(([a], [b]) => comparePaths(a, b))) {
    const content = hashChunk(bytes)
    await data.writeChunk(content, bytes)
    edits.push([name, { kind: 'file', size: bytes.length, content, recipe: { form: 'whole' } }])
  }
  const before = await readRef(storage, 'refs/heads/main')
  const parents: CommitId[] = before ? [before.value.target] : []
  const base = before && (await readCommit(store, before.value.target)).manifest
  const manifest = base ? await editManifest(nodes, base, edits) : await buildManifest(nodes, edits)
  const target = await nodes.writeObject(
    'commit',
    commitBytes(manifest, parents, `round ${round}`),
    parents[0],
  )
  await publish(store, [data, nodes])
  const next = { target, operation: 'test-1-00000000', updated: Date.now() }
  await updateRef(storage, 'refs/heads/main', { expected: before, next })
}
