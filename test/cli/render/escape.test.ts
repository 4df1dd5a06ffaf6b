import test from 'ava'
import fc from 'fast-check'
import { safe, safeLines, safeTabs } from '../../../src/cli/render/escape.js'

test('safe() names what it escapes', (t) => {
  t.is(safe('a\n\t\x1b[31m\u0085\u202eb\ud800'), 'a\\n\\t\\x1b[31m\\x85\\u{202e}b\\u{d800}')
})

test('safe() leaves ordinary text of any script alone', (t) => {
  for (const text of ['data/a b.csv', 'größe', '日本語', '😀', 'naïve – “x”']) t.is(safe(text), text)
})

test('safe() lets no control through and is stable', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = safe(text)
        return !/\p{Cc}|\p{Cs}/u.test(once) && safe(once) === once
      }),
    ),
  )
})

test('tabs stay where lines are shown', (t) => {
  t.is(safeTabs('a\tb\n'), 'a\tb\\n')
  t.deepEqual(safeLines('a\tb\r\nc\x07'), ['a\tb', 'c\\x07'])
})
