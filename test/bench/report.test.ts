import test from 'ava'
import prettier from 'prettier'
import type { Row } from './measure.js'
import { figure, markdown, table } from './report.js'

const circumstances = {
  machine: 'a processor, 2 cores, 24 GB of memory',
  system: 'Linux 6 (x64), ext4',
  node: 'v20.19.0',
  commit: '0123456789ab+changes',
  date: '2026-01-01',
}

const rows: Row[] = [
  { group: 'kernels', what: 'memcpy', unit: 'GB/s', samples: [{ value: 10 }] },
  { group: 'kernels', what: 'hash', unit: 'GB/s', beside: 'memcpy', samples: [{ value: 4 }, { value: 6 }] },
  { group: 'tree', what: 'find', unit: 's', size: 10, samples: [{ value: 0.5 }] },
  ...[10, 1000].map((size): Row => {
    const samples = [
      { value: 1, cpu: 2, peak: 80e6 },
      { value: 3, cpu: 4, peak: 90e6 },
    ]
    return { group: 'tree', what: 'status', unit: 's', size, beside: 'find', samples }
  }),
]

test('figures have three digits that count', (t) => {
  t.deepEqual([0.01234, 1.2345, 12.345, 123.45, 12345].map(figure), [
    '0.012',
    '1.23',
    '12.3',
    '123',
    '12,345',
  ])
})

test('a table is aligned, words to the left and figures to the right', (t) => {
  const lines = table([
    ['what', 'files'],
    ['a', '1,000'],
    ['longer', '1'],
  ])
  t.deepEqual(lines.split('\n'), [
    '| what   | files |',
    '| ------ | ----: |',
    '| a      | 1,000 |',
    '| longer |     1 |',
  ])
})

test('a report says on what was measured, and has medians, the worst, ratios and what else was used, by size', (t) => {
  const text = markdown({ circumstances, rounds: 2, rows })
  for (const said of Object.values(circumstances)) t.true(text.includes(said), said)
  const cells = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  t.deepEqual(
    cells.filter(([first]) => first !== '' && !first!.startsWith('---')),
    [
      ['memcpy', '10.0 (10.0)', '', ''],
      ['hash', '5.00 (4.00)', 'memcpy', '0.500'],
      ['find', '0.500 (0.500)', '-'],
      ['status', '2.00 (3.00)', '2.00 (3.00)'],
      ['times as long as', '10', '1,000'],
      ['status ÷ find', '4.00', '-'],
      ['CPU seconds; peak MB', '10', '1,000'],
      ['status', '3.00; 90', '3.00; 90'],
    ],
  )
})

test('a report is formatted as the project is', async (t) => {
  const text = markdown({ circumstances, rounds: 2, rows })
  t.is(await prettier.format(text, { parser: 'markdown', printWidth: 110 }), text)
})
