// Transfers with a real server that are killed at random moments and begun again: both ends are whole at every moment, and
// no pack travels twice that had arrived. What is lost with a kill is one pack for each of four workers at most.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import type { Repository } from '../../src/api/index.js'
import { toHex } from '../../src/hash/index.js'
import { readRef } from '../../src/refs/index.js'
import { openDirectoryStorage } from '../../src/storage/index.js'
import { commitFiles } from '../helpers/commit-files.js'
import { CLONE, PUSH } from '../helpers/pushed.js'
import { testRepository } from '../helpers/repository.js'
import { type FaultProxy, startFaultProxy } from '../servers/fault-proxy.js'
import { forServer, type LoggedRequest, type RunningServer, startServer } from '../servers/index.js'

const KILLS = 3
const PACKS = 12
/** Large enough to travel as they are. */
const PACK_BYTES = 9_000_000
const FILE_BYTES = 500_000
const WORKERS = 4
/** What else travels: segments, nodes, headers of packs. */
const ELSE_BYTES = 500_000

forServer('versitygw', (program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  test.serial('a push that is killed again and again sends nothing again that had arrived', async (t) => {
    const { made, clone } = await unpushed(t, server)
    const log = path.join(server.folder, 'access.log')
    const push = () => start(['push', '-q'], made.root)
    const packsPut = async (work: () => Promise<unknown>) =>
      (await server.requestsDuring(work)).filter(isPackPut).map(({ key }) => path.basename(key))
    const arrived = new Set<string>()
    for (let kills = 0; PACKS - arrived.size > WORKERS && kills < KILLS; kills++) {
      const seen = packsIn(log)
      const until = seen + 1 + random(PACKS - arrived.size - WORKERS)
      const put = await packsPut(() => killWhen(push(), () => packsIn(log) >= until))
      t.deepEqual(known(put, arrived), [])
      for (const name of put) arrived.add(name)
      t.log(`killed with ${arrived.size} packs there`)
      t.deepEqual((await made.repository.fsck({ deep: true })).problems, [])
    }
    const put = await packsPut(() => made.repository.push({ ...PUSH, setUpstream: true }))
    t.deepEqual(known(put, arrived), [])
    t.true(arrived.size > 0)
    await clone()
    await isWhole(t, await made.openAt('../other'))
  })

  test.serial('a fetch that is killed again and again reads nothing again that is here', async (t) => {
    const proxy = await proxied(t)
    const { made, clone } = await unpushed(t, proxy, { small: 'here before' })
    await clone()
    await made.repository.push(PUSH)
    const other = await made.openAt('../other')
    const root = path.join(made.root, '../other')
    const before = await seenIn(root)
    await goOn(t, proxy, {
      ...{ words: ['fetch', '-q'], cwd: root, root },
      async check() {
        t.deepEqual((await other.fsck({ deep: true })).problems, [])
        t.is(await seenIn(root), before, 'nothing has moved')
      },
    })
    t.is(await seenIn(root), await seenIn(made.root))
    await isWhole(t, other)
  })

  test.serial('a clone that is killed again and again reads nothing again that is here', async (t) => {
    const proxy = await proxied(t)
    const { made, address } = await unpushed(t, proxy)
    await made.repository.push({ ...PUSH, setUpstream: true })
    const root = path.join(made.root, '../other')
    const words = ['clone', '-q', '--endpoint', proxy.endpoint, address, 'other']
    await goOn(t, proxy, { words, cwd: path.dirname(root), root })
    t.is(await seenIn(root), await seenIn(made.root))
    const other = await made.openAt('../other')
    await isWhole(t, other)
    t.true((await other.status({ all: true, paths: [], rehash: true })).clean)
  })

  async function proxied(t: ExecutionContext): Promise<FaultProxy> {
    const proxy = await startFaultProxy({ upstream: server.endpoint })
    t.teardown(() => proxy.close())
    return proxy
  }

  /** A repository with much that its remote lacks. */
  async function unpushed(
    t: ExecutionContext,
    { endpoint }: { endpoint: string },
    before?: Record<string, string>,
  ) {
    t.timeout(300_000)
    const made = await testRepository(t, before, { env: server.env })
    const [address, settings] = [server.newAddress(), { endpoint }]
    await made.repository.addRemote({ name: 'origin', url: address, settings })
    if (before) await made.repository.push({ ...PUSH, setUpstream: true })
    const count = (PACKS * PACK_BYTES) / FILE_BYTES
    const files = Array.from({ length: count }, (_, i) => [`f${i}`, randomBytes(FILE_BYTES)] as const)
    await commitFiles(made, new Map(files), { packBytes: PACK_BYTES })
    const clone = () => made.apiAt('..').clone({ ...CLONE, url: address, settings, directory: 'other' })
    return { made, address, clone }
  }

  interface GoOn {
    words: readonly string[]
    cwd: string
    /** The working directory that packs come into. */
    root: string
    /** Holds after each kill. */
    check?: () => Promise<void>
  }

  /** Kills dv at random moments, and lets it end at last. */
  async function goOn(t: ExecutionContext, proxy: FaultProxy, { words, cwd, root, check }: GoOn) {
    const packs = path.join(root, '.dv/store/packs')
    const received = () => proxy.traffic().received
    const readAgain = (here: ReadonlySet<string>) =>
      known(
        proxy.seen.filter(({ received: bytes }) => bytes > ELSE_BYTES).map((one) => path.basename(one.path)),
        here,
      )
    let here = new Set<string>()
    let kills = 0
    for (; PACKS - here.size > WORKERS && kills < KILLS; kills++) {
      proxy.forget()
      const until = here.size + random(PACKS - here.size - WORKERS)
      const isTime = () => received() > ELSE_BYTES && largeFiles(packs).size >= until
      await killWhen(start(words, cwd), isTime)
      await sleep(100)
      t.deepEqual(readAgain(here), [])
      const kept = largeFiles(packs)
      const lost = received() - (kept.size - here.size) * PACK_BYTES
      t.log(`killed with ${kept.size} packs here; of ${received()} bytes ${lost} were lost`)
      t.true(lost <= WORKERS * PACK_BYTES * 1.01 + ELSE_BYTES)
      here = kept
      await check?.()
    }
    t.true(kills > 0)
    proxy.forget()
    const [status] = (await start(words, cwd).ended) as [number]
    t.is(status, 0)
    t.deepEqual(readAgain(here), [])
  }

  function start(words: readonly string[], cwd: string) {
    const child = spawn(process.execPath, [path.resolve('bin/dv'), ...words], {
      cwd,
      env: { ...process.env, ...server.env, NODE_NO_WARNINGS: '1' },
      stdio: 'ignore',
    })
    return { child, ended: once(child, 'exit') }
  }
})

/** Ends a process without notice, a moment after it is time. */
async function killWhen(
  { child, ended }: { child: ChildProcess; ended: Promise<unknown> },
  isTime: () => boolean,
) {
  while (!isTime() && child.exitCode === null) await sleep(1)
  await sleep(random(50))
  child.kill('SIGKILL')
  await ended
}

/** A whole number from 0 to below `end`. */
function random(end: number): number {
  return Math.floor(Math.random() * end)
}

function packsIn(log: string): number {
  return fs
    .readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => /s3_PutObject \S+\/packs\//.test(line)).length
}

function isPackPut({ operation, key, status }: LoggedRequest): boolean {
  return operation === 'PutObject' && key.includes('/packs/') && status === 200
}

function known(names: readonly string[], among: ReadonlySet<string>): string[] {
  return names.filter((name) => among.has(name))
}

function largeFiles(folder: string): Set<string> {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : []
  return new Set(names.filter((name) => fs.statSync(path.join(folder, name)).size > PACK_BYTES / 2))
}

/** Where origin's main was seen last. */
async function seenIn(root: string): Promise<string> {
  const storage = openDirectoryStorage(path.join(root, '.dv/store'))
  const ref = await readRef(storage, 'refs/remotes/origin/main')
  storage.close()
  return toHex(ref!.value.target)
}

async function isWhole(t: ExecutionContext, repository: Repository): Promise<void> {
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
}
