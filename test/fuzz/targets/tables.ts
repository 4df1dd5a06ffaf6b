// Tables and what is said of them: texts that come with somebody's data.
import * as arrow from 'apache-arrow'
import { attributesOf, parseAttributes } from '../../../src/attributes/index.js'
import { isDvError } from '../../../src/base/index.js'
import { readCsv, mergeRows } from '../../../src/tables/index.js'
import { type ArrowHandle, openArrow } from '../../../src/tables/arrow-rows.js'
import { lz4Frame } from '../../../src/tables/lz4.js'
import type { Target } from './index.js'

function must(holds: boolean, law: string): void {
  if (!holds) throw new Error(law)
}

const CSV = ['id,"na""me"\r\n1,"a,\nb"\r\n2,\r\n', 'a;b\n1;"x"\n\n2;y', 'a\n1\n\n"2"\n', '\ufeffa\tb\r1\t2\r']
const JSON_LINES = ['{"id":1,"a":"x"}\n{"id":2,"b":[1,{"c":null}]}\n', '{ "id" : "k", "v" : 1.0 }']
const ATTRIBUTES = [
  '# x\n*.csv key=id,p\\,q delimiter=tab\nraw/** driver=binary\n',
  'a/**/[!b-d]?.dat driver=csv header=no encoding=latin1 types=text\r\n\\#x key=a\\ b',
]
const PATHS = ['a.csv', 'raw/x/y.csv', 'a/b/c/ex.dat', `${'a/'.repeat(20)}${'a'.repeat(200)}`]
/** A frame of one block: literals and a copy of them. */
const LZ4 = Buffer.from('04224d186040820600000010610100106200000000', 'hex')

/** Files and streams: texts, a dictionary, what is nested, nulls. */
const ARROW = (['file', 'stream'] as const).flatMap((form) => {
  const text = arrow.vectorFromArray(['a', null, 'bc'], new arrow.Utf8())
  const list = new arrow.List(new arrow.Field('item', new arrow.Int32(), true))
  const nested = new arrow.Struct([
    new arrow.Field('l', list, true),
    new arrow.Field('b', new arrow.Bool(), true),
  ])
  const tables = [
    new arrow.Table({ i: arrow.vectorFromArray([1, null, 3], new arrow.Int32()), text }),
    new arrow.Table({
      d: arrow.vectorFromArray(['p', 'q', 'p'], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
    }),
    new arrow.Table({
      n: arrow.vectorFromArray([{ l: [1, 2], b: true }, null, { l: [], b: false }] as never[], nested),
    }),
    new arrow.Table({
      z: arrow.vectorFromArray([null, null], new arrow.Null()),
      t: arrow.vectorFromArray([1n, 2n], new arrow.Int64()),
    }),
  ]
  return tables.map((table) => arrow.tableToIPC(table, form))
})
const ROWS_MAX = 100_000

function inMemory(bytes: Buffer): ArrowHandle {
  return {
    fd: 0,
    stat: async () => ({ size: bytes.length }),
    async read(into: Uint8Array, at: number, length: number, position: number) {
      const part = bytes.subarray(position, position + length)
      into.set(part, at)
      return { bytesRead: part.length, buffer: into }
    },
  } as unknown as ArrowHandle
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7)
}

async function* atOnce(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function recordsOf(read: () => AsyncGenerator<Uint8Array>): Promise<string> {
  try {
    const all = []
    for await (const records of readCsv({ path: 't.csv', read })) all.push(...records)
    return JSON.stringify(all)
  } catch (error) {
    if (isDvError(error)) return `${error.code} ${JSON.stringify(error.data)}`
    throw error
  }
}

export const tableTargets: readonly Target[] = [
  {
    name: 'csv',
    seeds: CSV.map((text) => Buffer.from(text)),
    longest: 1024,
    async parse(bytes) {
      const whole = await recordsOf(() => atOnce(bytes))
      must(whole === (await recordsOf(() => inPieces(bytes))), 'nothing depends on where a piece ends')
    },
  },
  ...(['csv', 'tsv', 'jsonl'] as const).map((format) => ({
    name: `rows-${format}`,
    seeds: (format === 'jsonl' ? JSON_LINES : CSV).map((text) => Buffer.from(text)),
    longest: 1024,
    parse(bytes: Buffer) {
      const text = bytes.toString()
      const merged = mergeRows([text, text, text], { format })
      must(merged === undefined || merged.text === text, 'what nobody changed stays as it is')
    },
  })),
  {
    name: 'attributes',
    seeds: ATTRIBUTES.map((text) => Buffer.from(text)),
    longest: 1024,
    async parse(bytes) {
      const rules = parseAttributes(bytes, '.dvattributes')
      for (const path of PATHS) await attributesOf(path, async () => rules)
    },
  },
  {
    name: 'arrow',
    seeds: ARROW,
    async parse(bytes) {
      const { columns, rows } = await openArrow('t.arrow', inMemory(bytes))
      let count = 0
      for await (const batch of rows) {
        must(
          batch.every((row) => row.length === columns.length),
          'each row has a cell of each column',
        )
        // Rows of nothing but nulls take no bytes.
        if ((count += batch.length) > ROWS_MAX) return
      }
    },
  },
  {
    name: 'lz4-frame',
    seeds: [LZ4],
    parse(bytes) {
      try {
        lz4Frame(bytes, 1024 * 1024)
      } catch (error) {
        // The reader of Arrow makes a DvError of it.
        if (!(error instanceof RangeError)) throw error
      }
    },
  },
]
