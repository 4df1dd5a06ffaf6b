import test from 'ava'
import fc from 'fast-check'
import {
  hashChunk,
  ID_BYTES,
  idFromKey,
  idKey,
  parseId,
  sameId,
  shortHex,
  toHex,
} from '../../src/hash/index.js'

const anyId = fc.uint8Array({ minLength: ID_BYTES, maxLength: ID_BYTES })

test('an id survives its key and its hex', (t) => {
  fc.assert(
    fc.property(anyId, (id) => {
      t.true(sameId(idFromKey(idKey(id)), id))
      t.true(sameId(parseId(toHex(id)), id))
      t.is(idKey(id).length, ID_BYTES)
      t.true(toHex(id).startsWith(shortHex(id)))
    }),
  )
})

test('keys of ids differ exactly when the ids do', (t) => {
  fc.assert(fc.property(anyId, anyId, (a, b) => t.is(idKey(a) === idKey(b), sameId(a, b))))
})

test('an id has 32 bytes', (t) => {
  t.is(hashChunk(new Uint8Array(0)).length, ID_BYTES)
})

const hex = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'
for (const [what, text] of [
  ['nothing', ''],
  ['63 digits', hex.slice(1)],
  ['65 digits', `${hex}0`],
  ['upper case', hex.toUpperCase()],
  ['a digit that is none', `g${hex.slice(1)}`],
  ['a line end', `${hex}\n`],
] as const) {
  test(`hex of ${what} is no id`, (t) => {
    t.throws(() => parseId(text), { code: 'DV_CORRUPT' })
  })
}
