import fs from 'node:fs'
import test from 'ava'
import { parseId, toHex } from '../../src/hash/index.js'
import {
  decodeRefValue,
  encodeRefValue,
  readRefNames,
  REF_NAMES,
  refFromKey,
  refreshRefNames,
  refKey,
  type RefValue,
  validateRefName,
} from '../../src/refs/index.js'
import { memoryStorage } from '../../src/storage/index.js'
import { decodeVersion, encodeVersion, type Version } from '../../src/storage/version-file.js'

type Hexed<T> = { [K in keyof T]: T[K] extends Uint8Array | undefined ? string : T[K] }
interface Vectors {
  keys: { ref: string; key: string }[]
  badNames: string[]
  badKeys: string[]
  values: { name: string; value: Hexed<RefValue>; bytes: string }[]
  damagedValues: { name: string; bytes: string; error: string }[]
  names: { refs: string[]; bytes: string }[]
  damagedNames: { name: string; bytes: string; error: string }[]
  versionFiles: (Hexed<Version> & { file: string })[]
  damagedVersionFiles: { name: string; file: string; error: string }[]
}
const vectors = JSON.parse(fs.readFileSync('spec/vectors/refs.json', 'utf8')) as Vectors

test('refs have the keys of the vectors', (t) => {
  for (const { ref, key } of vectors.keys) {
    t.is(refKey(ref), key)
    t.is(refFromKey(key), ref)
  }
  for (const key of vectors.badKeys) t.is(refFromKey(key), undefined, key)
  for (const name of vectors.badNames) t.throws(() => validateRefName(name), { code: 'DV_BAD_NAME' }, name)
})

for (const { name, value, bytes } of vectors.values) {
  test(`a ref's value is read and written as in the vectors: ${name}`, (t) => {
    const decoded = decodeRefValue(Buffer.from(bytes, 'hex'), 'ref')
    t.is(toHex(decoded.target), value.target)
    t.deepEqual(decoded.tag, value.tag === undefined ? undefined : parseId(value.tag))
    t.deepEqual(decoded.previous, value.previous === undefined ? undefined : parseId(value.previous))
    t.is(decoded.operation, value.operation)
    t.is(decoded.updated, value.updated)
    t.is(encodeRefValue(decoded).toString('hex'), bytes)
  })
}

for (const { name, bytes, error } of vectors.damagedValues) {
  test(`a damaged ref gives the error of the vectors: ${name}`, (t) => {
    t.throws(() => decodeRefValue(Buffer.from(bytes, 'hex'), 'ref'), { code: error })
  })
}

async function storageWithNames(hex: string) {
  const storage = memoryStorage()
  await storage.compareAndSwap(REF_NAMES, undefined, Buffer.from(hex, 'hex'))
  return storage
}

test('the list of refs is read and written as in the vectors', async (t) => {
  for (const { refs, bytes } of vectors.names) {
    t.deepEqual((await readRefNames(await storageWithNames(bytes))).sort(), [...refs].sort())
    const storage = memoryStorage()
    await refreshRefNames(storage, refs)
    t.is(toHex((await storage.read(REF_NAMES))!.bytes), bytes)
  }
  for (const { name, bytes, error } of vectors.damagedNames)
    await t.throwsAsync(readRefNames(await storageWithNames(bytes)), { code: error }, name)
})

test('version files are read and written as in the vectors', (t) => {
  for (const { file, ...version } of vectors.versionFiles) {
    const decoded = decodeVersion(Buffer.from(file, 'hex'), 'file')
    t.is(decoded.n, version.n)
    t.is(decoded.nonce, version.nonce)
    t.is(decoded.previous, version.previous)
    t.is(decoded.bytes && toHex(decoded.bytes), version.bytes)
    t.is(encodeVersion(decoded).toString('hex'), file)
  }
  for (const { name, file, error } of vectors.damagedVersionFiles) {
    t.throws(() => decodeVersion(Buffer.from(file, 'hex'), 'file'), { code: error }, name)
  }
})
