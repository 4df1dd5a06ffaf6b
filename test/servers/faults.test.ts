// Push, fetch and clone over a bad line to a real server: each ends right, without an error. Both stores are sound after
// every step, and nothing that was acknowledged is lost.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import type { CloneOptions, FetchOptions, PushOptions } from '../../src/api/index.js'
import { openStorage, parseLocation, type Storage } from '../../src/storage/index.js'
import { checkBucket } from '../helpers/check-bucket.js'
import { testRepository, type TestRepository } from '../helpers/repository.js'
import { type Fault, startFaultProxy } from './fault-proxy.js'
import { randomOf } from './fault-passage.js'
import { forServer, type RunningServer, startServer } from './index.js'
import { ACCESS_KEY, SECRET_KEY } from './s3-server.js'

const PUSH: PushOptions = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }
const FETCH: FetchOptions = { all: false, prune: false, tags: true }
const CLONE: Omit<CloneOptions, 'url'> = { sparse: [], checkout: true }

/** Lines, by what they do to what share of requests. */
const LINES: Record<string, Partial<Record<Fault, number>>> = {
  'refuses 30 % of requests': { busy: 0.3 },
  'breaks connections before, in and after requests': {
    reset: 0.06,
    'reset-upload': 0.06,
    'reset-download': 0.06,
    'lose-answer': 0.06,
  },
  'carries out requests late': { late: 0.1, 'lose-answer': 0.1 },
  'falls silent': { stall: 0.03, 'stall-upload': 0.03, 'stall-download': 0.03 },
  'flips bits of uploads': { 'flip-upload': 0.15 },
  'lists old and twice': { 'stale-list': 0.4, 'duplicate-list': 0.4 },
  'cuts bodies short': { truncate: 0.3 },
  'flips bits of downloads': { 'flip-download': 0.3 },
}

forServer('versitygw', (program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  for (const [i, [title, faults]] of Object.entries(LINES).entries()) {
    test.serial(`a line that ${title}: pushed, fetched and cloned all the same`, async (t) => {
      const { proxy, made, address, settings } = await begin(t, { seed: i + 1 })
      async function over<T>(work: () => Promise<T>): Promise<T> {
        proxy.faults = faults
        try {
          return await work()
        } finally {
          proxy.faults = {}
          await proxy.settled()
        }
      }
      await over(() => made.repository.push(PUSH))
      await checkBucket(t, server, address)
      const { directory } = await over(() =>
        made.apiAt('..').clone({ ...CLONE, url: address, settings, directory: 'other' }),
      )
      const other = await made.openAt('../other')
      for (let round = 0; round < 2; round++) {
        made.write({ [`new-${round}.bin`]: noise(round + 10, 40_000), 'a.txt': `round ${round}\n` })
        await made.commit(`Round ${round}`)
        await over(() => made.repository.push(PUSH))
        await over(() => other.fetch(FETCH))
        const upstream = { ahead: 0, behind: round + 1 }
        t.like(await other.status({ all: false, paths: [], rehash: false }), { upstream })
        await checkBucket(t, server, address)
        t.deepEqual((await other.fsck({ deep: true })).problems, [])
      }
      t.deepEqual(fs.readFileSync(path.join(directory, 'big.bin')), Buffer.from(noise(1, 3_000_000)))
      t.deepEqual((await made.repository.fsck({ deep: true })).problems, [])
      const met = proxy.seen.filter(({ fault }) => fault !== undefined).length
      t.true(met > 0, 'the line was good')
      t.log(`${server.kind} ${server.version}: ${met} of ${proxy.seen.length} requests`)
    })
  }

  test.serial(
    'a server that ignores conditions is noticed; writers take turns, or it is refused',
    async (t) => {
      const { made, settings, address, env, proxy } = await begin(t, { seed: 7, careless: true })
      const { writes, checks } = await made.repository.checkRemote('origin')
      t.is(writes, 'lease')
      const missing = checks.filter(({ ok, check }) => !ok && check !== 'clock')
      t.deepEqual(
        missing.map(({ check }) => check),
        ['conditional-create', 'conditional-replace', 'conditional-race'],
      )

      const strict = { name: 'strict', url: address, settings: { ...settings, writes: 'conditional' } }
      await made.repository.addRemote(strict)
      const refused = made.repository.push({ ...PUSH, remote: 'strict' })
      await t.throwsAsync(refused, { code: 'DV_NO_CONDITIONAL_WRITES' })
      await made.repository.push(PUSH)
      await checkBucket(t, server, address)

      const counters = ['-', 'lease'].map((writes) => start([address, proxy.endpoint, writes, '4'], env))
      t.deepEqual(await Promise.all(counters.map(({ ended }) => ended)), [0, 0])
      const racers = Array.from({ length: 4 }, () => start([address, proxy.endpoint, 'lease', '3'], env))
      t.deepEqual(await Promise.all(racers.map(({ ended }) => ended)), [0, 0, 0, 0])
      const storage = await openStorage(parseLocation(address), {
        settings: server.settings,
        env: server.env,
      })
      t.is(String((await storage.read('refs/heads/counter'))?.bytes), '20')
      t.deepEqual(await namesBelow(storage, 'leases/'), [])
      t.deepEqual(await namesBelow(storage, 'probe/'), [])
      storage.close()
    },
  )

  test.serial('a sound server passes the check', async (t) => {
    const { made, address } = await begin(t, { seed: 1 })
    const { writes, checks } = await made.repository.checkRemote('origin')
    t.is(writes, 'conditional')
    t.deepEqual(
      checks.filter(({ ok, check }) => !ok && check !== 'clock'),
      [],
    )
    t.log(checks.map(({ check, found }) => `${check}: ${found}`).join(', '))
    const storage = await openStorage(parseLocation(address), { settings: server.settings, env: server.env })
    t.deepEqual(await namesBelow(storage, ''), [])
    storage.close()
  })

  async function begin(t: ExecutionContext, options: { seed: number; careless?: true }) {
    const proxy = await startFaultProxy({
      upstream: server.endpoint,
      seed: options.seed,
      ...(options.careless && { ignoreConditions: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY } }),
    })
    t.teardown(() => proxy.close())
    const settings = { ...server.settings, endpoint: proxy.endpoint }
    const address = server.newAddress()
    const env = { ...server.env, DV_STALL_SECONDS: '2' }
    const files = { 'a.txt': 'a\n', 'd/b.txt': 'b\n', 'big.bin': noise(1, 3_000_000) }
    const made: TestRepository = await testRepository(t, files, { env })
    await made.repository.addRemote({ name: 'origin', url: address, settings })
    return { proxy, made, address, settings, env }
  }
})

const CHILD = fileURLToPath(new URL('bucket-increment-child.js', import.meta.url))

/** A process that adds to the counter. */
function start(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [CHILD, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  return { ended: new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1))) }
}

async function namesBelow(storage: Storage, prefix: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of storage.list(prefix)) names.push(name)
  return names
}

function noise(seed: number, length: number): Uint8Array {
  const random = randomOf(seed)
  return Uint8Array.from({ length }, () => Math.floor(random() * 256))
}
