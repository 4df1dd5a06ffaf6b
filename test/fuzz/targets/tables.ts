// Tables and what is said of them: texts that come with somebody's data.
import { attributesOf, parseAttributes } from '../../../src/attributes/index.js'
import { isDvError } from '../../../src/base/index.js'
import { readCsv, mergeRows } from '../../../src/tables/index.js'
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
    name: 'lz4-frame',
    seeds: [LZ4],
    parse(bytes) {
      try {
        lz4Frame(bytes)
      } catch (error) {
        // The reader of Arrow makes a DvError of it.
        if (!(error instanceof RangeError)) throw error
      }
    },
  },
]
