// What the writer writes is what DuckDB reads.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { type ParquetColumn, type ParquetType, ParquetWriter } from '../../src/query/parquet.js'
import { openSql, quoteText, type SqlRow } from '../../src/sql/index.js'
import { temporaryFolder } from '../helpers/temporary.js'

const VALUES: Record<ParquetType, fc.Arbitrary<unknown>> = {
  text: fc.string({ unit: 'binary' }),
  int64: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  float64: fc.double(),
  boolean: fc.boolean(),
  time: fc.integer({ min: -8.64e15, max: 8.64e15 }),
  id: fc.uint8Array({ minLength: 32, maxLength: 32 }),
}
const TYPES = Object.keys(VALUES) as ParquetType[]

function put(column: ParquetColumn, value: unknown): void {
  if (column.type === 'text') column.text(value as string)
  else if (column.type === 'int64') column.int64(value as bigint)
  else if (column.type === 'float64') column.float64(value as number)
  else if (column.type === 'boolean') column.boolean(value as boolean)
  else if (column.type === 'time') column.whole(value as number)
  else column.bytes(value as Uint8Array)
}

async function readBack(file: string, select = '*'): Promise<SqlRow[]> {
  const db = await openSql({ temporary: path.join(path.dirname(file), 't'), readable: [path.dirname(file)] })
  try {
    return await db.run(`SELECT ${select} FROM ${quoteText(file)}`)
  } finally {
    await db.close()
  }
}

function write(file: string, work: (writer: ParquetWriter) => void): void {
  const descriptor = fs.openSync(file, 'w')
  const writer = new ParquetWriter(descriptor)
  work(writer)
  writer.finish()
  fs.closeSync(descriptor)
}

const rows = fc.array(fc.tuple(...TYPES.map((type) => fc.option(VALUES[type], { nil: undefined }))), {
  maxLength: 40,
})

test('rows of all types, with and without values, are read as they were written', async (t) => {
  const file = path.join(temporaryFolder(), 'a.parquet')
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.array(fc.nat(99), { minLength: TYPES.length, maxLength: TYPES.length }),
      async (all, begins) => {
        write(file, (writer) => {
          const columns: (ParquetColumn | undefined)[] = []
          for (const [at, row] of all.entries()) {
            TYPES.forEach((type, i) => {
              if (begins[i]! <= at) columns[i] ??= writer.column(type, type)
            })
            columns.forEach((column, i) => column && row[i] !== undefined && put(column, row[i]))
            writer.endRow()
          }
          TYPES.forEach((type, i) => (columns[i] ??= writer.column(type, type)))
        })
        const expected = all.map((row, at) => row.map((value, i) => (begins[i]! <= at ? value : undefined)))
        const select = 'text, int64, float64, boolean, epoch_ms("time") AS t, id'
        const found = await readBack(file, select)
        t.deepEqual(
          found,
          expected.map((row) =>
            row.map((value, i) =>
              TYPES[i] === 'time' && value !== undefined ? BigInt(value as number) : value,
            ),
          ) as SqlRow[],
        )
      },
    ),
    { numRuns: 30 },
  )
})

test('a table of several row groups has columns that begin in a later one', async (t) => {
  const file = path.join(temporaryFolder(), 'b.parquet')
  const count = 300_000
  write(file, (writer) => {
    const number = writer.column('number', 'int64')
    const others = TYPES.map((type) => writer.column(`all_${type}`, type))
    const simple = { text: 'x', int64: 7n, float64: 0.5, boolean: true, time: 1000, id: Buffer.alloc(32, 1) }
    let late: ParquetColumn | undefined
    for (let i = 0; i < count; i++) {
      number.whole(i)
      for (const column of others) put(column, simple[column.type])
      if (i >= 200_000 && i % 3 === 0) {
        late ??= writer.column('late', 'text')
        late.text(`x${i}`)
      }
      writer.endRow()
    }
  })
  const [row] = await readBack(
    file,
    `count(*), sum(number), count(late), min(number) FILTER (late IS NOT NULL),
      bool_and(late IS NULL OR late = 'x' || number), sum(all_int64), sum(all_float64), sum(all_boolean::INT),
      min(hex(all_id)), max(hex(all_id)), max(all_text)`,
  )
  const id = '01'.repeat(32)
  t.deepEqual(row, [
    300_000n,
    BigInt(count * (count - 1)) / 2n,
    33_333n,
    200_001n,
    true,
    2_100_000n,
    150_000,
    300_000n,
    id,
    id,
    'x',
  ])
})

test('a table of no rows has its columns', async (t) => {
  const file = path.join(temporaryFolder(), 'c.parquet')
  write(file, (writer) => void writer.column('path', 'text'))
  t.deepEqual(await readBack(file, 'count(path)'), [[0n]])
})
