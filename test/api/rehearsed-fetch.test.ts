// What --dry-run of a fetch, pull and clone tells is what the command then moves, as a real server counts it.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { CloneOptions, PlannedTraffic, PushOptions } from '../../src/api/index.js'
import { testRepository, type TestRepository } from '../helpers/repository.js'
import { type FaultProxy, type ProxiedRequest, startFaultProxy } from '../servers/fault-proxy.js'
import { forServer, type RunningServer, startServer } from '../servers/index.js'

const PUSH: PushOptions = { refs: [], all: false, tags: true, setUpstream: true, forceWithLease: false }
const PULL = { fastForward: 'allowed' as const }
const FETCH = { all: false, prune: false, tags: true }

forServer('versitygw', (program) => {
  let server: RunningServer
  /** A good line, on which bytes are counted. */
  let line: FaultProxy
  test.before(async () => {
    server = await startServer(program)
    line = await startFaultProxy({ upstream: server.endpoint })
  })
  test.after.always(async () => {
    await line.close()
    await server.stop()
  })

  test.serial('a clone', async (t) => {
    t.timeout(120_000)
    const { made, clone } = await published(t)
    await changeAndPush(made, 1)
    const temporary = () => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('dv-clone-'))
    const before = temporary()
    const kinds: [string, Partial<CloneOptions>][] = [
      ['whole', {}],
      ['history', { checkout: false }],
      ['shallow', { depth: 1 }],
      ['lazy', { lazy: true }],
      ['some', { lazy: true, sparse: ['small/**', 'big1'] }],
    ]
    for (const [directory, options] of kinds) {
      const told = await tellsTruth(t, directory, (dryRun) => clone(directory, { ...options, dryRun }))
      if (directory === 'lazy') t.true(told.received < 1_000_000, 'no data')
      t.deepEqual((await (await made.openAt(`../${directory}`)).fsck({ deep: true })).problems, [])
    }
    t.deepEqual(temporary(), before)
    const again = clone('whole', { dryRun: true })
    await t.throwsAsync(again, { code: 'DV_ALREADY_EXISTS' })
  })

  test.serial('a fetch and a pull', async (t) => {
    t.timeout(120_000)
    const { made, clone } = await published(t)
    await clone('other', {})
    const other = await made.openAt('../other')
    for (let round = 1; round <= 6; round++) {
      await changeAndPush(made, round)
      const work = (dryRun: boolean) =>
        round % 2 === 1
          ? other.fetch({ ...FETCH, dryRun }).then(([result]) => result!)
          : other.pull({ ...PULL, dryRun }).then(({ fetch }) => fetch)
      const store = path.join(made.root, '../other/.dv/store')
      const before = filesIn(store)
      await tellsTruth(t, `round ${round}`, async (dryRun) => {
        const result = await work(dryRun)
        if (dryRun) t.deepEqual(filesIn(store), before, 'nothing was kept')
        return result
      })
    }
    await tellsTruth(t, 'nothing new', async (dryRun) => (await other.fetch({ ...FETCH, dryRun }))[0]!)
    t.deepEqual((await other.fsck({ deep: true })).problems, [])
  })

  /** Runs it twice and holds what the server saw against what the first run told. */
  async function tellsTruth(
    t: ExecutionContext,
    what: string,
    work: (dryRun: boolean) => Promise<{ dryRun?: PlannedTraffic }>,
  ): Promise<PlannedTraffic> {
    line.forget()
    const { dryRun: told } = await work(true)
    t.false(line.seen.some(isChange), 'it writes nothing there')
    const came = bytesOf(line.seen)
    line.forget()
    await work(false)
    const moved = { requests: line.seen.length, sent: 0, received: bytesOf(line.seen) }
    t.deepEqual(moved, told!, `${what}: ${summary(line.seen)}`)
    t.log(
      `${what}: ${moved.requests} requests, ${moved.received} bytes, as told; telling it took ${came} bytes`,
    )
    return told!
  }

  /** Chunks of all sizes: whole packs, runs of blocks, recipes. */
  async function published(t: ExecutionContext) {
    const made = await testRepository(t, undefined, { env: server.env })
    const settings = { ...server.settings, endpoint: line.endpoint }
    const url = server.newAddress()
    await made.repository.addRemote({ name: 'origin', url, settings })
    for (let i = 0; i < 3; i++) made.write({ [`big${i}`]: randomBytes(6_000_000) })
    for (let i = 0; i < 300; i++) made.write({ [`small/f${i}`]: randomBytes(700) })
    await made.commit('First')
    await made.repository.push(PUSH)
    const clone = (directory: string, options: Partial<CloneOptions>) =>
      made.apiAt('..').clone({ url, settings, directory, sparse: [], checkout: true, ...options })
    return { made, clone }
  }
})

/** Some small files, a part of a large one, text that becomes a delta, and a tag. */
async function changeAndPush(made: TestRepository, round: number): Promise<void> {
  const big = fs.readFileSync(path.join(made.root, 'big1'))
  randomBytes(50_000).copy(big, 1_000_000 * round)
  const lines = Array.from(
    { length: 4000 },
    (_, i) => `line ${i} ${i % 97 === round ? round : 'as ever'} ${i * i}`,
  )
  made.write({
    big1: big,
    [`new${round}`]: randomBytes(round === 3 ? 9_000_000 : 300_000),
    'text.csv': lines.join('\n'),
  })
  for (let i = 0; i < 20; i++) made.write({ [`small/f${i * round}`]: randomBytes(900) })
  await made.commit(`Round ${round}`)
  await made.repository.createTag({ name: `v${round}`, message: `Version ${round}`, force: false })
  await made.repository.push(PUSH)
}

function filesIn(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
}

function isChange({ method }: ProxiedRequest): boolean {
  return method !== 'GET' && method !== 'HEAD'
}

/** Of objects; listings are not counted. */
function bytesOf(seen: readonly ProxiedRequest[]): number {
  return seen
    .filter(({ query, status }) => !query.includes('list-type') && status < 300)
    .reduce((sum, { received }) => sum + received, 0)
}

function summary(seen: readonly ProxiedRequest[]): string {
  return seen.map(({ method, path, received }) => `\n${method} ${path} ${received}`).join('')
}
