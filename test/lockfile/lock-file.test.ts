import fs from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import type { DvError } from '../../src/base/index.js'
import { decodeLock, encodeLock, nameFor, type Pin } from '../../src/lockfile/index.js'
import { hashObject } from '../../src/hash/index.js'

interface Vectors {
  sound: { name: string; text: string; canonical: string }[]
  refused: { name: string; text: string; code: string; line?: number }[]
}

const { sound, refused } = JSON.parse(fs.readFileSync('spec/vectors/lock.json', 'utf8')) as Vectors

function read(text: string): Pin[] {
  return decodeLock(Buffer.from(text), 'dv.lock')
}

for (const { name, text, canonical } of sound) {
  test(`a lock file is read and written in one form: ${name}`, (t) => {
    t.is(encodeLock(read(text)).toString(), canonical)
    t.is(encodeLock(read(canonical)).toString(), canonical)
  })
}

for (const { name, text, code, line } of refused) {
  test(`what is no lock file is refused: ${name}`, (t) => {
    const error = t.throws(() => read(text), { code }) as DvError
    t.is(error.data['line'], line)
    t.notRegex(`${error.message} ${JSON.stringify(error.data)}`, /pw@|key@|a:b@|sig=1/)
  })
}

const texts = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => /^[^\\/:\x00-\x1f\x7f]*$/.test(text) && /\w/.test(text))
const pins = fc.uniqueArray(
  fc.record({
    name: fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,9}$/),
    url: texts.map((text) => `/stores/${text}`),
    store: fc.stringMatching(/^[0-9a-f]{32}$/),
    revision: fc.constantFrom('main', 'HEAD', 'a/b~2', 'v1^{}'),
    commit: fc.string().map((text) => hashObject('commit', Buffer.from(text))),
    path: fc.constantFrom('', 'a/b', '**/*.csv'),
    where: fc.constantFrom(undefined, "line = 'ä\"b'"),
  }),
  { selector: ({ name }) => name },
)

function pinOf({ where, ...one }: Omit<Pin, 'into' | 'where'> & { where: string | undefined }): Pin {
  return { ...one, ...(where !== undefined && { where }), into: `data/${one.name}` }
}

test('what is written is read again, whatever it says; the order it came in does not count', (t) => {
  fc.assert(
    fc.property(pins, (given) => {
      const all = given.map(pinOf)
      const bytes = encodeLock(all)
      const again = decodeLock(bytes, 'dv.lock')
      t.deepEqual(
        again.map(({ name }) => name),
        all.map(({ name }) => name).sort(),
      )
      t.deepEqual(encodeLock(again), bytes)
      t.deepEqual(encodeLock([...all].reverse()), bytes)
    }),
  )
})

test('two who add lines to the same file change no line that was there', (t) => {
  fc.assert(
    fc.property(pins, fc.nat(), (given, at) => {
      fc.pre(given.length > 0)
      const all = given.map(pinOf)
      const without = all.filter((_, i) => i !== at % all.length)
      const lines = new Set(encodeLock(all).toString().split('\n'))
      for (const line of encodeLock(without).toString().split('\n')) t.true(lines.has(line))
    }),
  )
})

test('a name is found in every address that ends with one', (t) => {
  t.is(nameFor('s3://lab/plates/'), 'plates')
  t.is(nameFor('../my photos'), 'my-photos')
  t.is(nameFor('C:\\data\\x'), 'x')
  t.is(nameFor('day1/räume.csv'), 'r-ume.csv')
  t.is(nameFor('..'), undefined)
})
