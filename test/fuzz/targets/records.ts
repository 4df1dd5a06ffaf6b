// Records of one line of JSON and its checksum, version files, and configuration.
import { utf8 } from '../../../src/base/index.js'
import { seal, unseal } from '../../../src/codec/index.js'
import { checksum, hashChunk, hashObject, toHex } from '../../../src/hash/index.js'
import { decodeOperation, encodeOperation } from '../../../src/repo/operation.js'
import { decodeConfig, encodeConfig, listConfig } from '../../../src/repo/config.js'
import { checkFeatures, decodeStoreFormat, encodeStoreFormat } from '../../../src/repo/index.js'
import { decodeRefValue, encodeRefValue, readRefNames } from '../../../src/refs/index.js'
import {
  decodePromises,
  decodePurgeRecord,
  encodePromises,
  encodePurgeRecord,
  promiserOf,
} from '../../../src/store/index.js'
import { decodeLostItems, encodeLostItems, LostItems, NOTHING_LOST } from '../../../src/store/lost-items.js'
import { memoryStorage } from '../../../src/storage/index.js'
import { decodeVersion, encodeVersion, followUp, nonceAt } from '../../../src/storage/version-file.js'
import type { Target } from './index.js'

/** Sealed again, so that what is read is the record and not the checksum. */
function sealed(body: Uint8Array): Buffer {
  return Buffer.concat([body, utf8(`${toHex(checksum(body))}\n`)])
}

/** A target whose inputs are the JSON of sealed records. `seeds`: whole records. */
export function recordTarget(
  name: string,
  decode: (bytes: Buffer, what: string) => unknown,
  seeds: readonly Uint8Array[],
): Target {
  return {
    name,
    isJson: true,
    seeds: seeds.map((bytes) => bytes.subarray(0, -65)),
    parse: (bytes) => decode(sealed(bytes), 'record'),
  }
}

const commit = hashObject('commit', utf8('c'))
const manifest = hashObject('manifest', utf8('m'))
const NONCE = '0123456789abcdef'.repeat(2)
const WHOLE_OPERATION = encodeOperation({
  n: 2,
  id: 'w1-2-00112233',
  time: 1_700_000_000_000,
  verb: 'merge',
  args: ['main', '--no-ff'],
  refs: [
    {
      ref: 'refs/heads/main',
      before: { target: commit, operation: 'w1-1-00112233' },
      after: { target: commit, tag: hashObject('tag', utf8('t')) },
    },
    { ref: 'refs/tags/v1' },
  ],
  head: { before: { branch: 'main' }, after: { branch: 'main', commit } },
  saved: manifest,
  worktree: { before: manifest, after: manifest },
  undoes: 'w1-1-00112233',
})

export const recordTargets: readonly Target[] = [
  {
    name: 'sealed',
    seeds: [seal({ format: 1 }), seal({ a: [1, 'two', { three: null }] })],
    parse: (bytes) => unseal(bytes, 'record'),
  },
  recordTarget('operation', decodeOperation, [WHOLE_OPERATION]),
  recordTarget('store-format', (bytes) => checkFeatures(decodeStoreFormat(bytes, 'here'), 'gc', 'here'), [
    encodeStoreFormat({
      format: 1,
      id: NONCE,
      chunker: { avg: 131_072 },
      features: { read: [], write: ['a-1'], gc: ['b'] },
      created: 1_700_000_000_000,
    }),
  ]),
  recordTarget('ref-value', decodeRefValue, [
    encodeRefValue({ target: commit, operation: 'w1-2-00112233', updated: 1_700_000_000_000 }),
    encodeRefValue({
      target: commit,
      tag: hashObject('tag', utf8('t')),
      previous: commit,
      operation: `mirror-${NONCE}`,
      updated: 0,
    }),
  ]),
  recordTarget('purge-record', decodePurgeRecord, [
    encodePurgeRecord({
      ...{ time: 1_700_000_000_000, by: 'Ada <ada@example.org>', reason: 'no consent', paths: ['a/b'] },
      contents: [{ id: hashChunk(utf8('c')), size: 1 }],
    }),
  ]),
  recordTarget(
    'promises',
    (bytes) => promiserOf(decodePromises(bytes), { kind: 'chunk', id: commit, packs: [NONCE] }, NOTHING_LOST),
    [
      encodePromises(
        new Map([
          ['origin', { lazy: true, away: new Set([NONCE]), commits: new Set([toHex(commit)]) }],
          ['other', { lazy: false, away: new Set<string>(), commits: new Set([toHex(commit)]) }],
        ]),
      ),
    ],
  ),
  recordTarget('lost', decodeLostItems, [
    encodeLostItems(new LostItems(Buffer.concat([Buffer.alloc(32, 1), commit]))),
  ]),
  recordTarget(
    'ref-names',
    async (bytes) => {
      const storage = memoryStorage()
      await storage.compareAndSwap('refs/names', undefined, bytes)
      return await readRefNames(storage)
    },
    [seal({ version: 1, keys: ['refs/heads/main', 'refs/heads/a%2fb', 'refs/tags/v1', 'refs/remotes/o/m'] })],
  ),
  {
    name: 'version-file',
    seeds: [
      { n: 1, nonce: NONCE, bytes: utf8('value') },
      { n: 3, nonce: NONCE, previous: NONCE, before: [NONCE.slice(16)] },
    ].map((version) => encodeVersion(version).subarray(0, -65)),
    parse(bytes) {
      const version = decodeVersion(sealed(bytes), 'ref')
      nonceAt(followUp(version, NONCE, utf8('x')), version.n)
    },
  },
  {
    name: 'config',
    isJson: true,
    longest: 65_536,
    seeds: [
      encodeConfig({
        user: { name: 'A', email: 'a@example.org' },
        remotes: new Map([
          ['origin', { url: 's3://bucket/prefix', region: 'eu-west-1', 'path-style': 'true' }],
        ]),
        branches: new Map([['main', { remote: 'origin', merge: 'main' }]]),
        gc: { operations: '12h' },
        cache: { size: '5GB' },
      }),
    ],
    parse: (bytes) => listConfig(decodeConfig(bytes, 'config')),
  },
]
