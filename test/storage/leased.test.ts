import test from 'ava'
import {
  forward,
  memoryStorage,
  overNetwork,
  retrying,
  type Storage,
  versioned,
} from '../../src/storage/index.js'
import { leased } from '../../src/storage/leased.js'
import { probeConditions, probeServer } from '../../src/storage/probe.js'
import { increment, storageContract } from '../compliance/storage.js'
import { randomOf } from '../servers/fault-passage.js'
import { unreliable } from './unreliable.js'

/** A server that takes conditions and ignores them; it tells when objects were put, by a clock of its own. */
function careless(clock = () => Date.now()): Storage {
  const inner = memoryStorage()
  const times = new Map<string, number>()
  return {
    ...forward(inner),
    async put(name, bytes) {
      await inner.delete(name)
      await inner.put(name, bytes)
      times.set(name, clock())
    },
    async *list(prefix) {
      for await (const one of inner.list(prefix)) yield { ...one, modified: times.get(one.name)! }
    },
    async compareAndSwap(name, _expected, bytes) {
      await new Promise(setImmediate)
      const now = await inner.read(name)
      return await inner.compareAndSwap(name, now?.version, bytes)
    },
  }
}

const quick = { pollMs: 1 }

for (const { title, check } of storageContract.filter(
  (one) => one.title !== 'put() twice keeps the first bytes',
)) {
  test(`leases: ${title}`, async (t) => {
    await t.notThrowsAsync(check(versioned(leased(careless(), quick))))
  })
}

test('without leases a careless server loses increments, with them none', async (t) => {
  for (const [wrap, kept] of [
    [(one: Storage) => one, false],
    [(one: Storage) => leased(one, quick), true],
  ] as const) {
    // prettier-ignore
    const server = careless()
    await Promise.all(Array.from({ length: 6 }, () => increment(versioned(wrap(server)), 'refs/counter', 5)))
    const value = String((await versioned(server).read('refs/counter'))?.bytes)
    t.is(value === '30', kept, value)
  }
})

test('of two who make a store on a careless server the first stays', async (t) => {
  const server = careless()
  const stores = ['a', 'b', 'c'].map((who) => leased(server, quick).put('dv.json', Buffer.from(who)))
  await Promise.all(stores)
  const first = String(await server.get('dv.json'))
  await leased(server, quick).put('dv.json', Buffer.from('late'))
  t.is(String(await server.get('dv.json')), first)
})

test('a claim whose owner died counts until it expires by the server’s clock, and no longer', async (t) => {
  let time = 0
  const server = careless(() => time)
  await server.put(`leases/refs/r/${'0'.repeat(32)}`, Buffer.alloc(0))
  const swap = (patienceMs: number) =>
    leased(server, { ...quick, patienceMs }).compareAndSwap('refs/r', undefined, Buffer.from('x'))
  time = 60_000
  await t.throwsAsync(swap(30), { code: 'DV_LOCKED' })
  time = 60_001
  t.truthy(await swap(30))
  const left: string[] = []
  for await (const { name } of server.list('leases/')) left.push(name)
  t.deepEqual(left, [])
})

test('a claim stays when it cannot be known whether its write will still arrive', async (t) => {
  const server = careless()
  const { line } = unreliable(server, { random: () => 0.5, share: 1 })
  const storage: Storage = { ...server, compareAndSwap: (...args) => line.compareAndSwap(...args) }
  await t.throwsAsync(leased(storage, quick).compareAndSwap('refs/r', undefined, Buffer.from('x')))
  const waiting = leased(server, { ...quick, patienceMs: 20, holdMs: 50 }).compareAndSwap(
    'refs/r',
    undefined,
    Buffer.from('y'),
  )
  await t.throwsAsync(waiting, { code: 'DV_LOCKED' })
})

test('a server whose listings lag is refused', async (t) => {
  const server = careless()
  const lagging: Storage = { ...server, async *list() {} }
  await t.throwsAsync(leased(lagging, quick).compareAndSwap('refs/r', undefined, Buffer.from('x')), {
    code: 'DV_NO_CONDITIONAL_WRITES',
  })
})

test('a probe tells what a server does, and leaves nothing', async (t) => {
  const sound = memoryStorage()
  t.true(await probeConditions(sound))
  t.deepEqual(
    (await probeServer(sound, () => 0)).filter(({ ok }) => !ok),
    [],
  )
  const server = careless(() => 100_000)
  t.false(await probeConditions(server))
  const found = Object.fromEntries(
    (await probeServer(server, () => 0)).map(({ check, ...rest }) => [check, rest]),
  )
  t.deepEqual(found['conditional-create'], { ok: false, found: 'ignored' })
  t.deepEqual(found['conditional-replace'], { ok: false, found: 'ignored' })
  t.deepEqual(found['ranges'], { ok: true, found: 'served' })
  t.deepEqual(found['clock'], { ok: true, found: '100 s ahead' })
  const left: string[] = []
  for await (const { name } of server.list('')) left.push(name)
  t.deepEqual(left, [])
})

test('a probe sees writers that both win, and listings that lag', async (t) => {
  const inner = memoryStorage()
  const racy: Storage = {
    ...forward(inner),
    async compareAndSwap(name, expected, bytes) {
      if ((await inner.read(name))?.version !== expected) return undefined
      await new Promise(setImmediate)
      return await inner.compareAndSwap(name, (await inner.read(name))?.version, bytes)
    },
    async *list() {},
  }
  const bad = (await probeServer(racy, () => 0)).filter(({ ok }) => !ok).map(({ check }) => check)
  t.deepEqual(bad, ['conditional-race', 'list-after-write'])
})

test('over a bad line leases hold', async (t) => {
  const server = careless()
  const { line } = unreliable(server, { random: randomOf(7), share: 0.1 })
  // What is late stays underway for as long as a claim lasts: here nothing is.
  const punctual: Storage = { ...line, compareAndSwap: server.compareAndSwap }
  const patient = { attempts: 30, firstMs: 0, longestMs: 1 }
  // A claim that is put late, when it was withdrawn already, stays until it expires: here soon.
  const brief = { ...quick, holdMs: 100, expiryMs: 400 }
  const writer = () => versioned(leased(retrying(punctual, patient), brief), patient)
  await Promise.all(Array.from({ length: 4 }, () => increment(writer(), 'refs/counter', 5)))
  t.is(String((await overNetwork(server).read('refs/counter'))?.bytes), '20')
})
