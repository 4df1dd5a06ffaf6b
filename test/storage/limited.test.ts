import test from 'ava'
import fc from 'fast-check'
import { memoryStorage, retrying, type Storage, transient, versioned } from '../../src/storage/index.js'
import { ByteBudget } from '../../src/storage/budget.js'
import { limited } from '../../src/storage/limited.js'
import { Line } from '../../src/storage/line.js'
import { Patience, retry } from '../../src/storage/patience.js'
import { storageContract } from '../compliance/storage.js'

for (const { title, check } of storageContract) {
  test(`limited: ${title}`, async (t) => {
    const storage = limited(memoryStorage(), { line: new Line(), budget: new ByteBudget(10) })
    await t.notThrowsAsync(check(versioned(retrying(storage))))
  })
}

test('parts of a budget are never more than it, and all who wait get theirs in turn', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 20 }), { maxLength: 40 }), async (parts) => {
      const budget = new ByteBudget(12)
      let taken = 0
      const order: number[] = []
      const take = async (bytes: number, i: number) => {
        const giveBack = await budget.take(bytes)
        order.push(i)
        taken += Math.min(bytes, 12)
        t.true(taken <= 12)
        await new Promise(setImmediate)
        taken -= Math.min(bytes, 12)
        giveBack()
      }
      await Promise.all(parts.map(take))
      t.deepEqual(order, parts.map((_, i) => i)) // prettier-ignore
    }),
    { numRuns: 50 },
  )
})

/** Sends `count` requests over a line on which one takes `ms(underWay)` of a clock of its own. */
async function send(line: Line, count: number, answer: (underWay: number) => Promise<void>): Promise<number> {
  let underWay = 0
  let most = 0
  const one = () =>
    line.run(
      async () => {
        most = Math.max(most, ++underWay)
        await answer(underWay).finally(() => underWay--)
      },
      () => 1000,
    )
  await Promise.allSettled(Array.from({ length: count }, one))
  return most
}

test('a line that carries more takes more at once, up to a bound; one that does not stays', async (t) => {
  let clock = 0
  const wide = new Line(() => clock)
  // All that wait together take one tick: the more there are, the more a second.
  const together = async () => {
    await new Promise(setImmediate)
    clock += 1 / wide.window
  }
  t.is(await send(wide, 3000, together), wide.window)
  t.is(wide.window, 64)
  const narrow = new Line(() => clock)
  const inTurn = async () => {
    await new Promise(setImmediate)
    clock += 1
  }
  await send(narrow, 400, inTurn)
  t.true(narrow.window <= 16, `${narrow.window}`)
})

test('a server that asks for fewer gets half as many, once for all that were under way', async (t) => {
  const busy = transient('DV_UNAVAILABLE', 'Slow down', { slowDown: true })
  for (const error of [busy, transient('DV_TIMEOUT', 'Silence')]) {
    const line = new Line()
    await send(line, 8, () => Promise.reject(error))
    t.is(line.window, 4)
    await send(line, 4, () => Promise.reject(error))
    await send(line, 4, () => Promise.reject(error))
    t.true(line.window <= 2)
  }
  const line = new Line()
  await send(line, 8, () => Promise.reject(transient('DV_NETWORK', 'Broken')))
  t.is(line.window, 8)
})

test('waits grow, are random, and are no shorter than the server asks for', async (t) => {
  const waits: number[] = []
  const sleep = async (ms: number) => void waits.push(ms)
  const failing = (retryAfter?: number) => () =>
    Promise.reject(transient('DV_UNAVAILABLE', 'Busy', retryAfter === undefined ? {} : { retryAfter }))
  const options = { sleep, random: () => 0.5, firstMs: 100, longestMs: 1000 }
  await t.throwsAsync(retry(failing(), options), { code: 'DV_UNAVAILABLE', message: 'Busy; tried 10 times' })
  t.deepEqual(waits, [50, 100, 200, 400, 500, 500, 500, 500, 500])
  waits.splice(0)
  await t.throwsAsync(retry(failing(3000), { ...options, attempts: 3 }))
  t.deepEqual(waits, [3050, 3100])
  waits.splice(0)
  await t.throwsAsync(retry(failing(3000), { ...options, totalMs: 3000 }), { message: 'Busy' })
  t.deepEqual(waits, [], 'no time is left for what the server asks')
})

test('what cannot pass is not tried again, nor what was given up once, nor what is called off', async (t) => {
  let tries = 0
  const count = (error: unknown) => () => {
    tries++
    return Promise.reject(error)
  }
  const sleep = async () => {}
  await t.throwsAsync(retry(count(new Error('a bug')), { sleep }), { message: 'a bug' })
  t.is(tries, 1)
  const twice = () => retry(count(transient('DV_NETWORK', 'Broken')), { sleep, attempts: 3 })
  tries = 0
  await t.throwsAsync(retry(twice, { sleep }), { message: 'Broken; tried 3 times' })
  t.is(tries, 3)
  tries = 0
  const stop = new AbortController()
  const stopping = async () => stop.abort()
  await t.throwsAsync(
    retry(count(transient('DV_NETWORK', 'Broken')), { sleep: stopping, signal: stop.signal }),
  )
  t.is(tries, 1)
  tries = 0
  await t.throwsAsync(retry(count(transient('DV_NETWORK', 'No way', { notSent: true })), { sleep }))
  t.is(tries, 5, 'whoever has no network is told soon')
  tries = 0
  await t.throwsAsync(retry(count(transient('DV_TIMEOUT', 'Silence')), { sleep }))
  t.is(tries, 4, 'each takes half a minute')
  await t.throwsAsync(new Patience().after(transient('DV_NETWORK', 'x', { retryAfter: 1e9 })))
})

test('a listing that breaks off begins anew, and names each object once', async (t) => {
  const inner = memoryStorage()
  for (const name of ['packs/a', 'packs/b', 'packs/c']) await inner.put(name, Buffer.from(name))
  let breaks = 2
  const storage: Storage = {
    ...inner,
    async *list(prefix) {
      for await (const one of inner.list(prefix)) {
        yield one
        yield one
        if (one.name === 'packs/b' && breaks-- > 0) throw transient('DV_NETWORK', 'Broken')
      }
    },
  }
  const names: string[] = []
  for await (const { name } of retrying(storage, { sleep: async () => {} }).list('packs/')) names.push(name)
  t.deepEqual(names, ['packs/a', 'packs/b', 'packs/c'])
})
