// Arrow files: a published one, files that pyarrow wrote (test/fixtures) and files written here.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import * as arrow from 'apache-arrow'
import { isDvError } from '../../src/base/index.js'
import { compress } from '../../src/codec/index.js'
import { openSql, type SqlRow } from '../../src/sql/index.js'
import { addTable } from '../../src/tables/index.js'
import { FlatBuffer } from '../../src/tables/flatbuffer.js'
import { unpacked, withRoom } from '../../src/tables/unpack-room.js'
import { zstdFrame } from '../../src/tables/zstd-frame.js'
import { collect, temporaryFolder } from '../helpers/repository.js'
import { compared } from './helpers.js'

const fixture = (name: string) => fs.readFileSync(path.resolve('test/fixtures', name))

async function rowsOf(t: ExecutionContext, bytes: Uint8Array, sql = 'FROM t') {
  const folder = fs.mkdtempSync(path.join(temporaryFolder(t), 'arrow-'))
  const file = path.join(folder, 't.arrow')
  fs.writeFileSync(file, bytes)
  const db = await openSql({ temporary: path.join(folder, 'sql'), readable: [folder], threads: 1 })
  try {
    await addTable(db, 't', { path: 't.arrow', file, format: 'arrow' })
    const { columns, batches } = await db.query(sql)
    const rows: SqlRow[] = (await collect(batches)).flat()
    return { columns: columns.map(({ name, type }) => `${name} ${type}`), rows }
  } finally {
    await db.close()
  }
}

const fromColumns = (columns: Record<string, arrow.Vector>) =>
  arrow.tableToIPC(new arrow.Table(columns), 'file')

test('a published Arrow file has the rows of the table beside it', async (t) => {
  const bytes = fs.readFileSync(path.resolve('node_modules/vega-datasets-3/data/flights-200k.arrow'))
  const { rows, columns } = await rowsOf(
    t,
    bytes,
    'SELECT count(*), min(delay), sum(distance)::DOUBLE FROM t',
  )
  const known = arrow.tableFromIPC(bytes)
  const delays = [...known.getChild('delay')!] as number[]
  const distances = [...known.getChild('distance')!] as number[]
  const wanted = [200_000n, delays.reduce((a, b) => Math.min(a, b)), distances.reduce((a, b) => a + b)]
  t.deepEqual(rows, [wanted], columns.join())
})

test('values of every type are read from files of pyarrow, packed with LZ4 and zstd', async (t) => {
  const { columns, rows } = await rowsOf(t, fixture('arrow-lz4.feather'))
  const first = rows[0]!.map((value) => (value instanceof Uint8Array ? [...value] : value))
  t.deepEqual(
    columns.map((column, i) => [column, first[i], rows[1]![i]]),
    [
      ['id INTEGER', 1, 2],
      ['u8 UTINYINT', 0, 255],
      ['big BIGINT', 9223372036854775807n, -9223372036854775808n],
      ['f FLOAT', 1.5, undefined],
      ['s VARCHAR', 'a', undefined],
      ['d VARCHAR', 'p', 'q'],
      ['ts TIMESTAMP', '1970-01-01 00:00:00.000001', '1970-01-01 00:00:01.000001'],
      ['tn TIMESTAMP_NS', '1970-01-01 00:00:00.000000001', '1970-01-01 00:00:00.000000002'],
      ['tsec TIMESTAMP', '1969-01-01 00:00:00', undefined],
      ['day DATE', '1950-02-03', undefined],
      ['t VARCHAR', '01:02:03.000004', undefined],
      ['dec DECIMAL(30,2)', '-1.25', undefined],
      ['l JSON', '[1,2]', undefined],
      ['st JSON', '{"a":1,"b":"x"}', undefined],
      ['m JSON', '{"k":1}', undefined],
      ['bin BLOB', [0, 255], undefined],
      ['bool BOOLEAN', true, undefined],
      ['n JSON', undefined, undefined],
      ['view VARCHAR', 'short', undefined],
      ['dts TIMESTAMP', '1970-01-01 00:00:00.000001', '1970-01-01 00:00:00.000002'],
    ],
  )
})

test('versions of an Arrow file differ cell by cell, by a microsecond and a nanosecond too', async (t) => {
  const kept = { before: fixture('arrow-lz4.feather'), after: fixture('arrow-zstd.feather') }
  const { changes } = await compared(
    t,
    { name: 't.feather', ...kept },
    { columns: ['ts', 'tn', 'dts', 'l', 'f'] },
  )
  const [, second] = changes.filter(({ change }) => change === 'added')
  t.is(changes.length, 2, 'the rows of which a time moved by one unit, without a key')
  t.is(second, undefined)
})

test('nested values, dictionaries, nulls and batches of a file written here come through', async (t) => {
  const list = new arrow.List(new arrow.Field('item', new arrow.Utf8(), true))
  const type = new arrow.Struct([
    new arrow.Field('a', new arrow.Int32(), true),
    new arrow.Field('b', list, true),
  ])
  const struct = arrow.vectorFromArray([{ a: 1, b: ['x'] }, null, { a: null, b: [] }] as never[], type)
  const { columns, rows } = await rowsOf(
    t,
    fromColumns({
      k: arrow.vectorFromArray([1n, 2n, 3n], new arrow.Int64()),
      d: arrow.vectorFromArray(['p', null, 'p'], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
      K: struct,
    }),
  )
  t.deepEqual(columns, ['k BIGINT', 'd VARCHAR', 'K_2 JSON'])
  t.deepEqual(rows, [
    [1n, 'p', '{"a":1,"b":["x"]}'],
    [2n, undefined, undefined],
    [3n, 'p', '{"a":null,"b":[]}'],
  ])
})

test('a stream of several batches is a table, row for row', async (t) => {
  const written = (last: string) => {
    const part = (from: number) => {
      const keys = Array.from({ length: 3000 }, (_, i) => from + i)
      return new arrow.Table({
        k: arrow.vectorFromArray(keys, new arrow.Int32()),
        v: arrow.vectorFromArray(
          keys.map((key) => (key === 5999 ? last : `v${key}`)),
          new arrow.Utf8(),
        ),
      })
    }
    return arrow.tableToIPC(part(0).concat(part(3000)), 'stream')
  }
  const { changes, head, counts } = await compared(t, {
    name: 't.arrows',
    before: written('v5999'),
    after: written('other'),
  })
  t.deepEqual([head.key, head.rows], [['k'], { before: 6000, after: 6000 }])
  t.deepEqual(changes, [
    {
      ...{ change: 'changed', before: 6000, after: 6000, key: { k: 5999 } },
      cells: [{ column: 'v', before: 'v5999', after: 'other' }],
    },
  ])
  t.is(counts.unchanged, 5999)
})

test('what is no Arrow file, or is damaged, is refused by its name', async (t) => {
  const sound = fixture('arrow-lz4.feather')
  const cases = [Buffer.from('id,v\n1,2\n'), Buffer.alloc(0), sound.subarray(0, 700), sound.subarray(0, -20)]
  for (const bytes of cases) {
    const error = await t.throwsAsync(rowsOf(t, bytes), undefined, `${bytes.length} bytes`)
    t.true(isDvError(error, 'DV_BAD_TABLE'), String(error))
    t.regex(error.message, /'t\.arrow'/)
  }
})

/** The whole numbers of a file, changed where the one is that is meant, as often as it stands there. */
function withNumber(bytes: Uint8Array, from: bigint, to: bigint): Buffer {
  const changed = Buffer.from(bytes)
  const [old, other] = [Buffer.alloc(8), Buffer.alloc(8)]
  old.writeBigInt64LE(from)
  other.writeBigInt64LE(to)
  for (let at = changed.indexOf(old); at >= 0; at = changed.indexOf(old, at + 8)) other.copy(changed, at)
  return changed
}

test('counts and lengths that a file cannot hold are refused before anything is made for them', async (t) => {
  const rows = 1237
  const numbers = Array.from({ length: rows }, (_, i) => i)
  const tables = {
    integers: arrow.vectorFromArray(numbers, new arrow.Int32()),
    texts: arrow.vectorFromArray(numbers.map(String), new arrow.Utf8()),
    nulls: arrow.vectorFromArray(
      numbers.map(() => null),
      new arrow.Null(),
    ),
    lists: arrow.vectorFromArray(
      numbers.map((i) => [i]),
      new arrow.List(new arrow.Field('item', new arrow.Int32(), true)),
    ),
    words: arrow.vectorFromArray(
      numbers.map((i) => `w${i % 7}`),
      new arrow.Dictionary(new arrow.Utf8(), new arrow.Int16()),
    ),
  }
  for (const [name, column] of Object.entries(tables)) {
    for (const form of ['file', 'stream'] as const) {
      const sound = arrow.tableToIPC(new arrow.Table({ [name]: column }), form)
      t.is((await rowsOf(t, sound)).rows.length, rows, name)
      for (const hostile of [-1n, 5_000_000n, 2n ** 31n - 1n, 2n ** 40n, 2n ** 62n]) {
        if (name === 'nulls' && hostile === 5_000_000n) continue
        const error = await t.throwsAsync(
          rowsOf(t, withNumber(sound, BigInt(rows), hostile)),
          undefined,
          name,
        )
        t.true(isDvError(error, 'DV_BAD_TABLE'), `${name} ${form} ${hostile}: ${String(error)}`)
      }
    }
  }
})

test('what stands behind the end of a stream is not read', async (t) => {
  const stream = arrow.tableToIPC(
    new arrow.Table({ k: arrow.vectorFromArray([1, 2], new arrow.Int32()) }),
    'stream',
  )
  const behind = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 8, 1, 0])
  t.is((await rowsOf(t, Buffer.concat([stream, behind]))).rows.length, 2)
})

test('all that is unpacked at once has room together, not each part by itself', async (t) => {
  const frame = compress(Buffer.alloc(600))!
  t.is(
    await withRoom(1300, async () => unpacked(frame, zstdFrame).length + unpacked(frame, zstdFrame).length),
    1200,
  )
  const error = await t.throwsAsync(
    withRoom(1100, async () => [unpacked(frame, zstdFrame), unpacked(frame, zstdFrame)]),
  )
  t.true(error instanceof RangeError, String(error))
})

test('tables of a description that name one another are followed so often, and so deep', async (t) => {
  /** A field whose children are `many` times the one behind it, to the last. */
  const shared = (levels: number, many: number) => {
    const bytes = Buffer.alloc(16 + levels * (24 + 4 * many) + 64)
    const tableAt = (level: number) => 16 + level * (24 + 4 * many)
    // The layout of all tables: children are field 5.
    const layout = bytes.length - 32
    bytes.writeUInt16LE(16, layout)
    bytes.writeUInt16LE(8, layout + 2)
    bytes.writeUInt16LE(4, layout + 4 + 10)
    for (let level = 0; level < levels; level++) {
      const table = tableAt(level)
      bytes.writeInt32LE(table - layout, table)
      bytes.writeUInt32LE(4, table + 4)
      bytes.writeUInt32LE(level + 1 < levels ? many : 0, table + 8)
      for (let i = 0; i < many && level + 1 < levels; i++)
        bytes.writeUInt32LE(tableAt(level + 1) - (table + 12 + 4 * i), table + 12 + 4 * i)
    }
    return { bytes, first: tableAt(0) }
  }
  const walk = ({ bytes, first }: ReturnType<typeof shared>) => {
    const flat = new FlatBuffer(bytes)
    let count = 0
    const visit = (table: number): void => void (count++, flat.tables(table, 5, visit))
    visit(first)
    return count
  }
  t.is(walk(shared(3, 4)), 1 + 4 + 16)
  t.throws(() => walk(shared(20, 10)), { instanceOf: RangeError, message: /too often/ })
  t.throws(() => walk(shared(80, 1)), { instanceOf: RangeError, message: /too deep/ })
})
