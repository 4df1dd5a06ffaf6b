import test from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import { Reader } from '../../src/codec/index.js'
import type { CommitId, ManifestId } from '../../src/hash/index.js'
import {
  type Commit,
  decodeCommit,
  decodeTag,
  encodeCommit,
  encodeMetadata,
  encodeTag,
  entrySize,
  type Metadata,
  type MetadataScalar,
  type MetadataValue,
  readMetadata,
  type Signature,
  type Tag,
} from '../../src/objects/index.js'

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes))
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const time = fc.integer({ min: -8.64e15, max: 8.64e15 })
const signature: fc.Arbitrary<Signature> = fc.record({
  name: text,
  email: text,
  time,
  zone: fc.integer({ min: -1440, max: 1440 }),
})
const scalar: fc.Arbitrary<MetadataScalar> = fc.oneof(
  text.map((value) => ({ type: 'string', value }) as const),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ type: 'int64', value }) as const),
  fc.double().map((value) => ({ type: 'float64', value }) as const),
  fc.boolean().map((value) => ({ type: 'boolean', value }) as const),
  time.map((value) => ({ type: 'date', value }) as const),
)
const value: fc.Arbitrary<MetadataValue> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }).map((list) => ({ type: 'list', value: list }) as const),
)
const metadata: fc.Arbitrary<Metadata> = fc
  .array(fc.tuple(text, value), { maxLength: 5 })
  .map((pairs) => new Map(pairs))
const commit: fc.Arbitrary<Commit> = fc.record({
  manifest: id as fc.Arbitrary<ManifestId>,
  parents: fc.array(id, { maxLength: 3 }) as fc.Arbitrary<CommitId[]>,
  author: signature,
  committer: signature,
  message: text,
  metadata,
})
const tag: fc.Arbitrary<Tag> = fc.record({
  commit: id as fc.Arbitrary<CommitId>,
  name: text,
  tagger: signature,
  message: text,
})

const me: Signature = { name: 'Ada', email: 'ada@example.com', time: 0, zone: 0 }
const plain: Commit = {
  manifest: Buffer.alloc(32) as ManifestId,
  parents: [],
  author: me,
  committer: me,
  message: 'm',
  metadata: new Map(),
}

function decodeMetadata(bytes: Uint8Array): Metadata {
  const reader = new Reader(bytes, 'metadata')
  const map = readMetadata(reader)
  reader.end()
  return map
}

test('a commit is decoded as it was encoded', (t) => {
  fc.assert(
    fc.property(commit, (each) => {
      const decoded = decodeCommit(encodeCommit(each))
      t.deepEqual({ ...decoded, metadata: undefined }, { ...each, metadata: undefined })
      t.deepEqual([...decoded.metadata].toSorted(byName), [...each.metadata].toSorted(byName))
    }),
  )
})

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

test('a tag is decoded as it was encoded', (t) => {
  fc.assert(fc.property(tag, (each) => t.deepEqual(decodeTag(encodeTag(each)), each)))
})

test('metadata is encoded alike in whatever order its names were set', (t) => {
  fc.assert(
    fc.property(metadata, (map) => {
      const bytes = encodeMetadata(map)
      t.deepEqual(encodeMetadata(new Map([...map].reverse())), bytes)
      t.deepEqual([...decodeMetadata(bytes)].toSorted(byName), [...map].toSorted(byName))
    }),
  )
})

test('damage to a commit or tag is noticed or gives another that is canonical', (t) => {
  fc.assert(
    fc.property(
      commit,
      tag,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      (c, g, hits) => {
        for (const [bytes, again] of [
          [encodeCommit(c), (b: Buffer) => encodeCommit(decodeCommit(b))],
          [encodeTag(g), (b: Buffer) => encodeTag(decodeTag(b))],
        ] as const) {
          for (const [at, byte] of hits) bytes[at % bytes.length] = byte
          t.true(isCanonicalOrCorrupt(bytes, again))
          t.true(isCanonicalOrCorrupt(bytes.subarray(0, hits[0]![0] % bytes.length), again))
        }
      },
    ),
    { numRuns: 500 },
  )
})

function isCanonicalOrCorrupt(bytes: Buffer, again: (bytes: Buffer) => Buffer): boolean {
  try {
    return again(bytes).equals(bytes)
  } catch (error) {
    return isDvError(error, 'DV_CORRUPT')
  }
}

test('a NaN of other bits than the canonical one is refused in a commit', (t) => {
  const metadata = new Map([['x', { type: 'float64', value: NaN } as const]])
  const bytes = encodeCommit({ ...plain, metadata })
  t.is(bytes.readDoubleLE(bytes.length - 8), NaN)
  bytes[bytes.length - 8] = 1
  t.throws(() => decodeCommit(bytes), { code: 'DV_CORRUPT' })
})

const badMetadata: Record<string, number[]> = {
  'names out of order': [2, 1, 0x62, 4, 1, 1, 0x61, 4, 1],
  'a name twice': [2, 1, 0x61, 4, 1, 1, 0x61, 4, 1],
  'an unknown type': [1, 1, 0x61, 7, 0],
  'type 0': [1, 1, 0x61, 0, 0],
  'a boolean of 2': [1, 1, 0x61, 4, 2],
  'a list in a list': [1, 1, 0x61, 6, 1, 6, 0],
  'text that is not UTF-8': [1, 1, 0x61, 1, 1, 0xff],
  'more names than bytes': [0xff, 0xff, 0x03, 1, 0x61, 4, 1],
  'a date out of range': [1, 1, 0x61, 5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
}
for (const [what, bytes] of Object.entries(badMetadata)) {
  test(`metadata with ${what} is refused`, (t) => {
    t.throws(() => decodeMetadata(Buffer.from(bytes)), { code: 'DV_CORRUPT' })
  })
}

const refused: Record<string, Partial<Commit>> = {
  'a message over 64 KiB': { message: 'x'.repeat(64 * 1024 + 1) },
  'more than 64 parents': { parents: Array.from({ length: 65 }, () => Buffer.alloc(32) as CommitId) },
  'a name over 1 KiB': { author: { ...me, name: 'x'.repeat(1025) } },
  'a time that is not a number': { author: { ...me, time: NaN } },
  'a time zone of three days': { committer: { ...me, zone: 4320 } },
  'a metadata name over 1 KiB': { metadata: new Map([['x'.repeat(1025), { type: 'boolean', value: true }]]) },
}
for (const [what, part] of Object.entries(refused)) {
  test(`a commit with ${what} is not written`, (t) => {
    t.throws(() => encodeCommit({ ...plain, ...part }), { code: 'DV_USAGE' })
  })
}

test('an entry counts for its bytes: of a link, those of its target', (t) => {
  t.is(entrySize({ kind: 'symlink', target: 'é' }), 2)
  t.is(entrySize({ kind: 'directory' }), 0)
  t.is(entrySize({ kind: 'file', size: 9, content: Buffer.alloc(32), recipe: { form: 'whole' } }), 9)
})
