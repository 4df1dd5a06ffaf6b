// Metadata that is only checked is checked as strictly as metadata that is decoded.
import test from 'ava'
import fc from 'fast-check'
import { isDvError, sameBytes } from '../../src/base/index.js'
import { Reader } from '../../src/codec/index.js'
import {
  encodeMetadata,
  type Metadata,
  type MetadataScalar,
  type MetadataValue,
  readMetadata,
  StoredMetadata,
  TIME_MAX,
  walkMetadata,
} from '../../src/objects/index.js'

const scalar: fc.Arbitrary<MetadataScalar> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }).map((value) => ({ type: 'string', value }) as const),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((value) => ({ type: 'int64', value }) as const),
  fc.bigInt(-300n, 300n).map((value) => ({ type: 'int64', value }) as const),
  fc.double().map((value) => ({ type: 'float64', value }) as const),
  fc.boolean().map((value) => ({ type: 'boolean', value }) as const),
  fc.integer({ min: -TIME_MAX, max: TIME_MAX }).map((value) => ({ type: 'date', value }) as const),
)
const value: fc.Arbitrary<MetadataValue> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 4 }).map((items) => ({ type: 'list', value: items }) as const),
)
const map: fc.Arbitrary<Metadata> = fc
  .uniqueArray(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 9 }), value), {
    maxLength: 6,
    selector: ([key]) => key,
  })
  .map((pairs) => new Map(pairs))

/** Whether bytes are the encoding of what is decoded of them. */
function isCanonical(bytes: Buffer): boolean {
  try {
    const reader = new Reader(bytes, 'test')
    const metadata = readMetadata(reader)
    reader.end()
    return sameBytes(encodeMetadata(metadata), bytes)
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT')) return false
    throw error
  }
}

function isAccepted(bytes: Buffer): boolean {
  try {
    return new StoredMetadata(bytes, 'test').form === 'inline'
  } catch (error) {
    if (isDvError(error, 'DV_CORRUPT')) return false
    throw error
  }
}

test('what is encoded is accepted, decoded as it was, and walked name by name', (t) => {
  fc.assert(
    fc.property(map, (metadata) => {
      const bytes = encodeMetadata(metadata)
      const stored = new StoredMetadata(bytes, 'test')
      t.deepEqual(encodeMetadata(stored.metadata), bytes)
      const seen: [string, string][] = []
      walkMetadata(bytes, 'test', ({ name, nameEnd, type, value, valueEnd }) => {
        const one = stored.metadata.get(bytes.toString('utf8', name, nameEnd))!
        if (one.type === 'string') t.is(bytes.toString('utf8', value, valueEnd), one.value)
        seen.push([bytes.toString('utf8', name, nameEnd), type])
      })
      t.deepEqual(
        seen,
        [...stored.metadata].map(([name, one]) => [name, one.type]),
      )
    }),
    { numRuns: 300 },
  )
})

test('damaged bytes are accepted exactly when they are the encoding of something', (t) => {
  const damage = fc.oneof(
    fc.tuple(fc.constant('set' as const), fc.nat(), fc.nat(255)),
    fc.tuple(fc.constant('cut' as const), fc.nat(), fc.nat(3)),
    fc.tuple(fc.constant('add' as const), fc.nat(), fc.nat(255)),
  )
  let accepted = 0
  fc.assert(
    fc.property(map, fc.array(damage, { minLength: 1, maxLength: 2 }), (metadata, damages) => {
      let bytes = encodeMetadata(metadata)
      for (const [how, where, what] of damages) {
        const at = where % (bytes.length + 1)
        const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
        if (how === 'set' && at < bytes.length) bytes[at] = what
        if (how === 'cut') bytes = Buffer.concat([head, tail.subarray(what)])
        if (how === 'add') bytes = Buffer.concat([head, Buffer.of(what), tail])
      }
      t.is(isAccepted(bytes), isCanonical(bytes), bytes.toString('hex'))
      if (isAccepted(bytes)) accepted++
    }),
    { numRuns: 20_000 },
  )
  t.true(accepted > 100)
})

test('numbers that could be written otherwise are refused', (t) => {
  const named = (hex: string) => Buffer.from(`010161${hex}`, 'hex')
  t.true(isAccepted(named('03000000000000f87f')))
  for (const hex of [
    '03010000000000f87f',
    '03000000000000f8ff',
    '028000',
    '0280808080808000',
    '02ffffffffffffffffff02',
    '05ffffffffffffffffff01',
    '0402',
    '0700',
    '060106',
    '01c328',
    '',
  ])
    t.false(isAccepted(named(hex)), hex)
})
