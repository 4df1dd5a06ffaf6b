import test from 'ava'
import { parseSize } from '../../src/base/index.js'
import { parseDate, parseMetadata } from '../../src/cli/values.js'
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

for (const [text, value] of [
  ['k=v', 'v'],
  ['k=', ''],
  ['k=a=b', 'a=b'],
  ['k=true', true],
  ['k=42', 42],
  ['k=-1.5', -1.5],
  ['k=1e3', 1000],
  ['k="42"', '42'],
  ['k=007', '007'],
  ['k=9007199254740993', '9007199254740993'],
  ['k=1e999', '1e999'],
] as const) /* prettier-ignore */ {
  test(`parseMetadata() reads '${text}'`, (t) => t.deepEqual(parseMetadata(text), ['k', value]))
}

test('parseMetadata() refuses what has no name', (t) => {
  t.is(parseMetadata('=v'), undefined)
  t.is(parseMetadata('kv'), undefined)
})
