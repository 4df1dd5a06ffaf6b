import test from 'ava'
import { hashObject } from '../../src/hash/index.js'
import {
  branchRef,
  listRefNames,
  listRefs,
  readRef,
  readRefNames,
  refreshRefNames,
  REF_NAMES,
  refKey,
  remoteRef,
  tagRef,
  updateRef,
} from '../../src/refs/index.js'
import { memoryStorage, type Storage } from '../../src/storage/index.js'

const next = (text: string) => ({
  target: hashObject('commit', Buffer.from(text)),
  operation: text,
  updated: 1,
})
const [main, side, v1] = [branchRef('main'), branchRef('Side/1'), tagRef('v1')]

async function make(storage: Storage, ref: string) {
  return updateRef(storage, ref, { expected: await readRef(storage, ref), next: next('x') })
}

async function remove(storage: Storage, ref: string) {
  await updateRef(storage, ref, { expected: await readRef(storage, ref), next: undefined })
}

/** As a web server has it: names cannot be listed. */
function unlisted(storage: Storage): Storage {
  const listMutable = () => Promise.reject(new Error('asked for a listing'))
  return { ...storage, properties: { ...storage.properties, withoutListing: true }, listMutable }
}

test('a reader that cannot list sees branches, tags and notes come and go', async (t) => {
  const storage = memoryStorage()
  t.deepEqual(await listRefNames(unlisted(storage), 'heads'), [])
  for (const ref of [side, main, v1, remoteRef('origin', 'main')]) await make(storage, ref)
  t.deepEqual(await listRefNames(unlisted(storage), 'heads'), [side, main])
  t.deepEqual(await listRefNames(unlisted(storage), 'tags'), [v1])
  t.deepEqual(await listRefNames(unlisted(storage), 'remotes'), [])
  await remove(storage, side)
  t.deepEqual(
    (await listRefs(unlisted(storage), 'heads')).map(({ ref }) => ref),
    [main],
  )
})

test('moving a ref touches nothing but the ref', async (t) => {
  const storage = memoryStorage()
  await make(storage, main)
  const calls: string[] = []
  const watched = new Proxy(storage, {
    get: (target, key) => (calls.push(String(key)), Reflect.get(target, key) as unknown),
  })
  const stored = await readRef(storage, main)
  await updateRef(watched, main, { expected: stored, next: next('y') })
  t.deepEqual(calls, ['compareAndSwap'])
})

test('a ref that was deleted after it was named is passed over', async (t) => {
  const storage = memoryStorage()
  await make(storage, main)
  await refreshRefNames(storage, [v1])
  t.deepEqual(await listRefNames(unlisted(storage), 'tags'), [v1])
  t.deepEqual(await listRefs(unlisted(storage), 'tags'), [])
})

test('writers that make refs at once all get theirs named', async (t) => {
  const storage = memoryStorage()
  const refs = Array.from({ length: 20 }, (_, i) => branchRef(`b${String(i).padStart(2, '0')}`))
  await Promise.all(refs.map((ref) => make(storage, ref)))
  t.deepEqual(await listRefNames(unlisted(storage), 'heads'), refs)
})

test('a listing that lags does not hide what one made oneself', async (t) => {
  const storage = memoryStorage()
  const lagging: Storage = { ...storage, listMutable: () => Promise.resolve([]) }
  await make(lagging, main)
  t.deepEqual(await listRefNames(unlisted(storage), 'heads'), [main])
})

test('a listing that lags does not hide what another made, nor bring back what another deleted', async (t) => {
  const storage = memoryStorage()
  for (const ref of [main, side]) await make(storage, ref)
  await storage.compareAndSwap(refKey(side), (await readRef(storage, side))!.version, undefined)
  const lagging: Storage = { ...storage, listMutable: () => Promise.resolve([]) }
  await make(lagging, v1)
  t.deepEqual(await readRefNames(storage), [main, v1])
})

test('a list of names that is damaged is made anew', async (t) => {
  const storage = memoryStorage()
  await storage.compareAndSwap(REF_NAMES, undefined, Buffer.from('no record'))
  await make(storage, main)
  t.deepEqual(await readRefNames(storage), [main])
})

test('a writer that ends between the ref and the names has made the ref; the next one names both', async (t) => {
  for (const dead of ['read', 'listMutable', 'compareAndSwap'] as const) {
    const storage = memoryStorage()
    let isSet = false
    const dying: Storage = {
      ...storage,
      async compareAndSwap(name, expected, bytes) {
        if (name === REF_NAMES && dead === 'compareAndSwap') throw new Error('killed')
        isSet = true
        return storage.compareAndSwap(name, expected, bytes)
      },
      read: (name) => (isSet && dead === 'read' ? Promise.reject(new Error('killed')) : storage.read(name)),
      listMutable: (prefix) =>
        dead === 'listMutable' ? Promise.reject(new Error('killed')) : storage.listMutable(prefix),
    }
    t.truthy(await updateRef(dying, main, { expected: undefined, next: next('x') }))
    t.deepEqual(await readRefNames(storage), [])
    await make(storage, v1)
    t.deepEqual(await readRefNames(storage), [main, v1])
  }
})
