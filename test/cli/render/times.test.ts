import test from 'ava'
import { duration, relativeTime, timestamp } from '../../../src/cli/render/times.js'
import { NOW } from '../test-io.js'

for (const [seconds, text] of [
  [0, 'just now'],
  [4, 'just now'],
  [5, '5 seconds ago'],
  [60, '1 minute ago'],
  [7200, '2 hours ago'],
  [86_400 * 8, '1 week ago'],
  [86_400 * 400, '1 year ago'],
  [-7200, 'in 2 hours'],
] as const) /* prettier-ignore */ {
  test(`${seconds} seconds back is '${text}'`, (t) => t.is(relativeTime(NOW - seconds * 1000, NOW), text))
}

test("timestamp() is what the author's clock showed", (t) => {
  t.is(timestamp(NOW, 60), '2026-01-31 13:00:00 +0100')
  t.is(timestamp(NOW, -210), '2026-01-31 08:30:00 -0330')
})

test('timestamp() survives a time no calendar has', (t) => {
  t.is(timestamp(9e15, 0), 'an impossible time (9000000000000000)')
})

test('duration() counts up to hours', (t) => {
  t.deepEqual([0, 7, 61, 3723].map(duration), ['0:00', '0:07', '1:01', '1:02:03'])
})
