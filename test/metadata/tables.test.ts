import test from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import {
  delimitedTable,
  jsonTable,
  type MetadataTable,
  typeOfText,
  valueOfText,
} from '../../src/metadata/index.js'
import { metadataToJson } from '../../src/objects/index.js'

const NOTHING_SAID = { types: {}, nulls: [] }

/** The same bytes in pieces of any size: nothing may depend on where a piece ends. */
function source(text: string | Uint8Array, pieceBytes = 7) {
  const bytes = Buffer.from(text as string)
  return {
    path: 't.csv',
    async *read() {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
    },
  }
}

async function rowsOf<Cell>(table: MetadataTable<Cell>): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  for await (const batch of table.rows() as AsyncGenerator<{ cells: readonly (Cell | undefined)[] }[]>)
    for (const { cells } of batch) {
      const values = cells.flatMap((cell, i) =>
        cell === undefined ? [] : [[table.columns[i]!.name, table.valueOf(cell, i)] as const],
      )
      rows.push(metadataToJson(new Map(values)))
    }
  return rows
}

async function codeOf(work: Promise<unknown>): Promise<{ code: string; line: unknown }> {
  try {
    await work
  } catch (error) {
    if (isDvError(error)) return { code: error.code, line: error.data['line'] }
    throw error
  }
  return { code: 'none', line: undefined }
}

const csv = (text: string | Uint8Array, options = {}) =>
  delimitedTable(source(text), { ...NOTHING_SAID, ...options })
const json = (text: string, options = {}) => jsonTable(source(text), { ...NOTHING_SAID, ...options })

test('text is the narrowest type that says all it does', (t) => {
  const cases: [string, string][] = [
    ['0', 'int64'],
    ['-12', 'int64'],
    ['9223372036854775807', 'int64'],
    ['9223372036854775808', 'string'],
    ['007', 'string'],
    ['-0', 'float64'],
    ['1.50', 'float64'],
    ['1e3', 'float64'],
    ['1e999', 'string'],
    ['1,5', 'string'],
    ['+1', 'string'],
    ['.5', 'string'],
    ['True', 'boolean'],
    ['yes', 'string'],
    ['2026-01-31', 'date'],
    ['2026-02-30', 'string'],
    ['2024-02-29', 'date'],
    ['2026-01-31T24:30', 'string'],
    ['2026-01-31 12:00:30.125+01:00', 'date'],
    ['2026-01-31T12:00:30.123456Z', 'string'],
    ['[1, "a"]', 'list'],
    ['[[1]]', 'string'],
    ['NaN', 'string'],
    ['', 'string'],
  ]
  for (const [text, type] of cases) t.is(typeOfText(text), type as never, text)
  t.deepEqual(valueOfText('2026-01-31T12:00', 'date'), { type: 'date', value: Date.UTC(2026, 0, 31, 12) })
  t.is(valueOfText('1.5', 'int64'), undefined)
  t.deepEqual(valueOfText('-inf', 'float64'), { type: 'float64', value: -Infinity })
})

test('whatever a value is inferred to be, it is read as that', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.double().map(String), fc.bigInt().map(String)), (text) => {
      t.is(valueOfText(text, typeOfText(text))?.type, typeOfText(text))
    }),
  )
})

test('a table reads the same however its bytes come in, and gives back what was written to it', async (t) => {
  const cell = fc.string().filter((text) => !/[\ud800-\udfff]/.test(text) && text.trim() !== '')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 50 }),
      fc.constantFrom('\n', '\r\n'),
      async (rows, pieceBytes, end) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
        const text = ['a,b', ...rows.map((row) => row.map(quoted).join(','))].join(end)
        const types = { a: 'string', b: 'string' } as const
        const table = await delimitedTable(source(text, pieceBytes), { types, nulls: [] })
        t.deepEqual(
          await rowsOf(table),
          rows.map(([a, b]) => ({ a, b })),
        )
      },
    ),
    { numRuns: 50 },
  )
})

test('a column has the type of all its values, whole and other numbers together are float64', async (t) => {
  const table = await csv('id,n,f,m,d,e\n01,1,1,1,2026-01-31,\n2,2,2.5,x,2026-02-01 10:00,\n')
  t.deepEqual(
    table.columns.map(({ name, type, values }) => [name, type, values]),
    [
      ['id', 'string', 2],
      ['n', 'int64', 2],
      ['f', 'float64', 2],
      ['m', 'string', 2],
      ['d', 'date', 2],
      ['e', 'string', 0],
    ],
  )
  t.deepEqual((await rowsOf(table))[0], {
    ...{ id: '01', n: 1, f: { float64: 1 }, m: '1' },
    d: { date: '2026-01-31T00:00:00.000Z' },
  })
  t.is(table.warnings.length, 1)
  t.regex(table.warnings[0]!, /'m' is taken for text: 1 of 2 values are no int64, the first is 'x' on line 3/)
})

test('long whole numbers among others stay text: no digit is lost', async (t) => {
  const table = await csv('n\n9007199254740993\n1.5\n')
  t.is(table.columns[0]!.type, 'string')
})

test('what means no value is left out, and a type that is asked for is held to', async (t) => {
  const table = await csv('a,b\nNA,1\n3,02\n', { nulls: ['NA'], types: { b: 'int64' } }).catch(
    (e: unknown) => e,
  )
  t.true(isDvError(table, 'DV_BAD_VALUE'))
  const other = await csv('a,b\nNA,1\n3,02\n', { nulls: ['NA'], types: { b: 'string' } })
  t.deepEqual(await rowsOf(other), [{ b: '1' }, { a: 3, b: '02' }])
})

test('tabs and semicolons are seen in the header, a mark at the beginning is not part of it', async (t) => {
  t.deepEqual(await rowsOf(await csv('\ufeffa;"b;c"\n1;2\n')), [{ a: 1, 'b;c': 2 }])
  t.deepEqual(await rowsOf(await csv('a\tb\n1,5\t2\n')), [{ a: '1,5', b: 2 }])
})

test('a damaged table is refused by its line', async (t) => {
  t.deepEqual(await codeOf(csv('a,b\n1,2\n3\n')), { code: 'DV_BAD_TABLE', line: 3 })
  t.deepEqual(await codeOf(csv('a,b\n"x\ny",2\n3\n')), { code: 'DV_BAD_TABLE', line: 4 })
  t.deepEqual(await codeOf(csv('a,a\n1,2\n')), { code: 'DV_BAD_TABLE', line: 1 })
  t.deepEqual(await codeOf(csv('a,b\n1,"2\n3,4\n')), { code: 'DV_BAD_TABLE', line: 2 })
  t.deepEqual(await codeOf(csv('a,b\n1,"2"x\n')), { code: 'DV_BAD_TABLE', line: 2 })
  t.deepEqual(await codeOf(csv('')), { code: 'DV_BAD_TABLE', line: 1 })
  t.deepEqual(await codeOf(csv('a,b\n1,2\n', { types: { c: 'int64' } })), {
    code: 'DV_UNKNOWN_COLUMN',
    line: undefined,
  })
})

test('another encoding is told as what it seems to be', async (t) => {
  const latin = Buffer.from('a,b\n1,x\n2,caf\xe9\n3,x\n', 'latin1')
  for (const pieceBytes of [1, 3, 5, 100]) {
    const work = delimitedTable(source(latin, pieceBytes), NOTHING_SAID)
    t.deepEqual(await codeOf(work), { code: 'DV_BAD_ENCODING', line: 3 }, `${pieceBytes}`)
  }
  t.deepEqual(await codeOf(csv(Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'))), {
    code: 'DV_BAD_ENCODING',
    line: undefined,
  })
  t.deepEqual(await rowsOf(await csv('a\nc\u00e4f\u00e9 \u{1f600}\n')), [{ a: 'c\u00e4f\u00e9 \u{1f600}' }])
})

test('JSON Lines keep the types of JSON, and a column of numbers is one of numbers', async (t) => {
  const table = await json(
    '{"p":"x","n":1,"m":true}\n\n{"p":"y","n":1.5,"m":"a","d":{"date":"2026-01-31"},"z":null}\n',
  )
  t.deepEqual(
    table.columns.map(({ name, type }) => [name, type]),
    [
      ['p', 'string'],
      ['n', 'float64'],
      ['m', 'mixed'],
      ['d', 'date'],
    ],
  )
  t.deepEqual(table.warnings, ["'m' has values of several types: boolean, string"])
  t.deepEqual((await rowsOf(table))[0], { p: 'x', n: { float64: 1 }, m: true })
  t.deepEqual(await rowsOf(await json('{"d":"2026-01-31"}', { types: { d: 'date' } })), [
    { d: { date: '2026-01-31T00:00:00.000Z' } },
  ])
})

test('a line that is no object of values is refused by its number', async (t) => {
  t.deepEqual(await codeOf(json('{"a":1}\n[1]\n')), { code: 'DV_BAD_TABLE', line: 2 })
  t.deepEqual(await codeOf(json('{"a":1}\n{"a":\n')), { code: 'DV_BAD_TABLE', line: 2 })
  t.deepEqual(await codeOf(json('{"a":{"b":1}}\n')), { code: 'DV_BAD_TABLE', line: 1 })
  t.deepEqual(await codeOf(json('{"a":1,"b":"a:","a":2}\n')), { code: 'DV_BAD_TABLE', line: 1 })
  t.deepEqual(await codeOf(json('{"a":"x"}\n', { types: { a: 'int64' } })), { code: 'DV_BAD_VALUE', line: 1 })
})

test('a column may be called like what every object has', async (t) => {
  t.deepEqual(await rowsOf(await csv('toString,valueOf\n1,x\n')), [{ toString: 1, valueOf: 'x' } as never])
  t.deepEqual(await rowsOf(await json('{"toString":1}')), [{ toString: 1 } as never])
})
