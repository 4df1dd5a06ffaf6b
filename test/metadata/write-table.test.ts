import test from 'ava'
import fc from 'fast-check'
import { jsonTable, delimitedTable, toCsv, toJsonLines } from '../../src/metadata/index.js'
import { type Metadata, type MetadataScalar, type MetadataValue } from '../../src/objects/index.js'

const text = fc.string().filter((one) => !/[\ud800-\udfff]/.test(one))
const scalar: fc.Arbitrary<MetadataScalar> = fc.oneof(
  text.map((value) => ({ type: 'string' as const, value })),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ type: 'int64' as const, value })),
  fc.double().map((value) => ({ type: 'float64' as const, value })),
  fc.boolean().map((value) => ({ type: 'boolean' as const, value })),
  fc.integer({ min: -8.64e15, max: 8.64e15 }).map((value) => ({ type: 'date' as const, value })),
)
const value: fc.Arbitrary<MetadataValue> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }).map((list) => ({ type: 'list' as const, value: list })),
)
const name = text.filter((one) => one !== '' && one !== 'path' && one !== '__proto__')

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1
}

async function joined(parts: AsyncIterable<string>): Promise<string> {
  let all = ''
  for await (const part of parts) all += part
  return all
}

const bytesOf = (text: string) => ({
  path: 't',
  async *read() {
    yield Buffer.from(text)
  },
})

test('JSON Lines give back every value with its type, but where a column mixes whole and other numbers', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, value), async (values) => {
      const metadata: Metadata = new Map(Object.entries(values))
      const rows = async function* () {
        yield [{ path: 'a/b', metadata }]
      }
      const written = await joined(toJsonLines(rows(), 'path'))
      const table = await jsonTable(bytesOf(written), { types: {}, nulls: [] })
      for await (const batch of table.rows())
        for (const { cells } of batch) {
          const back = new Map<string, MetadataValue>()
          cells.forEach(
            (cell, i) => cell && back.set(table.columns[i]!.name, table.valueOf(cell as MetadataValue, i)),
          )
          back.delete('path')
          t.deepEqual([...back].sort(byName), [...metadata].sort(byName))
        }
    }),
  )
})

test('CSV has a column for each name, quotes what must be, and tells 1.0 from 1', async (t) => {
  const metadata: Metadata = new Map<string, MetadataValue>([
    ['n', { type: 'int64', value: 1n }],
    ['f', { type: 'float64', value: 1 }],
    ['d', { type: 'date', value: Date.UTC(2026, 0, 31) }],
    ['s', { type: 'string', value: 'a, "b"\nc' }],
  ])
  const rows = async function* () {
    yield [
      { path: 'x', metadata },
      { path: 'y', metadata: new Map([['z', { type: 'boolean', value: true }]]) as Metadata },
    ]
  }
  const written = await joined(toCsv(rows, 'path'))
  t.is(written, 'path,d,f,n,s,z\nx,2026-01-31,1.0,1,"a, ""b""\nc",\ny,,,,,true\n')
  const table = await delimitedTable(bytesOf(written), { types: {}, nulls: [] })
  t.deepEqual(
    table.columns.map(({ type }) => type),
    ['string', 'date', 'float64', 'int64', 'string', 'boolean'],
  )
  await t.throwsAsync(joined(toCsv(rows, 'n')), { code: 'DV_USAGE' })
})
