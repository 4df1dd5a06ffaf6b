import test from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import { cellText, checkCsv, type CsvRecord, readCsv } from '../../src/tables/index.js'
import { csv } from './helpers.js'

/** The same bytes in pieces of any size: nothing may depend on where a piece ends. */
function source(text: string | Uint8Array, pieceBytes = 3) {
  const bytes = Buffer.from(text as string)
  return {
    path: 't.csv',
    async *read() {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
    },
  }
}

async function recordsOf(text: string, pieceBytes?: number): Promise<CsvRecord[]> {
  const records: CsvRecord[] = []
  for await (const batch of readCsv(source(text, pieceBytes))) records.push(...batch)
  return records
}

const cellsOf = async (text: string) => (await recordsOf(text)).map(({ cells }) => cells.map(cellText))

async function faultOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    if (isDvError(error)) return [error.code, error.data['line'], error.data['column']]
    throw error
  }
  return undefined
}

test('cells are what was written, whatever they hold', async (t) => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é'), maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 9 }),
      async (rows, pieceBytes) => {
        const text = csv([['h', 'k'], ...rows])
        const records = await recordsOf(text, pieceBytes)
        t.deepEqual(
          records.map(({ cells }) => cells.map(cellText)),
          [['h', 'k'], ...rows],
        )
        t.is(records.map(({ from, to, end }) => text.slice(from, to) + end).join(''), text)
      },
    ),
  )
})

test('a text is read the same, or refused at the same place, in whatever pieces it comes', async (t) => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r'), maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 5 }), async (written, pieceBytes) => {
      const read = (bytes: number) =>
        recordsOf(written, bytes).catch((error: unknown) => [String(error)] as unknown[])
      t.deepEqual(await read(pieceBytes), await read(100))
    }),
    { numRuns: 500 },
  )
})

test('lines end with LF, CR LF or CR; an empty one is none, unless there is one column', async (t) => {
  const wanted = [
    ['a', 'b'],
    ['1', '2'],
    ['3', '4'],
  ]
  for (const end of ['\n', '\r\n', '\r']) {
    t.deepEqual(await cellsOf(['a,b', '1,2', '', '3,4', '', ''].join(end)), wanted)
    t.deepEqual(await cellsOf(['a,b', '1,2', '3,4'].join(end)), wanted)
  }
  t.deepEqual(await cellsOf('a\n1\n\n2\n'), [['a'], ['1'], [''], ['2']])
  t.deepEqual(await cellsOf('a,b\n"",\n'), [
    ['a', 'b'],
    ['', ''],
  ])
  t.deepEqual(await cellsOf('a,b\n5" disk,x\n'), [
    ['a', 'b'],
    ['5" disk', 'x'],
  ])
})

test('what separates is what the first line has most often outside quotes', async (t) => {
  for (const separator of [',', ';', '\t', '|'])
    t.deepEqual(await cellsOf(`"a,b;c\t|"${separator}b\n1${separator}2\n`), [
      ['a,b;c\t|', 'b'],
      ['1', '2'],
    ])
})

test('what is wrong is told with its line and column', async (t) => {
  const at = (text: string | Uint8Array, pieceBytes?: number) => faultOf(checkCsv(source(text, pieceBytes)))
  t.deepEqual(await at('a,b\n1,2\n3\n'), ['DV_BAD_TABLE', 3, 2])
  t.deepEqual(await at('a,b\n1,2\n3,4,5\n'), ['DV_BAD_TABLE', 3, 5])
  t.deepEqual(await at('a,b\n"x\ny",2\n"p\nq",4,5\n'), ['DV_BAD_TABLE', 5, 6])
  t.deepEqual(await at('a,b\n1,"2\n3,4\n'), ['DV_BAD_TABLE', 2, 3])
  t.deepEqual(await at('a,b\n1,"2"x\n'), ['DV_BAD_TABLE', 2, 6])
  t.deepEqual(await at('\na,b\n'), ['DV_BAD_TABLE', 1, 1])
  t.deepEqual(await at('a,b\n1,2\r\n'), ['DV_BAD_TABLE', 2, undefined])
  const latin = Buffer.from('a,b\n1,x\n2,café\n3,x\n', 'latin1')
  for (const pieceBytes of [1, 3, 5, 100])
    t.deepEqual(await at(latin, pieceBytes), ['DV_BAD_ENCODING', 3, 6], `${pieceBytes}`)
  t.deepEqual(await at(Buffer.from('a,b\n1,é').subarray(0, -1)), ['DV_BAD_ENCODING', 2, 3])
})
