import test from 'ava'
import fc from 'fast-check'
import { seal, unseal } from '../../src/codec/index.js'

const anyRecord = fc.dictionary(fc.string(), fc.jsonValue())

test('a sealed record comes back', (t) => {
  fc.assert(
    fc.property(anyRecord, (record) => {
      const plain = JSON.parse(JSON.stringify(record)) as object
      t.deepEqual(unseal(seal(record), 'record'), plain as Record<string, unknown>)
    }),
  )
})

test('a sealed record is two lines: JSON, and 64 hex digits', (t) => {
  t.regex(seal({ a: 1 }).toString(), /^\{"a":1\}\n[0-9a-f]{64}\n$/)
})

test('any flipped bit is DV_CORRUPT', (t) => {
  const sealed = seal({ branch: 'main', commit: 'abc' })
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const bytes = Buffer.from(sealed)
    bytes[bit >> 3]! ^= 1 << (bit & 7)
    t.throws(() => unseal(bytes, 'record'), { code: 'DV_CORRUPT' }, `bit ${bit}`)
  }
})

test('any prefix, and anything behind the end, is DV_CORRUPT', (t) => {
  const sealed = seal({ branch: 'main' })
  for (let length = 0; length < sealed.length; length++) {
    t.throws(() => unseal(sealed.subarray(0, length), 'record'), { code: 'DV_CORRUPT' })
  }
  t.throws(() => unseal(Buffer.concat([sealed, Buffer.from('\n')]), 'record'), { code: 'DV_CORRUPT' })
  t.throws(() => unseal(Buffer.concat([sealed, sealed]), 'record'), { code: 'DV_CORRUPT' })
})

test('any bytes are DV_CORRUPT, and the error names the record', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      t.throws(() => unseal(bytes, 'branch record'), { code: 'DV_CORRUPT', message: /branch record/ })
    }),
  )
})
