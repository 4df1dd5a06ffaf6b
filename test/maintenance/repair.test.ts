// Repair of a store that is no folder: all of it goes through the storage port.
import test from 'ava'
import { INDEX_ROOT_KEY } from '../../src/index/index.js'
import { beginRepair, checkStore } from '../../src/maintenance/index.js'
import { packKey } from '../../src/pack/index.js'
import type { Storage } from '../../src/storage/index.js'
import { ObjectStore } from '../../src/store/index.js'
import { changePack, makeStore, packOf, type TestStore } from './builders.js'

const NOBODY = { commits: [], manifests: [] }

async function twoCommits(): Promise<TestStore> {
  const made = makeStore()
  const first = await made.commit({ a: ['one', 'two'], b: ['three'] })
  await made.commit({ a: ['one', 'four'], c: ['five'] }, [first])
  return made
}

async function loseRoot(storage: Storage): Promise<void> {
  const { version } = (await storage.read(INDEX_ROOT_KEY))!
  await storage.compareAndSwap(INDEX_ROOT_KEY, version, undefined)
}

async function repair({ storage }: TestStore, source?: TestStore) {
  const store = new ObjectStore(storage)
  const report = await checkStore(store, { deep: true })
  const { index, fill } = await beginRepair(store, { report, outside: NOBODY, now: 1000 }, {})
  const from = source ? [{ name: 'copy', store: new ObjectStore(source.storage) }] : []
  return { index, filled: await fill(from), damaged: report.problems.length > 0 }
}

test('in memory, a lost index root is made anew from the packs', async (t) => {
  const made = await twoCommits()
  await loseRoot(made.storage)
  const { index, filled, damaged } = await repair(made)
  t.true(damaged && index.rebuilt)
  t.is(filled.lost, 0)
  t.deepEqual(await made.check({ deep: true }), [])
})

test('in memory, what damaged and missing packs lost comes from another store, and the damaged one is kept', async (t) => {
  const made = await twoCommits()
  const [damaged, missing] = [await packOf(made.storage, 'two'), await packOf(made.storage, 'five')]
  await changePack(made.storage, damaged, (bytes) => bytes.fill(0, 16, 40))
  await made.storage.delete(packKey(missing))
  const { index, filled } = await repair(made, await twoCommits())
  t.deepEqual([index.missing, index.aside], [1, [`damaged/${packKey(damaged)}`]])
  t.is(filled.lost, 0)
  t.deepEqual([...new Set(filled.brought.map(({ from }) => from))], ['copy'])
  t.deepEqual(await made.check({ deep: true }), [])
})

test('in memory, what nobody has is counted, and all else stays readable', async (t) => {
  const made = await twoCommits()
  await made.storage.delete(packKey(await packOf(made.storage, 'five')))
  const { filled } = await repair(made)
  t.is(filled.lost, 1)
  const problems = await made.check({ deep: true })
  t.deepEqual(
    problems.map(({ kind, object, reaches }) => [kind, object, reaches.map(({ path }) => path)]),
    [['missing', 'chunk', ['c']]],
  )
})
