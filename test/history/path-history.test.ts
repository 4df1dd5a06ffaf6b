import test from 'ava'
import { type CommitId, toHex } from '../../src/hash/index.js'
import { walkPathHistory } from '../../src/history/index.js'
import { world } from '../merge/world.js'

async function history() {
  const w = world()
  const first = await w.commit(await w.tree({ a: '1', 'd/x': '1' }), [], 1)
  const second = await w.commit(await w.tree({ a: '2', 'd/x': '1' }), [first], 2)
  const side = await w.commit(await w.tree({ a: '1', 'd/x': '2' }), [first], 3)
  const merge = await w.commit(await w.tree({ a: '2', 'd/x': '2' }), [second, side], 4)
  const last = await w.commit(await w.tree({ a: '2', 'd/x': '2', 'd/y': '1' }), [merge], 5)
  const names = new Map(
    Object.entries({ first, second, side, merge, last }).map(([name, id]) => [toHex(id), name]),
  )
  return async (tips: CommitId[] | undefined, paths: string[], options = {}) => {
    const found: string[] = []
    for await (const { id } of walkPathHistory(w.store, tips ?? [last], { paths, ...options }))
      found.push(names.get(toHex(id))!)
    return found
  }
}

test('only commits that changed the path are given; a merge that took it from one side is not', async (t) => {
  const log = await history()
  t.deepEqual(await log(undefined, ['a']), ['second', 'first'])
  t.deepEqual(await log(undefined, ['d/x']), ['side', 'first'])
})

test('a directory changes with what lies below it', async (t) => {
  const log = await history()
  t.deepEqual(await log(undefined, ['d']), ['last', 'side', 'first'])
  t.deepEqual(await log(undefined, ['d/y']), ['last'])
})

test('of several paths, each counts; a merge that combined both sides is given', async (t) => {
  const log = await history()
  t.deepEqual(await log(undefined, ['a', 'd/x']), ['merge', 'side', 'second', 'first'])
  t.deepEqual(await log(undefined, ['']), ['last', 'merge', 'side', 'second', 'first'])
})

test('along first parents, a merge counts for what it brought in', async (t) => {
  const log = await history()
  t.deepEqual(await log(undefined, ['d/x'], { firstParent: true }), ['merge', 'first'])
})

test('limit counts the commits given', async (t) => {
  const log = await history()
  t.deepEqual(await log(undefined, ['d'], { limit: 2 }), ['last', 'side'])
})

test('a path that never was has no history', async (t) => {
  const log = await history()
  t.deepEqual(await log(undefined, ['nope']), [])
})
