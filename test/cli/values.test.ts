import test from 'ava'
import { parseSize } from '../../src/base/index.js'
import { parseDate } from '../../src/cli/values.js'
import { NOW } from './test-io.js'

for (const [text, bytes] of [
  ['0', 0],
  ['65536', 65536],
  ['128KiB', 131072],
  ['128k', 131072],
  ['1.5 MB', 1_500_000],
  ['1GiB', 1024 ** 3],
] as const) /* prettier-ignore */ {
  test(`parseSize() reads '${text}'`, (t) => t.is(parseSize(text), bytes))
}

for (const text of ['', '-1', '1e3', '1..2', '12 parsecs', '0.1', '999999999999GiB', '1kb2']) {
  test(`parseSize() refuses '${text}'`, (t) => t.is(parseSize(text), undefined))
}

for (const [text, time] of [
  ['now', NOW],
  ['yesterday', NOW - 86_400_000],
  ['3 weeks ago', NOW - 21 * 86_400_000],
  ['@1700000000', 1_700_000_000_000],
  ['2026-01-31T12:00:00Z', NOW],
  ['2026-01-31 13:00:00+01:00', NOW],
] as const) /* prettier-ignore */ {
  test(`parseDate() reads '${text}'`, (t) => t.is(parseDate(text, NOW), time))
}

test('parseDate() takes a date alone as midnight here', (t) => {
  t.is(parseDate('2026-01-31', NOW), new Date(2026, 0, 31).getTime())
})

for (const text of ['', 'tomorrowish', '31.01.2026', '2026-13-45', '5 lightyears ago']) {
  test(`parseDate() refuses '${text}'`, (t) => t.is(parseDate(text, NOW), undefined))
}
