// dv fsck and dv repair of a remote, on real servers: what is damaged there is found, and put right from there, from the
// repository around and from other remotes.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { INDEX_ROOT_KEY } from '../../src/index/index.js'
import { openServer, openStorage, parseLocation, type Storage } from '../../src/storage/index.js'
import { checkBucket } from '../helpers/check-bucket.js'
import { FULL_STORE_CHUNKS, fillStore } from '../helpers/full-store.js'
import { CLONE } from '../helpers/pushed.js'
import { testRepository, type TestRepository } from '../helpers/repository.js'
import { forServer, type RunningServer, startServer } from '../servers/index.js'

const PUSH = { all: true, tags: true, setUpstream: true, forceWithLease: false, refs: [], remote: 'origin' }
const DEEP = { deep: true, remote: 'origin' }
const REPAIR = { dryRun: false, remote: 'origin' }

type Damage = (storage: Storage) => Promise<void>

async function namesOf(storage: Storage, prefix: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of storage.list(prefix)) names.push(name)
  return names.sort()
}

async function change(storage: Storage, name: string, edit: (bytes: Buffer) => Buffer): Promise<void> {
  const bytes = Buffer.from(await storage.get(name))
  await storage.delete(name)
  await storage.put(name, edit(bytes))
}

/** What the packs there make good by themselves. */
const THERE: Record<string, Damage> = {
  'the index root is gone': async (storage) => {
    const { version } = (await storage.read(INDEX_ROOT_KEY))!
    await storage.compareAndSwap(INDEX_ROOT_KEY, version, undefined)
  },
  'every pack lost its end': async (storage) => {
    for (const name of await namesOf(storage, 'packs/'))
      await change(storage, name, (bytes) => bytes.subarray(0, bytes.length - 40))
  },
}

/** What only others can make good. */
const ELSEWHERE: Record<string, Damage> = {
  'the packs are gone': async (storage) => {
    for (const name of await namesOf(storage, 'packs/')) await storage.delete(name)
  },
  'every pack has a hole': async (storage) => {
    for (const name of await namesOf(storage, 'packs/'))
      await change(storage, name, (bytes) => bytes.fill(0, bytes.length >> 2, (bytes.length >> 2) + 20))
  },
}

forServer('versitygw', (program) => {
  let server: RunningServer
  test.before(async () => void (server = await startServer(program)))
  test.after.always(() => server.stop())

  /** A repository with everything in it, and a bucket with the same. */
  async function pushed(t: ExecutionContext) {
    const made = await testRepository(t, undefined, { env: server.env, chunkSize: FULL_STORE_CHUNKS })
    await fillStore(made)
    const url = server.newAddress()
    await made.repository.addRemote({ name: 'origin', url, settings: server.settings })
    await made.repository.push(PUSH)
    const { settings, env } = server
    const storage = await openStorage(parseLocation(url), { settings, env })
    t.teardown(() => storage.close())
    return { made, url, storage }
  }

  async function isWhole(t: ExecutionContext, made: TestRepository, url: string) {
    await checkBucket(t, server, url)
    const { settings } = server
    await made.apiAt('..').clone({ ...CLONE, url, settings, directory: 'clone' })
    const clone = path.join(made.root, '../clone')
    for (const name of made.list())
      t.true(
        fs.readFileSync(path.join(clone, name)).equals(fs.readFileSync(path.join(made.root, name))),
        name,
      )
  }

  for (const [what, damage] of Object.entries(THERE)) {
    test(`${program.kind}: ${what}: the packs of the bucket alone are enough`, async (t) => {
      const { made, url, storage } = await pushed(t)
      await damage(storage)
      t.true((await made.api.fsck({ deep: false, remote: 'origin' })).problems.length > 0)
      const nobody = path.join(made.root, '../nobody')
      await made.apiAt('..').init({ directory: nobody })
      const told = await made.apiAt('.').repair({ ...REPAIR, from: nobody })
      t.deepEqual(told.problems, [])
      t.true(told.index.rebuilt || told.index.salvaged > 0)
      t.like(told.remote, { name: 'origin', url })
      t.true(told.brought.every(({ remote }) => remote === undefined))
      await isWhole(t, made, url)
    })
  }

  for (const [what, damage] of Object.entries(ELSEWHERE)) {
    test(`${program.kind}: ${what}: this repository makes it good`, async (t) => {
      const { made, url, storage } = await pushed(t)
      await damage(storage)
      const before = await made.api.fsck(DEEP)
      t.true(before.problems.length > 0)
      t.true((await made.api.fsck({ deep: false, sample: 1, remote: 'origin' })).problems.length > 0)
      const names = await namesOf(storage, '')
      const dry = await made.api.repair({ ...REPAIR, dryRun: true })
      t.deepEqual([dry.problems, dry.found > 0], [[], true])
      t.deepEqual(await namesOf(storage, ''), names)
      const told = await made.api.repair(REPAIR)
      t.deepEqual(told.problems, [])
      t.true(told.brought.some(({ remote }) => remote === made.root))
      for (const aside of told.aside) t.true((await storage.size(aside))! > 0)
      await isWhole(t, made, url)
      t.deepEqual((await made.api.fsck({ deep: true })).problems, [])
    })
  }

  test(`${program.kind}: another remote has what is lost everywhere else; from nowhere it is named, file by file`, async (t) => {
    const { made, url, storage } = await pushed(t)
    await made.repository.addRemote({ name: 'copy', url: '../copy' })
    await made.repository.push({ ...PUSH, remote: 'copy' })
    for (const name of await namesOf(storage, 'packs/')) await storage.delete(name)
    const nobody = path.join(made.root, '../nobody')
    await made.apiAt('..').init({ directory: nobody })
    const { problems } = await made.api.repair({ ...REPAIR, from: nobody })
    t.true(
      problems.some(({ reaches }) => reaches.length > 0) ||
        problems.some(({ object }) => object === 'commit'),
    )
    const told = await made.api.repair({ ...REPAIR, from: 'copy' })
    t.deepEqual(told.problems, [])
    t.deepEqual([...new Set(told.brought.map(({ remote }) => remote))], ['copy'])
    await isWhole(t, made, url)
  })

  test(`${program.kind}: values with a flipped bit are mended, and an index root that is no longer one is made anew`, async (t) => {
    const { made, url } = await pushed(t)
    const { settings, env } = server
    const raw = await openServer(parseLocation(url) as never, { settings, env })
    t.teardown(() => raw.close())
    const damage = async (name: string, edit: (bytes: Buffer) => Buffer) => {
      const { bytes, version } = (await raw.read(name))!
      t.truthy(await raw.compareAndSwap(name, version, edit(Buffer.from(bytes))))
    }
    const flip = (bytes: Buffer) => (bytes.writeUInt8(bytes[20]! ^ 4, 20), bytes)
    await damage('refs/heads/main', flip)
    await damage('refs/tags/v1', flip)
    await damage(INDEX_ROOT_KEY, (bytes) => bytes.fill(0x20, 10, 90))
    t.true((await made.api.fsck(DEEP)).problems.length > 0)
    const { problems, records, index } = await made.api.repair(REPAIR)
    t.deepEqual(problems, [])
    t.true(index.rebuilt)
    t.deepEqual(
      records.map(({ name, outcome }) => [name, outcome]),
      [
        ['refs/heads/main', 'mended'],
        ['refs/tags/v1', 'mended'],
      ],
    )
    t.true((await namesOf(raw, 'damaged/index/')).length > 0)
    await isWhole(t, made, url)
  })

  test(`${program.kind}: of a bucket that is whole nothing is changed, and samples read all of it`, async (t) => {
    const { made, storage } = await pushed(t)
    const names = await namesOf(storage, '')
    t.deepEqual((await made.api.fsck({ deep: false, sample: 0.3, remote: 'origin' })).problems, [])
    t.like(await made.api.repair(REPAIR), { found: 0, problems: [], aside: [], brought: [] })
    t.deepEqual(await namesOf(storage, ''), names)
  })
})
