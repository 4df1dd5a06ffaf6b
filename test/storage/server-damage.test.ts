import fc from 'fast-check'
import test from 'ava'
import { randomBytes } from 'node:crypto'
import { memoryStorage, versioned } from '../../src/storage/index.js'

const text = (value: { bytes: Uint8Array } | undefined) => value && Buffer.from(value.bytes).toString()

async function damagedValue(edit: (bytes: Buffer) => Buffer) {
  const server = memoryStorage()
  const storage = versioned(server)
  const first = await storage.compareAndSwap('refs/heads/main', undefined, Buffer.from('one'))
  await storage.compareAndSwap('refs/heads/main', first, Buffer.from('two'))
  const { bytes, version } = (await server.read('refs/heads/main'))!
  await server.compareAndSwap('refs/heads/main', version, edit(Buffer.from(bytes)))
  return { server, storage }
}

test('a value on a server with any one bit flipped is what it was after mending', async (t) => {
  const flips = fc.asyncProperty(fc.nat(), async (at) => {
    const { storage } = await damagedValue((bytes) => {
      bytes[at % bytes.length]! ^= 1 << (at & 7)
      return bytes
    })
    await t.throwsAsync(storage.read('refs/heads/main'), { code: 'DV_CORRUPT' })
    t.deepEqual(await storage.mendValue!('refs/heads/main'), { outcome: 'mended' })
    t.is(text(await storage.read('refs/heads/main')), 'two')
  })
  await fc.assert(flips, { numRuns: 60 })
})

test('a value that is lost is set to a guess, and the damaged one is kept', async (t) => {
  const noise = randomBytes(200)
  const { server, storage } = await damagedValue(() => noise)
  t.is(await storage.mendValue!('refs/heads/main'), undefined)
  const mended = await storage.mendValue!('refs/heads/main', Buffer.from('guess'))
  t.is(mended?.outcome, 'replaced')
  t.is(text(await storage.read('refs/heads/main')), 'guess')
  t.deepEqual(Buffer.from(await server.get(mended!.aside!)), noise)
})

test('a value that is whole, or not there, is left as it is', async (t) => {
  const { storage } = await damagedValue((bytes) => bytes)
  t.is(await storage.mendValue!('refs/heads/main', Buffer.from('guess')), undefined)
  t.is(text(await storage.read('refs/heads/main')), 'two')
  t.is(await storage.mendValue!('refs/heads/other', Buffer.from('guess')), undefined)
  t.is(await storage.read('refs/heads/other'), undefined)
})
