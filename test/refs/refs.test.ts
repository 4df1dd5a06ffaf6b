import test from 'ava'
import type { DvError } from '../../src/base/index.js'
import { type CommitId, hashObject, toHex } from '../../src/hash/index.js'
import {
  branchRef,
  listAllRefs,
  listRefNames,
  listRefs,
  readRef,
  refKey,
  remoteRef,
  tagRef,
  updateRef,
} from '../../src/refs/index.js'
import { memoryStorage, type Storage, versioned } from '../../src/storage/index.js'
import { countingStorage } from '../helpers/counting-storage.js'

const main = branchRef('main')
const commit = (text: string): CommitId => hashObject('commit', Buffer.from(text))
const next = (text: string, operation = `op-${text}`) => ({ target: commit(text), operation, updated: 1 })

test('a ref is made, moved with its previous commit, and deleted', async (t) => {
  const storage = memoryStorage()
  t.is(await readRef(storage, main), undefined)
  const first = await updateRef(storage, main, { expected: undefined, next: next('a') })
  t.is(first!.value.previous, undefined)
  const second = await updateRef(storage, main, {
    expected: first,
    next: { ...next('b'), tag: commit('tag') as never },
  })
  t.deepEqual(second!.value.previous, commit('a'))
  t.deepEqual(await readRef(storage, main), second)
  t.is(await updateRef(storage, main, { expected: second, next: undefined }), undefined)
  t.is(await readRef(storage, main), undefined)
})

test('refs of a server are listed once and read once each, deleted ones left out', async (t) => {
  const server = countingStorage(memoryStorage())
  const storage = versioned(server.storage)
  const heads = ['a', 'b', 'c', 'gone'].map(branchRef)
  for (const ref of [...heads, tagRef('t')])
    await updateRef(storage, ref, { expected: undefined, next: next(ref) })
  await updateRef(storage, heads[3]!, { expected: await readRef(storage, heads[3]!), next: undefined })
  const asked = async (work: () => Promise<readonly { ref: string }[]>) => {
    server.requests.length = 0
    const refs = (await work()).map(({ ref }) => ref)
    return { refs, lists: requestsOf('list'), reads: requestsOf('read') }
  }
  const requestsOf = (kind: string) => server.requests.filter((one) => one.startsWith(`${kind} `)).length
  t.deepEqual(await asked(() => listRefs(storage, 'heads')), { refs: heads.slice(0, 3), lists: 1, reads: 4 })
  t.deepEqual(await asked(() => listAllRefs(storage, ['heads', 'tags'])), {
    ...{ refs: [...heads.slice(0, 3), tagRef('t')], lists: 1, reads: 5 },
  })
  t.deepEqual(await listRefNames(storage, 'heads'), heads.slice(0, 3))
})

test('an outdated change is DV_REF_MOVED with both values, and changes nothing', async (t) => {
  const storage = memoryStorage()
  const first = await updateRef(storage, main, { expected: undefined, next: next('a') })
  const second = await updateRef(storage, main, { expected: first, next: next('b') })
  for (const change of [
    { expected: first, next: next('c') },
    { expected: undefined, next: next('c') },
    { expected: first, next: undefined },
  ]) {
    const error = (await t.throwsAsync(updateRef(storage, main, change), {
      code: 'DV_REF_MOVED',
    })) as DvError
    t.is(error.data['actual'], toHex(commit('b')))
    t.is(error.data['expected'], change.expected && toHex(commit('a')))
  }
  t.deepEqual(await readRef(storage, main), second)
})

test('of two writers that make the same branch one wins', async (t) => {
  const storage = memoryStorage()
  const results = await Promise.allSettled(
    ['a', 'b', 'c'].map((x) => updateRef(storage, main, { expected: undefined, next: next(x) })),
  )
  t.is(results.filter((result) => result.status === 'fulfilled').length, 1)
})

/** Fails after the swap happened, or before. */
function unreliable(storage: Storage, when: 'before' | 'after'): Storage {
  return {
    ...storage,
    async compareAndSwap(name, expected, bytes) {
      if (when === 'after') await storage.compareAndSwap(name, expected, bytes)
      throw new Error('the line dropped')
    },
  }
}

test('after a failure the ref itself says whether the change landed', async (t) => {
  const storage = memoryStorage()
  const landed = await updateRef(unreliable(storage, 'after'), main, { expected: undefined, next: next('a') })
  t.deepEqual(landed, await readRef(storage, main))
  await t.throwsAsync(updateRef(unreliable(storage, 'before'), main, { expected: landed, next: next('b') }), {
    message: 'the line dropped',
  })
  t.is(await updateRef(unreliable(storage, 'after'), main, { expected: landed, next: undefined }), undefined)
  t.is(await readRef(storage, main), undefined)
})

test('a failure while another writer moved the ref is DV_REF_MOVED', async (t) => {
  const storage = memoryStorage()
  const first = await updateRef(storage, main, { expected: undefined, next: next('a') })
  await updateRef(storage, main, { expected: first, next: next('b') })
  await t.throwsAsync(updateRef(unreliable(storage, 'before'), main, { expected: first, next: next('c') }), {
    code: 'DV_REF_MOVED',
  })
})

test('a swap that was repeated by a retry and lost against itself has landed', async (t) => {
  const storage = memoryStorage()
  const twice: Storage = {
    ...storage,
    async compareAndSwap(name, expected, bytes) {
      await storage.compareAndSwap(name, expected, bytes)
      return storage.compareAndSwap(name, expected, bytes)
    },
  }
  t.deepEqual(
    (await updateRef(twice, main, { expected: undefined, next: next('a') }))!.value.target,
    commit('a'),
  )
})

test('refs are listed by kind and remote, in order of name, and keys of others are passed over', async (t) => {
  const storage = memoryStorage()
  const refs = [
    branchRef('b'),
    branchRef('A'),
    branchRef('a/b'),
    tagRef('v1'),
    remoteRef('origin', 'main'),
    remoteRef('other', 'x/y'),
  ]
  for (const ref of refs) await updateRef(storage, ref, { expected: undefined, next: next('a') })
  await storage.compareAndSwap('refs/heads/%6d', undefined, Buffer.from('x'))
  t.deepEqual(
    (await listRefs(storage, 'heads')).map(({ ref }) => ref),
    ['refs/heads/A', 'refs/heads/a/b', 'refs/heads/b'],
  )
  t.deepEqual(await listRefNames(storage, 'remotes', { remote: 'other' }), ['refs/remotes/other/x/y'])
  t.is((await listAllRefs(storage)).length, 6)
})

test('a damaged ref is DV_CORRUPT, names the ref, and hides no other name', async (t) => {
  const storage = memoryStorage()
  await updateRef(storage, main, { expected: undefined, next: next('a') })
  const { bytes, version } = (await storage.read(refKey(main)))!
  bytes[20]! ^= 1
  await storage.compareAndSwap(refKey(main), version, bytes)
  await t.throwsAsync(readRef(storage, main), { code: 'DV_CORRUPT', message: /refs\/heads\/main/ })
  t.deepEqual(await listRefNames(storage, 'heads'), [main])
})
