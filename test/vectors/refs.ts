// Writes spec/vectors/refs.json: node build/test/vectors/refs.js. Run by hand; test/refs/vectors.test.ts compares.
import fs from 'node:fs'
import { seal } from '../../src/codec/index.js'
import { checksum, hashObject, toHex } from '../../src/hash/index.js'
import { encodeRefValue, refKey, refreshRefNames, REF_NAMES } from '../../src/refs/index.js'
import { memoryStorage } from '../../src/storage/index.js'
import { encodeVersion } from '../../src/storage/version-file.js'

const target = hashObject('commit', Buffer.from('a'))
const previous = hashObject('commit', Buffer.from('b'))
const tag = hashObject('tag', Buffer.from('c'))
const operation = '00112233445566ff-7-89abcdef'
const updated = 1790000000000

const refs = [
  'refs/heads/main',
  'refs/heads/feature/X',
  'refs/heads/con',
  'refs/heads/Ünïcode',
  'refs/heads/日本',
  'refs/heads/a@b',
  'refs/tags/v1.0',
  'refs/remotes/origin/feature/x',
  'refs/remotes/My-Remote/main',
  'refs/notes/checks',
  'refs/heads/com1.x',
  'refs/heads/100%',
]
const badNames = [
  '',
  ' ',
  'a b',
  'a..b',
  '.a',
  'a/.b',
  'a.lock',
  'a.lock/b',
  '/a',
  'a/',
  'a//b',
  'a.',
  '@',
  'HEAD',
  'a@{1}',
  'a~',
  'a^',
  'a:b',
  'a?',
  'a*',
  'a[',
  'a\\b',
  '-a',
  'a\u0001',
  'a\u007f',
  '0'.repeat(64),
  'a'.repeat(241),
]
const badKeys = [
  'refs/heads/con',
  'refs/heads/%6d',
  'refs/heads/%4',
  'refs/heads/a/b',
  'refs/remotes/origin',
  'refs/odd/a',
  'refs/heads/%ff',
  'refs/heads/%2e',
]

const values = [
  { name: 'a new branch', target, operation, updated },
  { name: 'a moved branch', target, previous, operation, updated },
  { name: 'an annotated tag', target, tag, operation, updated },
]
const fine = { version: 1, target: toHex(target), operation, updated }
const moved = encodeRefValue({ target, previous, operation, updated })
const damaged: [string, Buffer][] = [
  ['empty', Buffer.alloc(0)],
  ['cut short', moved.subarray(0, 100)],
  ['one bit flipped', Buffer.from(moved.map((byte, i) => (i === 30 ? byte ^ 1 : byte)))],
  [
    'one bit of the checksum flipped',
    Buffer.from(moved.map((byte, i) => (i === moved.length - 2 ? byte ^ 1 : byte))),
  ],
  ['a byte more', Buffer.concat([moved, Buffer.from('\n')])],
  ['an unknown version', seal({ ...fine, version: 2 })],
  ['no target', seal({ ...fine, target: undefined })],
  ['a target in upper case', seal({ ...fine, target: fine.target.toUpperCase() })],
  ['no operation', seal({ ...fine, operation: undefined })],
  ['an endless operation', seal({ ...fine, operation: 'x'.repeat(129) })],
  ['a tag that is no id', seal({ ...fine, tag: 'v1' })],
  ['a previous that is no text', seal({ ...fine, previous: 7 })],
  ['a time that is no whole number', seal({ ...fine, updated: 1.5 })],
  ['a list', seal([1])],
]
const nonces = ['000102030405060708090a0b0c0d0e0f', 'f0e0d0c0b0a090807060504030201000']
const versions = [
  { n: 1, nonce: nonces[0]!, bytes: Buffer.from('hello\n') },
  { n: 2, nonce: nonces[1]!, previous: nonces[0]!, bytes: Buffer.alloc(0) },
  { n: 17, nonce: nonces[1]!, previous: nonces[0]! },
]
const version = encodeVersion(versions[0]!)
/** Damage that only a writer can do: its checksum holds. */
function summed(body: string): string {
  const bytes = Buffer.from(body, 'latin1')
  return Buffer.concat([bytes, Buffer.from(`${toHex(checksum(bytes))}\n`)]).toString('hex')
}
const header = `{"version":1,"n":1,"nonce":"${nonces[0]}"`

async function encodeNames(refs: readonly string[]): Promise<Buffer> {
  const storage = memoryStorage()
  await refreshRefNames(storage, refs)
  return Buffer.from((await storage.read(REF_NAMES))!.bytes)
}
const shown = refs.filter((ref) => !ref.startsWith('refs/remotes/'))
const names = [[], ['refs/heads/main', 'refs/tags/v1.0'], shown].map(async (refs) => ({
  refs,
  bytes: (await encodeNames(refs)).toString('hex'),
}))
const damagedNames = {
  'one bit flipped': Buffer.from((await encodeNames(shown)).map((byte, i) => (i === 30 ? byte ^ 1 : byte))),
  'an unknown version': seal({ version: 2, keys: [] }),
  'no list': seal({ version: 1, keys: 'refs/heads/main' }),
  'a key that is no text': seal({ version: 1, keys: [7] }),
}

const document = {
  about: 'spec/08-refs.md and spec/09-layout.md; bytes are hex',
  keys: refs.map((ref) => ({ ref, key: refKey(ref) })),
  badNames,
  badKeys,
  values: values.map(({ name, ...value }) => ({
    name,
    value: Object.fromEntries(
      Object.entries(value).map(([k, v]) => [k, v instanceof Uint8Array ? toHex(v) : v]),
    ),
    bytes: encodeRefValue(value).toString('hex'),
  })),
  damagedValues: damaged.map(([name, bytes]) => ({
    name,
    bytes: bytes.toString('hex'),
    error: 'DV_CORRUPT',
  })),
  names: await Promise.all(names),
  damagedNames: Object.entries(damagedNames).map(([name, bytes]) => ({
    name,
    bytes: bytes.toString('hex'),
    error: 'DV_CORRUPT',
  })),
  versionFiles: versions.map((v) => ({
    ...v,
    bytes: v.bytes?.toString('hex'),
    file: encodeVersion(v).toString('hex'),
  })),
  damagedVersionFiles: [
    { name: 'empty', file: '', error: 'DV_CORRUPT' },
    { name: 'cut short', file: version.subarray(0, -1).toString('hex'), error: 'DV_CORRUPT' },
    {
      name: 'one bit of the value flipped',
      file: Buffer.from(version.map((b, i) => (i === version.length - 68 ? b ^ 1 : b))).toString('hex'),
      error: 'DV_CORRUPT',
    },
    {
      name: 'a value longer than the header says',
      file: summed(`${header},"length":2}\nabc`),
      error: 'DV_CORRUPT',
    },
    { name: 'a deletion with a value', file: summed(`${header},"deleted":true}\na`), error: 'DV_CORRUPT' },
    { name: 'no header', file: summed('abc'), error: 'DV_CORRUPT' },
    { name: 'a header that is no JSON', file: summed('{"version":1\n'), error: 'DV_CORRUPT' },
    {
      name: 'an unknown version',
      file: summed(`${header.replace('1', '2')},"length":0}\n`),
      error: 'DV_CORRUPT',
    },
    {
      name: 'a nonce that is none',
      file: summed('{"version":1,"n":1,"nonce":"0","length":0}\n'),
      error: 'DV_CORRUPT',
    },
  ],
}
fs.writeFileSync('spec/vectors/refs.json', `${JSON.stringify(document, undefined, 1)}\n`)
