import fs from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { type DvErrorCode, isDvError } from '../../src/base/index.js'
import {
  type Address,
  type Elsewhere,
  formatAddress,
  isRevisionName,
  parseAddress,
  parseElsewhere,
} from '../../src/history/index.js'

interface Vectors {
  addresses: { text: string; short: string; url: string; data: Address }[]
  refused: { text: string; code: DvErrorCode }[]
  elsewhere: { text: string; data: Elsewhere }[]
  notElsewhere: { text: string }[]
}

const vectors = JSON.parse(fs.readFileSync('spec/vectors/addresses.json', 'utf8')) as Vectors

const piece = fc.string({ unit: fc.constantFrom(...'aC0 @:%\\{}?#é.~-'), minLength: 1, maxLength: 5 })
const path = fc
  .array(piece, { maxLength: 3 })
  .map((parts) => parts.join('/'))
  .filter((text) => !text.split('/').some((part) => part === '.' || part === '..'))
const repo = fc.oneof(
  fc.array(piece, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
  fc.constantFrom(
    'C:\\data\\a@b',
    'c:/x',
    's3://bucket/pre@fix',
    'https://host:8080/%41',
    '/data/é',
    'dv://x',
    '[::1]',
  ),
)
const revision = fc
  .oneof(
    fc.string({ unit: fc.constantFrom(...'aC0/@%{}.'), minLength: 1, maxLength: 6 }).filter(isRevisionName),
    fc.constantFrom('@', '@{1}', 'main@{2}~3', 'HEAD^2', 'C', '{x'),
  )
  .filter((text) => !/.@$/u.test(text))
const address = fc.record({ repo, revision, path }, { requiredKeys: ['revision', 'path'] })

test('the vectors of spec/vectors/addresses.json hold', (t) => {
  for (const { text, short, url, data } of vectors.addresses) {
    t.deepEqual(parseAddress(text), data, text)
    t.is(formatAddress(data), short)
    t.is(formatAddress(data, 'url'), url)
  }
  for (const { text, code } of vectors.refused) {
    t.true(
      isDvError(
        t.throws(() => parseAddress(text)),
        code,
      ),
      text,
    )
  }
})

test('revisions of other repositories are told from those of this one, from addresses and from paths', (t) => {
  for (const { text, data } of vectors.elsewhere) t.deepEqual(parseElsewhere(text), data, text)
  for (const { text } of vectors.notElsewhere) t.is(parseElsewhere(text), undefined, text)
})

test('what formatAddress() writes parses to the same address, in both forms', (t) => {
  fc.assert(
    fc.property(address, (data) => {
      t.deepEqual(parseAddress(formatAddress(data)), data)
      t.deepEqual(parseAddress(formatAddress(data, 'url')), data)
    }),
    { numRuns: 2000 },
  )
})

test('any text either parses or is refused as an address or a revision', (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'a@:/\\%{}C1dv.') }),
  )
  fc.assert(
    fc.property(text, (input) => {
      try {
        t.is(typeof parseAddress(input).path, 'string')
      } catch (error) {
        t.true(isDvError(error, 'DV_BAD_ADDRESS') || isDvError(error, 'DV_BAD_REVISION'))
      }
    }),
  )
})

const secretsAlone = [
  'https://user:hunter2@host/x',
  'https://user:hunter2@host/x@main',
  'dv://https://user:hunter2@host/x@main',
]
for (const text of secretsAlone) {
  test(`a secret before a revision is refused and not repeated: ${text}`, (t) => {
    const error = t.throws(() => parseElsewhere(text))
    t.true(isDvError(error, 'DV_BAD_ADDRESS'))
    t.notRegex(JSON.stringify({ ...error, message: error?.message }), /hunter2/)
  })
}

const secrets = [
  'https://user:hunter2@host/x@main:a',
  'https://hunter2@host/x@main:a',
  'https://user:1234hunter2@host/x:main',
  'dv://https://user:hunter2@host/x@main/a',
  'dv://https%3A%2F%2Fuser%3Ahunter2%40host/x@main/a',
]
for (const text of secrets) {
  test(`a secret is refused and not repeated: ${text}`, (t) => {
    const error = t.throws(() => parseAddress(text))
    t.true(isDvError(error, 'DV_BAD_ADDRESS'))
    t.false(JSON.stringify([error?.message, isDvError(error) && error.data]).includes('hunter2'))
  })
}
