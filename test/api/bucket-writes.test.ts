// Changes that go straight to a bucket of a real server: lines without a clone, a commit whose data is not kept here.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { checkStore } from '../../src/maintenance/index.js'
import { openStorage, parseLocation } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { collect, NO_COMMIT_OPTIONS, testRepository, type TestRepository } from '../helpers/repository.js'
import { forEachServer, type RunningServer, startServer } from '../servers/index.js'

const PULL = { remote: 'origin', fastForward: 'only' } as const
const CLONE = { sparse: [], checkout: true }

async function* linesOf(lines: readonly object[]): AsyncGenerator<Uint8Array> {
  for (const line of lines) yield Buffer.from(`${JSON.stringify(line)}\n`)
}

function apply({ api }: TestRepository, lines: readonly object[]) {
  const fixed = { target: 'origin@main', message: 'Lines', create: false, dryRun: false }
  return api.apply({ ...fixed, input: linesOf(lines) })
}

forEachServer((program) => {
  let server: RunningServer
  test.before(async (t) => {
    server = await startServer(program)
    t.log(`${server.kind} ${server.version}`)
  })
  test.after.always(() => server.stop())

  async function world(t: ExecutionContext) {
    const address = server.newAddress()
    const made = await testRepository(t, undefined, { env: server.env })
    await made.repository.addRemote({ name: 'origin', url: address, settings: server.settings })
    return { made, address }
  }

  async function checkBucket(t: ExecutionContext, address: string) {
    const { settings, env } = server
    const storage = await openStorage(parseLocation(address), { settings, env, readOnly: true })
    t.teardown(() => storage.close())
    t.deepEqual((await checkStore(new ObjectStore(storage), { deep: true })).problems, [])
  }

  test(`${program.kind}: a commit goes straight to a bucket, and checks out elsewhere`, async (t) => {
    const { made, address } = await world(t)
    const big = Buffer.alloc(60_000_000)
    for (let at = 0; at < big.length; at += 4) big.writeUInt32LE(Math.imul(at + 1, 2654435761) >>> 0, at)
    made.write({ big, 'd/small': 'small' })
    const { pushed } = await made.repository.commit({ ...NO_COMMIT_OPTIONS, message: 'All', to: 'origin' })
    t.is(pushed!.updates[0]!.outcome, 'new')
    const kept = fs.readdirSync(path.join(made.repository.store, 'packs'))
    t.is(kept.length, 1, 'the pack of nodes')
    await checkBucket(t, address)
    const { settings } = server
    await made.apiAt('..').clone({ ...CLONE, url: address, settings, directory: 'other' })
    t.true(fs.readFileSync(path.join(made.root, '../other/big')).equals(big))
  })

  test(`${program.kind}: metadata becomes commits of a bucket, by hand and from tables, also of many at once`, async (t) => {
    const { made, address } = await world(t)
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    made.write(Object.fromEntries(names.map((name) => [`in/${name}`, name])))
    await made.repository.commit({ ...NO_COMMIT_OPTIONS, message: 'First', to: 'origin' })
    const { metadata } = made.api
    const to = { target: 'origin@main', message: 'Metadata' }
    const set = { types: {}, unset: [], to }
    const load = { columns: [], types: {}, nulls: [], allowMissing: false, dryRun: false, to }
    await metadata.set({ ...set, paths: ['in'], set: { line: 'AICS-23' } })
    await Promise.all([
      ...names.slice(0, 3).map((name) => metadata.set({ ...set, paths: [`in/${name}`], set: { n: '1' } })),
      ...names.slice(3).map((name) => {
        const input = Buffer.from(`p,n\nin/${name},2\n`)
        return metadata.import({ ...load, file: 't.csv', input, path: { column: 'p' } })
      }),
    ])
    const items = await collect(made.repository.getMetadata({ paths: ['in/*'], keys: [], at: 'origin@main' }))
    const values = (n: number) => ({ line: 'AICS-23', n })
    t.deepEqual(
      items.map((item) => [item.path, item.metadata]),
      names.map((name, i) => [`in/${name}`, values(i < 3 ? 1 : 2)]),
    )
    await checkBucket(t, address)
  })

  test(`${program.kind}: lines become commits of a bucket, also of many at once`, async (t) => {
    const { made, address } = await world(t)
    made.write({ 'a/one': '1' })
    await made.repository.commit({ ...NO_COMMIT_OPTIONS, message: 'First', to: 'origin' })
    fs.writeFileSync(path.join(made.root, '../source'), Buffer.alloc(20_000_000, 'some text '))
    await apply(made, [
      { op: 'put', path: 'a/two', from: '../source' },
      { op: 'put', path: 'b', data: 'b' },
      { op: 'delete', path: 'a/one' },
    ])
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, i) => apply(made, [{ op: 'put', path: `n/${i}`, data: `${i}` }])),
    )
    t.true(all.every(({ outcome }) => outcome === 'moved'))
    await made.repository.pull(PULL)
    t.deepEqual(made.list(), ['a/two', 'b', ...Array.from({ length: 8 }, (_, i) => `n/${i}`)])
    t.is(fs.statSync(path.join(made.root, 'a/two')).size, 20_000_000)
    await checkBucket(t, address)
  })
})
