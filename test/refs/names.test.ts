import test from 'ava'
import fc from 'fast-check'
import {
  branchRef,
  decodeKeyPart,
  encodeKeyPart,
  parseRef,
  refFromKey,
  refKey,
  remoteRef,
  shortRefName,
  tagRef,
  validateRefName,
} from '../../src/refs/index.js'
import { isDvError } from '../../src/base/index.js'
import { memoryStorage } from '../../src/storage/index.js'

const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: fc.constantFrom(...'aA/.-@{~ *é\u{1f600}lock'), maxLength: 12 }),
)

function isValid(name: string): boolean {
  try {
    return validateRefName(name) === name
  } catch (error) {
    if (isDvError(error, 'DV_BAD_NAME')) return false
    throw error
  }
}

const good = [
  'main',
  'feature/x',
  'v1.0',
  'a@b',
  'Ünïcode',
  '日本',
  'a-',
  'x/y/z',
  'a.lock.b',
  'con',
  'UPPER',
  'a{b',
  'refs/heads/odd',
]
for (const name of good) {
  test(`'${name}' may name a branch`, (t) => {
    t.is(validateRefName(name), name)
    t.is(shortRefName(branchRef(name)), name)
  })
}

const bad: [name: string, hint: string | undefined][] = [
  ['', undefined],
  ['my branch', "try 'my-branch'"],
  ['a..b', "try 'a.b'"],
  ['.hidden', "try 'hidden'"],
  ['a/.b', "try 'a/b'"],
  ['a.lock', "try 'a-lock'"],
  ['a.lock/b', "try 'a-lock/b'"],
  ['/a', "try 'a'"],
  ['a/', "try 'a'"],
  ['a//b', "try 'a/b'"],
  ['a.', "try 'a'"],
  ['@', undefined],
  ['HEAD', undefined],
  ['a@{1}', "try 'a-1}'"],
  ['a~1', "try 'a-1'"],
  ['a^', "try 'a'"],
  ['a:b', "try 'a-b'"],
  ['what?', "try 'what'"],
  ['*', undefined],
  ['a[b', "try 'a-b'"],
  ['a\\b', "try 'a-b'"],
  ['-f', "try 'f'"],
  ['a\tb', "try 'a-b'"],
  ['a\x7fb', "try 'a-b'"],
  ['\ud800', undefined],
  ['a'.repeat(241), undefined],
  ['é'.repeat(41), undefined],
  ['0'.repeat(64), undefined],
]
for (const [name, hint] of bad) {
  test(`${JSON.stringify(name.slice(0, 20))} may not name a branch${hint ? `: ${hint}` : ''}`, (t) => {
    const error = t.throws(() => validateRefName(name), { code: 'DV_BAD_NAME' })
    t.is((error as { hint?: string }).hint, hint)
  })
}

test('a suggested name is a name', (t) => {
  fc.assert(
    fc.property(anyName, (name) => {
      try {
        validateRefName(name)
      } catch (error) {
        const hint = (error as { hint?: string }).hint
        return hint === undefined || isValid(hint.slice("try '".length, -1))
      }
      return true
    }),
  )
  t.pass()
})

test('an encoded part decodes to the name, whatever it is, and a storage takes it', async (t) => {
  const storage = memoryStorage()
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 15 }), async (name) => {
      const part = encodeKeyPart(name)
      t.is(decodeKeyPart(part), name)
      if (isValid(name)) t.is(await storage.size(refKey(branchRef(name))), undefined)
    }),
  )
})

test('keys of different names differ also where case is ignored, and none is a folder of another', (t) => {
  fc.assert(
    fc.property(anyName.filter(isValid), anyName.filter(isValid), (a, b) => {
      const [x, y] = [refKey(branchRef(a)).toLowerCase(), refKey(branchRef(b)).toLowerCase()]
      return a === b || (x !== y && !x.startsWith(`${y}/`))
    }),
  )
  t.not(refKey(branchRef('A')), refKey(branchRef('a')))
})

test('refFromKey() is the inverse of refKey(), and undefined for keys no writer makes', (t) => {
  for (const ref of [branchRef('feature/X'), tagRef('v1'), remoteRef('origin', 'a/b'), 'refs/notes/checks'])
    t.is(refFromKey(refKey(ref)), ref)
  for (const key of [
    'refs/heads/%41%',
    'refs/heads/%6d',
    'refs/heads/a/b',
    'refs/remotes/origin',
    'refs/other/a',
    'heads/a',
    'refs/heads/%ff',
    'refs/heads/a..b',
    'refs/heads/con',
  ]) {
    t.is(refFromKey(key), undefined, key)
  }
})

test('parseRef() takes full names apart and refuses others', (t) => {
  t.deepEqual(parseRef('refs/remotes/origin/feature/x'), {
    kind: 'remotes',
    remote: 'origin',
    name: 'feature/x',
  })
  t.deepEqual(parseRef('refs/heads/a/b'), { kind: 'heads', name: 'a/b' })
  for (const ref of [
    'main',
    'refs/heads/',
    'refs/remotes/origin',
    'refs/remotes/',
    'refs/odd/x',
    'refs/heads/a b',
  ]) {
    t.throws(() => parseRef(ref), { code: 'DV_BAD_NAME' }, ref)
  }
  t.throws(() => remoteRef('a/b', 'c'), { code: 'DV_BAD_NAME' })
})
