// What every adapter and decorator of the storage port must do. Plain checks, so that a faulty one can be run
// through them as well and be seen to fail.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { isDvError, type DvErrorCode } from '../../src/base/index.js'
import type { Storage } from '../../src/storage/index.js'

export interface ContractCheck {
  title: string
  /** Throws when `storage`, which is empty, breaks the contract. What it is to find is put through `writer`, by default
   * itself. */
  check: (storage: Storage, writer?: Storage) => Promise<void>
  /** A storage that can only be read keeps this part too. */
  reading?: true
}

export const storageContract: ContractCheck[] = [
  { title: 'get() returns what was put, whole and by ranges', check: getsRanges, reading: true },
  {
    title: 'get() into memory of the caller gives the same bytes, wherever it puts them',
    check: getsInto,
    reading: true,
  },
  { title: 'get() of a range beyond the end is DV_CORRUPT', check: refusesRangesBeyondTheEnd, reading: true },
  {
    title: 'get() of what is not there is DV_NOT_FOUND, and size() undefined',
    check: missesNames,
    reading: true,
  },
  {
    title: 'getFile() brings an object into a new file that may be written to',
    check: bringsFiles,
    reading: true,
  },
  {
    title: 'getFile() leaves no file when it fails, and none is replaced',
    check: bringsNothing,
    reading: true,
  },
  { title: 'put() of an empty object keeps it', check: keepsEmptyObjects, reading: true },
  { title: 'put() twice keeps the first bytes', check: keepsTheFirst },
  { title: 'put() keeps no hold of the bytes it was given', check: copiesBytes },
  { title: 'putFile() stores the file and consumes it', check: consumesFiles },
  { title: 'putFile() of a file that is not there fails and leaves no object', check: failsOnMissingFiles },
  {
    title: 'temporaryPath() gives a new path each time, in a folder that exists',
    check: givesTemporaryPaths,
  },
  { title: 'list() names all objects with the prefix and their sizes, and no others', check: listsByPrefix },
  { title: 'delete() removes an object, and again succeeds', check: deletesTwice },
  { title: 'names outside the alphabet are DV_BAD_NAME', check: refusesNames },
  { title: 'read() of a mutable name that was never set is undefined', check: readsNothing },
  { title: 'compareAndSwap() sets a name, and read() sees it', check: swaps },
  { title: 'compareAndSwap() of an outdated version changes nothing', check: refusesOutdated },
  { title: 'compareAndSwap() that creates fails when the name is there', check: createsOnce },
  { title: 'compareAndSwap() deletes, and creates again', check: deletesAndCreates },
  {
    title: 'compareAndSwap() never takes an old version for a new one, also with equal bytes',
    check: noticesReturnedBytes,
  },
  { title: 'compareAndSwap() lets exactly one of many racing writers win', check: oneWins },
  { title: 'compareAndSwap() counts every one of many racing increments', check: countsAll },
  { title: 'listMutable() names what exists', check: listsMutable },
]

const text = (value: string) => Buffer.from(value)

async function getsRanges(storage: Storage, writer = storage) {
  await writer.put('packs/ab/p-1.pack', text('0123456789'))
  assert.equal(String(await get(storage, 'packs/ab/p-1.pack')), '0123456789')
  assert.equal(String(await get(storage, 'packs/ab/p-1.pack', 3, 4)), '3456')
  assert.equal(String(await get(storage, 'packs/ab/p-1.pack', 0, 0)), '')
  assert.equal(String(await get(storage, 'packs/ab/p-1.pack', 10, 0)), '')
  assert.equal(await storage.size('packs/ab/p-1.pack'), 10)
}

async function getsInto(storage: Storage, writer = storage) {
  await writer.put('packs/ab/p-2.pack', text('0123456789'))
  const into = Buffer.alloc(4)
  for (const [offset, wanted] of [
    [0, '0123'],
    [6, '6789'],
    [3, '3456'],
  ] as const) {
    const bytes = await storage.get('packs/ab/p-2.pack', { offset, length: 4, into })
    assert.equal(String(Buffer.from(bytes)), wanted)
  }
}

async function refusesRangesBeyondTheEnd(storage: Storage, writer = storage) {
  await writer.put('packs/p', text('0123456789'))
  for (const [offset, length] of [
    [5, 6],
    [11, 0],
    [11, 1],
    [0, 2 ** 40],
    [-1, 2],
    [0, -1],
    [0.5, 1],
    [NaN, 1],
  ] as const) {
    await rejects(storage.get('packs/p', { offset, length }), 'DV_CORRUPT')
  }
}

async function missesNames(storage: Storage, writer = storage) {
  await writer.put('packs/p', text('x'))
  for (const name of ['packs/q', 'packs', 'packs/p/q', 'nowhere/at/all']) {
    await rejects(storage.get(name), 'DV_NOT_FOUND')
    await rejects(storage.get(name, { offset: 0, length: 1 }), 'DV_NOT_FOUND')
    assert.equal(await storage.size(name), undefined)
  }
}

async function bringsFiles(storage: Storage, writer = storage) {
  await writer.put('packs/p', text('0123456789'))
  const file = storage.temporaryPath()
  await storage.getFile('packs/p', file)
  assert.equal(fs.readFileSync(file, 'utf8'), '0123456789')
  fs.appendFileSync(file, '!')
  assert.equal(String(await storage.get('packs/p')), '0123456789')
  fs.rmSync(file)
}

async function bringsNothing(storage: Storage, writer = storage) {
  const file = storage.temporaryPath()
  await rejects(storage.getFile('packs/q', file), 'DV_NOT_FOUND')
  assert.equal(fs.existsSync(file), false)
  await writer.put('packs/p', text('new'))
  fs.writeFileSync(file, 'old')
  await assert.rejects(storage.getFile('packs/p', file))
  assert.equal(fs.readFileSync(file, 'utf8'), 'old')
  fs.rmSync(file)
}

async function keepsEmptyObjects(storage: Storage, writer = storage) {
  await writer.put('empty', text(''))
  assert.equal((await storage.get('empty')).length, 0)
  assert.equal(await storage.size('empty'), 0)
}

async function keepsTheFirst(storage: Storage) {
  await storage.put('packs/p', text('first'))
  await storage.put('packs/p', text('second'))
  assert.equal(String(await get(storage, 'packs/p')), 'first')
}

async function copiesBytes(storage: Storage) {
  const bytes = text('before')
  await storage.put('packs/p', bytes)
  const version = await storage.compareAndSwap('refs/r', undefined, bytes)
  bytes.fill(0)
  assert.equal(String(await get(storage, 'packs/p')), 'before')
  assert.equal(String((await storage.read('refs/r'))?.bytes), 'before')
  ;(await storage.get('packs/p')).fill(0)
  assert.equal(String(await get(storage, 'packs/p')), 'before')
  assert.equal((await storage.read('refs/r'))?.version, version)
}

async function consumesFiles(storage: Storage) {
  for (const name of ['packs/p', 'packs/p']) {
    const file = storage.temporaryPath()
    fs.writeFileSync(file, 'from a file')
    await storage.putFile(name, file)
    assert.equal(fs.existsSync(file), false)
    assert.equal(String(await get(storage, name, 5, 6)), 'a file')
  }
}

async function failsOnMissingFiles(storage: Storage) {
  await assert.rejects(storage.putFile('packs/p', storage.temporaryPath()), (error) => isDvError(error))
  assert.equal(await storage.size('packs/p'), undefined)
}

async function givesTemporaryPaths(storage: Storage) {
  const paths = [storage.temporaryPath(), storage.temporaryPath()]
  assert.notEqual(paths[0], paths[1])
  for (const file of paths) {
    fs.writeFileSync(file, '', { flag: 'wx' })
    fs.rmSync(file)
  }
}

async function listsByPrefix(storage: Storage) {
  for (const name of ['packs/aa/1', 'packs/aa/2', 'packs/ab/3', 'packs/b', 'index/1', 'packs-2']) {
    await storage.put(name, text(name))
  }
  const left = storage.temporaryPath()
  fs.writeFileSync(left, 'left by a crash')
  try {
    await listsThese(storage)
  } finally {
    fs.rmSync(left)
  }
}

async function listsThese(storage: Storage) {
  assert.deepEqual(await names(storage, 'packs/'), ['packs/aa/1', 'packs/aa/2', 'packs/ab/3', 'packs/b'])
  assert.deepEqual(await names(storage, 'packs/a'), ['packs/aa/1', 'packs/aa/2', 'packs/ab/3'])
  assert.deepEqual(await names(storage, 'packs/aa/2'), ['packs/aa/2'])
  assert.deepEqual(await names(storage, 'none/'), [])
  assert.equal((await names(storage, '')).length, 6)
  for await (const { name, size } of storage.list('')) assert.equal(size, name.length)
}

async function deletesTwice(storage: Storage) {
  await storage.put('packs/p', text('x'))
  await storage.get('packs/p')
  await storage.delete('packs/p')
  await rejects(storage.get('packs/p'), 'DV_NOT_FOUND')
  assert.deepEqual(await names(storage, ''), [])
  await storage.delete('packs/p')
  await storage.delete('never/was')
}

async function refusesNames(storage: Storage) {
  const bad = [
    '',
    '/',
    '/etc/passwd',
    '..',
    '../x',
    'a/../b',
    'a//b',
    'a/',
    './a',
    'A',
    'a b',
    'a\\b',
    'a\0',
    'ä',
    'a.',
    'tmp/x',
    'cas/x',
    'a/'.repeat(600) + 'a',
    'a'.repeat(256),
  ]
  for (const name of bad) {
    await rejects(storage.get(name), 'DV_BAD_NAME')
    await rejects(storage.size(name), 'DV_BAD_NAME')
    await rejects(storage.put(name, text('x')), 'DV_BAD_NAME')
    await rejects(storage.delete(name), 'DV_BAD_NAME')
    await rejects(storage.read(name), 'DV_BAD_NAME')
    await rejects(storage.compareAndSwap(name, undefined, text('x')), 'DV_BAD_NAME')
  }
  for (const prefix of ['../', '/', 'a/../', 'tmp/', 'cas/refs']) {
    await rejects(names(storage, prefix), 'DV_BAD_NAME')
  }
}

async function readsNothing(storage: Storage) {
  assert.equal(await storage.read('refs/heads/main'), undefined)
  assert.deepEqual(await storage.listMutable(''), [])
}

async function swaps(storage: Storage) {
  let version: string | undefined
  for (let i = 0; i < 40; i++) {
    version = await storage.compareAndSwap('refs/heads/main', version, text(`value ${i}`))
    assert.ok(version)
    assert.deepEqual(await value(storage, 'refs/heads/main'), [`value ${i}`, version])
  }
  const empty = await storage.compareAndSwap('refs/heads/main', version, text(''))
  assert.deepEqual(await value(storage, 'refs/heads/main'), ['', empty])
}

async function refusesOutdated(storage: Storage) {
  const first = await storage.compareAndSwap('refs/r', undefined, text('1'))
  const second = await storage.compareAndSwap('refs/r', first, text('2'))
  assert.ok(first && second)
  assert.equal(await storage.compareAndSwap('refs/r', first, text('3')), undefined)
  assert.equal(await storage.compareAndSwap('refs/r', first, undefined), undefined)
  assert.equal(await storage.compareAndSwap('refs/r', 'nonsense', text('3')), undefined)
  assert.equal(await storage.compareAndSwap('refs/absent', first, text('3')), undefined)
  assert.deepEqual(await value(storage, 'refs/r'), ['2', second])
  assert.equal(await storage.read('refs/absent'), undefined)
}

async function createsOnce(storage: Storage) {
  assert.ok(await storage.compareAndSwap('refs/r', undefined, text('1')))
  assert.equal(await storage.compareAndSwap('refs/r', undefined, text('1')), undefined)
  assert.equal(await storage.compareAndSwap('refs/r', undefined, undefined), undefined)
  assert.equal(String((await storage.read('refs/r'))?.bytes), '1')
}

async function deletesAndCreates(storage: Storage) {
  let version = await storage.compareAndSwap('refs/r', undefined, text('x'))
  for (let i = 0; i < 20; i++) {
    const deleted = await storage.compareAndSwap('refs/r', version, undefined)
    assert.ok(deleted)
    assert.equal(await storage.read('refs/r'), undefined)
    assert.deepEqual(await storage.listMutable('refs/'), [])
    assert.equal(await storage.compareAndSwap('refs/r', version, text('z')), undefined)
    assert.equal(await storage.compareAndSwap('refs/r', deleted, text('z')), undefined)
    version = await storage.compareAndSwap('refs/r', undefined, text(`y${i}`))
    assert.deepEqual(await value(storage, 'refs/r'), [`y${i}`, version])
  }
}

async function noticesReturnedBytes(storage: Storage) {
  const first = await storage.compareAndSwap('refs/r', undefined, text('a'))
  const second = await storage.compareAndSwap('refs/r', first, text('b'))
  assert.ok(await storage.compareAndSwap('refs/r', second, text('a')))
  assert.equal(await storage.compareAndSwap('refs/r', first, text('c')), undefined)
}

async function oneWins(storage: Storage) {
  const writers = Array.from({ length: 8 }, (_, i) =>
    storage.compareAndSwap('refs/r', undefined, text(`${i}`)),
  )
  const versions = await Promise.all(writers)
  const winner = versions.findIndex((version) => version !== undefined)
  assert.equal(versions.filter((version) => version !== undefined).length, 1)
  assert.deepEqual(await value(storage, 'refs/r'), [`${winner}`, versions[winner]])
}

async function countsAll(storage: Storage) {
  await Promise.all(Array.from({ length: 4 }, () => increment(storage, 'refs/counter', 10)))
  assert.equal(String((await storage.read('refs/counter'))?.bytes), '40')
}

async function listsMutable(storage: Storage) {
  for (const name of ['refs/heads/b', 'refs/heads/a', 'refs/tags/a', 'config', 'refs/heads/0']) {
    assert.ok(await storage.compareAndSwap(name, undefined, text('x')))
  }
  assert.deepEqual(await storage.listMutable('refs/heads/'), ['refs/heads/0', 'refs/heads/a', 'refs/heads/b'])
  assert.deepEqual(await storage.listMutable('refs/heads/a'), ['refs/heads/a'])
  assert.deepEqual(await storage.listMutable('refs/none/'), [])
  assert.equal((await storage.listMutable('')).length, 5)
}

/** Adds one to a counter `times` times, each by read and compare-and-swap until it wins. */
export async function increment(storage: Storage, name: string, times: number): Promise<void> {
  for (let done = 0; done < times;) {
    const now = await storage.read(name)
    const next = text(String(Number(now?.bytes ?? 0) + 1))
    if ((await storage.compareAndSwap(name, now?.version, next)) !== undefined) done++
  }
}

function get(storage: Storage, name: string, offset?: number, length = 0): Promise<Uint8Array> {
  return storage.get(name, offset === undefined ? undefined : { offset, length })
}

async function names(storage: Storage, prefix: string): Promise<string[]> {
  const found: string[] = []
  for await (const { name } of storage.list(prefix)) found.push(name)
  return found.sort()
}

async function value(storage: Storage, name: string): Promise<[string, string] | undefined> {
  const found = await storage.read(name)
  return found && [String(found.bytes), found.version]
}

async function rejects(promise: Promise<unknown>, code: DvErrorCode): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(isDvError(error), `not a DvError: ${error}`)
    assert.equal(error.code, code)
    return true
  })
}
