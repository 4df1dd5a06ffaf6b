// dv gc stopped after, or in the middle of, each single change it makes to a store: nothing is lost, and the next run ends it.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { closeContext, openContext } from '../../src/api/context.js'
import { readRoot } from '../../src/index/index.js'
import { collect } from '../../src/maintenance/index.js'
import { forward, type Storage } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { noise } from '../helpers/noise.js'
import { type TestRepository, testRepository } from '../helpers/repository.js'

class Crash extends Error {}

/** Stops for good at change number `last`, which is made if `isMade`, though nobody is told. */
function crashing(
  storage: Storage,
  last: number,
  isMade: boolean,
): { storage: Storage; changes: () => number } {
  let changes = 0
  const change = async <T>(work: () => Promise<T>): Promise<T> => {
    if (++changes > last || (changes === last && !isMade)) throw new Crash()
    const result = await work()
    if (changes === last) throw new Crash()
    return result
  }
  return {
    changes: () => changes,
    storage: {
      ...forward(storage),
      put: (name, bytes) => change(() => storage.put(name, bytes)),
      putFile: (name, file) => change(() => storage.putFile(name, file)),
      delete: (name) => change(() => storage.delete(name)),
      compareAndSwap: (...swap) => change(() => storage.compareAndSwap(...swap)),
      // After the crash nobody reads either.
      read: (name) => (changes > last || changes === last ? Promise.reject(new Crash()) : storage.read(name)),
    },
  }
}

/** Of which a pack goes as a whole, one is rewritten, a node stands on a base that is garbage, and others keep theirs. */
async function makeGarbage(repo: TestRepository): Promise<void> {
  for (let i = 0; i < 6; i++) repo.write({ [`f${i}`]: noise(20_000, i) })
  await repo.commit('All')
  repo.write({ f1: undefined, f2: undefined, f3: undefined, own: noise(50_000, 9) })
  await repo.commit('Fewer', { amend: true })
  repo.write({ own: undefined, f0: noise(20_000, 10) })
  await repo.commit('Fewest', { amend: true })
  repo.write({ late: 'text\n' })
  await repo.commit('Last')
}

/** Counts changes when `last` is Infinity; returns how many were made. */
async function collectUntil(repo: TestRepository, last: number, isMade: boolean): Promise<number> {
  const context = await openContext({ cwd: repo.root, env: {}, clock: Date.now, zone: 0 })
  try {
    const { storage, changes } = crashing(context.storage, last, isMade)
    const operations = new Set<string>()
    for await (const { name } of storage.list('operations/')) operations.add(name)
    const nothing = async () => ({ commits: [], manifests: [] })
    const options = { outside: nothing, leftOut: operations, grace: 0, threshold: 0.1 }
    await collect(new ObjectStore(storage), options).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error
    })
    return changes()
  } finally {
    await closeContext(context)
  }
}

test('stopped at any change, a collection has lost nothing, and the next one ends it', async (t) => {
  const made = await testRepository(t, { a: 'first\n' })
  await makeGarbage(made)
  await made.repository.close()
  const template = `${made.root}.template`
  fs.renameSync(made.root, template)
  const fresh = () => {
    fs.rmSync(made.root, { recursive: true, force: true })
    fs.cpSync(template, made.root, { recursive: true })
  }
  fresh()
  const all = await collectUntil(made, Infinity, true)
  const sizeOf = () =>
    fs
      .readdirSync(path.join(made.root, '.dv/store/packs'))
      .reduce((sum, name) => sum + fs.statSync(path.join(made.root, '.dv/store/packs', name)).size, 0)
  const size = sizeOf()
  let points = 0
  for (const isMade of [false, true]) {
    for (let last = 1; last <= all; last++) {
      fresh()
      await collectUntil(made, last, isMade)
      const opened = await made.openAt('.')
      const where = `change ${last} of ${all}, ${isMade ? 'made' : 'not made'}`
      // What operations keep was left out, and so may go: of the rest nothing may miss.
      const { problems } = await opened.fsck({ deep: true })
      const lost = problems.filter(({ reaches }) => reaches.some(({ refs = [] }) => refs.length > 0))
      t.deepEqual(lost, [], where)
      t.deepEqual(
        problems.filter(({ object }) => ['pack', 'segment', 'index root', 'block'].includes(object)),
        [],
        where,
      )
      await opened.gc({ now: true, operations: 0, threshold: 0.1, dryRun: false })
      t.deepEqual((await opened.fsck({ deep: true })).problems, [], where)
      await opened.close()
      t.true(sizeOf() <= size + 2000, `${where}: ${sizeOf()} bytes, not ${size}`)
      const context = await openContext({ cwd: made.root, env: {}, clock: Date.now, zone: 0 })
      const { root } = await readRoot(context.storage)
      t.deepEqual(root.collections, [], where)
      await closeContext(context)
      for (const folder of ['tombstones', 'probe'])
        t.deepEqual(fs.readdirSync(path.join(made.root, '.dv/store', folder)), [], where)
      const named = new Set(root.segments.map(({ key }) => key))
      for (const name of fs.readdirSync(path.join(made.root, '.dv/store/segments')))
        t.true(named.has(`segments/${name}`), where)
      points++
    }
  }
  t.log(`${points} points`)
  t.true(all > 15)
})
