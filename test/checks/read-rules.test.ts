// The rule file: what is read, and what of a wrong one is said and where.
import fs from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { DvError } from '../../src/base/index.js'
import { readRules } from '../../src/checks/index.js'
import { schemaDocument } from '../../src/checks/schema.js'

interface Vectors {
  good: { text: string; means: unknown }[]
  bad: { text: string; line: number; column: number; message: string; nearest?: string[] }[]
}

const VECTORS = JSON.parse(fs.readFileSync('spec/vectors/checks.json', 'utf8')) as Vectors
const SCHEMA = 'spec/checks.schema.json'

function read(text: string) {
  return readRules(Buffer.from(text))
}

test('the published schema is the one the reader goes by', (t) => {
  const text = `${JSON.stringify(schemaDocument(), undefined, 2)}\n`
  if (process.env['DV_UPDATE']) fs.writeFileSync(SCHEMA, text)
  t.deepEqual(JSON.parse(fs.readFileSync(SCHEMA, 'utf8')), JSON.parse(text))
})

test('the page’s example and the vectors are read as they are meant', (t) => {
  const page = fs.readFileSync('spec/25-checks.md', 'utf8')
  const [, example] = /```yaml\n(.*?)```/s.exec(page)!
  t.is(read(example!).file.tables![0]!.columns!['age']!.nulls, '5%')
  for (const { text, means } of VECTORS.good)
    t.deepEqual(JSON.parse(JSON.stringify(read(text).file)) as unknown, means, text)
})

test('what is wrong is told with line and column, and the nearest names', (t) => {
  for (const { text, line, column, message, nearest } of VECTORS.bad) {
    const error = t.throws(() => read(text), { instanceOf: DvError, code: 'DV_BAD_RULES' }, text)!
    t.is(error.message, `'dv.checks.yaml' line ${line}, column ${column}: ${message}`, text)
    t.deepEqual(error.data, { path: 'dv.checks.yaml', line, column, ...(nearest && { nearest }) }, text)
  }
})

test('each rule is found in the text again', (t) => {
  const { placeOf } = read("version: 1\ntables:\n  - path: a.csv\n    columns:\n      'a b': {max: 3}\n")
  t.deepEqual(placeOf('tables[0]'), { line: 3, column: 5 })
  t.deepEqual(placeOf('tables[0].columns["a b"].max'), { line: 5, column: 15 })
  t.deepEqual(placeOf('tables[0].rows'), { line: 3, column: 5 })
})

test('no text is anything but rules or DV_BAD_RULES', (t) => {
  const words = [
    'version: 1\n',
    'tables:\n',
    '  - ',
    'path: a\n',
    '    columns: ',
    '{a: ',
    '}',
    '[',
    '&x ',
    '*x',
    '!!js ',
    '<<: ',
    '"',
    '\t',
    '? ',
    '%',
  ]
  const texts = fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 5 })))
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(texts, (text) => {
      try {
        t.is(read(`version: 1\n${text}`).file.version, 1)
      } catch (error) {
        t.true(error instanceof DvError && error.code === 'DV_BAD_RULES', String(error))
      }
    }),
    { numRuns: 500 },
  )
})

test('a file that is too large, or no UTF-8, is refused', (t) => {
  const large = Buffer.concat([Buffer.from('version: 1\n'), Buffer.alloc(1024 * 1024, '#')])
  t.throws(() => readRules(large), { code: 'DV_BAD_RULES' })
  const error = t.throws(() => readRules(Buffer.from([0x76, 0x0a, 0xff])), { instanceOf: DvError })!
  t.is(error.data['line'], 2)
})
