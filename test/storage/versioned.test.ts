import test from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import { memoryStorage, retrying, type Storage, transient, versioned } from '../../src/storage/index.js'
import {
  decodeVersion,
  encodeVersion,
  followUp,
  nonceAt,
  type Version,
} from '../../src/storage/version-file.js'
import { storageContract } from '../compliance/storage.js'
import { randomOf } from '../servers/fault-passage.js'
import { etagServer, unreliable } from './unreliable.js'

const patient = { attempts: 60, firstMs: 0, longestMs: 0, sleep: () => new Promise<void>(setImmediate) }

for (const { title, check } of storageContract) {
  test(`version files: ${title}`, async (t) => {
    await t.notThrowsAsync(check(versioned(etagServer(memoryStorage()))))
  })
  test(`retries over a bad line: ${title}`, async (t) => {
    const random = randomOf(title.length)
    const { line } = unreliable(etagServer(memoryStorage()), { random, share: 0.2 })
    await t.notThrowsAsync(check(versioned(retrying(line, patient), patient)))
  })
}

test('of many writers over a bad line no acknowledged swap is lost, and none happens twice', async (t) => {
  const oneLine = fc.record({
    seed: fc.nat(),
    share: fc.constantFrom(0, 0.1, 0.3, 0.6),
    writers: fc.integer({ min: 1, max: 6 }),
    rounds: fc.integer({ min: 1, max: 12 }),
  })
  let uncertain = 0
  await fc.assert(
    fc.asyncProperty(oneLine, async ({ seed, share, writers, rounds }) => {
      const server = etagServer(memoryStorage())
      const random = randomOf(seed)
      const { line, flush } = unreliable(server, { random, share })
      const options = { ...patient, attempts: 12 }
      const said = await Promise.all(
        Array.from({ length: writers }, (_, i) =>
          append(versioned(retrying(line, options), options), `${i}`, rounds),
        ),
      )
      await flush()
      const kept = valueOf(await versioned(server).read('refs/r'))
      const all = said.flat()
      uncertain += all.filter(([, outcome]) => outcome === 'uncertain').length
      t.is(new Set(kept).size, kept.length, 'a swap happened twice')
      for (const [id, outcome] of all) {
        if (outcome === 'won') t.true(kept.includes(id), `${id} was acknowledged and is lost`)
        if (outcome === 'lost') t.false(kept.includes(id), `${id} was told it lost, and is there`)
      }
    }),
    { numRuns: 300 },
  )
  t.log(`${uncertain} swaps whose outcome nobody could tell`)
})

type Outcome = 'won' | 'lost' | 'uncertain'

/** Appends ids of its own to a list, one swap each, and says what it was told of each. */
async function append(storage: Storage, writer: string, rounds: number): Promise<[string, Outcome][]> {
  const said: [string, Outcome][] = []
  for (let round = 0; round < rounds; round++) {
    const id = `${writer}.${round}`
    try {
      const now = await storage.read('refs/r')
      const next = Buffer.from([...valueOf(now), id].join(' '))
      said.push([id, (await storage.compareAndSwap('refs/r', now?.version, next)) ? 'won' : 'lost'])
    } catch (error) {
      if (!isDvError(error)) throw error
      said.push([id, 'uncertain'])
    }
  }
  return said
}

function valueOf(found: { bytes: Uint8Array } | undefined): string[] {
  return String(found?.bytes ?? '').split(' ').filter((id) => id !== '') // prettier-ignore
}

test('a swap that nobody answers is DV_UNCERTAIN, one that never left is not', async (t) => {
  const server = memoryStorage()
  const deaf = (notSent: boolean): Storage => ({
    ...server,
    compareAndSwap: () => Promise.reject(transient('DV_NETWORK', 'No answer', { notSent })),
  })
  const swap = (storage: Storage) =>
    versioned(storage, patient).compareAndSwap('refs/r', undefined, Buffer.from('x'))
  await t.throwsAsync(swap(deaf(false)), { code: 'DV_UNCERTAIN', message: /cannot be told/ })
  await t.throwsAsync(swap(deaf(true)), { code: 'DV_NETWORK', message: /tried 5 times/ })
})

test('a swap that landed is found below as many versions as a version file remembers, and is uncertain below more', async (t) => {
  for (const [others, outcome] of [
    [13, 'won'],
    [14, 'DV_UNCERTAIN'],
  ] as const) {
    // prettier-ignore
    const server = etagServer(memoryStorage())
    let first = true
    const busy: Storage = {
      ...server,
      async compareAndSwap(name, expected, bytes) {
        const done = await server.compareAndSwap(name, expected, bytes)
        if (!first) return done
        first = false
        const other = versioned(server)
        for (let i = 0; i < others; i++) {
          await other.compareAndSwap(name, (await other.read(name))?.version, Buffer.from(`${i}`))
        }
        throw transient('DV_TIMEOUT', 'No answer')
      },
    }
    const swap = versioned(busy, patient).compareAndSwap('refs/r', undefined, Buffer.from('x'))
    t.is(await swap.then(() => 'won', (error) => error.code), outcome, `${others} others`) // prettier-ignore
  }
})

test('what is damaged on its way is read again; what stays damaged is DV_CORRUPT', async (t) => {
  const server = etagServer(memoryStorage())
  await versioned(server).compareAndSwap('refs/r', undefined, Buffer.from('value'))
  let damaged = 0
  const line: Storage = {
    ...server,
    async read(name) {
      const found = await server.read(name)
      if (found && damaged-- > 0) found.bytes[70]! ^= 1
      return found
    },
  }
  damaged = 2
  t.is(String((await versioned(line).read('refs/r'))?.bytes), 'value')
  damaged = Infinity
  t.is((await t.throwsAsync(versioned(line).read('refs/r'))).message.slice(0, 20), "'refs/r' is damaged:")
  t.deepEqual(await versioned(line).listMutable('refs/'), ['refs/r'])
})

test('a version on a server remembers thirteen before it, and its header stays within its cap', (t) => {
  const versions: Version[] = []
  for (let i = 0; i < 30; i++) {
    versions.push(followUp(versions.at(-1), i.toString(16).padStart(32, 'a'), Buffer.from('x')))
  }
  const last = { ...versions.at(-1)!, n: 999_999_999_999_999 }
  t.deepEqual(decodeVersion(encodeVersion(last), 'it'), last)
  const newest = versions.at(-1)!
  for (const { n, nonce } of versions) {
    const known = nonceAt(newest, n)
    if (n >= newest.n - 13) t.true(known !== undefined && nonce.startsWith(known), `${n}`)
    else t.is(known, undefined, `${n}`)
  }
})
