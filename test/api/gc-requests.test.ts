// What the collection of a remote on a server costs, as the server counts it, and what is said of it beforehand.
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { GcOptions, GcPlan, PushOptions } from '../../src/api/index.js'
import { branchRef, readRef, updateRef } from '../../src/refs/index.js'
import { commitFiles } from '../helpers/commit-files.js'
import { noise } from '../helpers/noise.js'
import { testRepository, type TestRepository } from '../helpers/repository.js'
import { startFaultProxy } from '../servers/fault-proxy.js'
import { forServer, type LoggedRequest, type RunningServer, startServer } from '../servers/index.js'

const PUSH: PushOptions = { refs: [], all: false, tags: false, setUpstream: true, forceWithLease: false }
const DRY: GcOptions = { remote: 'origin', now: true, dryRun: true }
const NOW: GcOptions = { remote: 'origin', now: true, dryRun: false }
const MAIN = branchRef('main')
const FILES = 2000
const COMMITS = 12

forServer('versitygw', (program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  test.serial('looking for garbage takes few requests, which change nothing', async (t) => {
    const made = await withGarbage(t)
    const asked = await server.requestsDuring(() => made.repository.gc(DRY))
    t.deepEqual(asked.filter(changes), [])
    t.log(summary(asked))
    // The root, listings, refs, configuration, and the segments and nodes of twelve commits.
    t.true(asked.length <= 40, summary(asked))
  })

  test.serial('what goes is deleted with one request each, and little else is asked', async (t) => {
    const made = await withGarbage(t)
    let deleted = 0
    const asked = await server.requestsDuring(async () => {
      deleted = (await made.repository.gc(NOW)).deleted.packs
    })
    t.true(deleted > 0)
    const packs = asked.filter(({ operation, key }) => /Delete/.test(operation) && key.includes('/packs/'))
    t.is(packs.length, deleted, summary(packs))
    t.log(summary(asked))
    t.true(asked.length - deleted <= 110, summary(asked))
    t.deepEqual((await made.api.fsck({ deep: true, remote: 'origin' })).problems, [])
  })

  test.serial('a stranger is told how much of the index is read, and no more of it is', async (t) => {
    const made = await withGarbage(t)
    const url = (await made.repository.remotes())[0]!.url
    const proxy = await startFaultProxy({ upstream: server.endpoint })
    t.teardown(() => proxy.close())
    const stranger = await testRepository(t, undefined, { env: server.env })
    const settings = { ...server.settings, endpoint: proxy.endpoint }
    await stranger.repository.addRemote({ name: 'origin', url, settings })
    const plans: GcPlan[] = []
    let before = 0
    await stranger.repository.gc({
      ...DRY,
      onPlan(plan) {
        plans.push(plan)
        before = proxy.traffic().received
      },
    })
    t.is(plans.length, 1)
    const [plan] = plans
    t.is(plan!.read, plan!.index)
    t.true(plan!.objects > FILES, String(plan!.objects))
    t.true(before < plan!.index / 4, `it is told before it is read, after ${before} bytes`)
    t.log({ plan, before, received: proxy.traffic().received })

    // Who pushed it all has it at hand.
    const own: GcPlan[] = []
    await made.repository.gc({ ...DRY, onPlan: (one) => own.push(one) })
    t.is(own[0]!.index, plan!.index)
    t.true(own[0]!.read < plan!.index / 2, JSON.stringify(own[0]))
  })

  /** A remote with twelve commits of small files and one of a large file, on a branch that is deleted there. */
  async function withGarbage(t: ExecutionContext): Promise<TestRepository> {
    const made = await testRepository(t, undefined, { env: server.env })
    const { settings } = server
    await made.repository.addRemote({ name: 'origin', url: server.newAddress(), settings })
    await commitFiles(made, files('all', FILES), {})
    await made.repository.push(PUSH)
    for (let round = 1; round < COMMITS; round++) {
      await commitFiles(made, files(`round${round}`, 5), { round })
      await made.repository.push(PUSH)
    }
    const { storage } = await made.internals()
    const before = await readRef(storage, MAIN)
    await commitFiles(made, new Map([['large', noise(4_000_000, 7)]]), { round: COMMITS })
    await made.repository.push({ ...PUSH, refs: ['main:large'] })
    await updateRef(storage, MAIN, { expected: await readRef(storage, MAIN), next: before!.value })
    await made.repository.push({ ...PUSH, refs: [':large'] })
    return made
  }
})

function files(folder: string, count: number): Map<string, Buffer> {
  return new Map(
    Array.from({ length: count }, (_, i) => [path.posix.join(folder, `f${i}`), noise(1000, i + count)]),
  )
}

function changes({ operation }: LoggedRequest): boolean {
  return /Put|Delete|Copy|Upload/.test(operation)
}

function summary(requests: readonly LoggedRequest[]): string {
  const lines = requests.map(({ operation, key }) => `${operation} ${key}`)
  return [`${requests.length} requests`, ...lines].join('\n')
}
