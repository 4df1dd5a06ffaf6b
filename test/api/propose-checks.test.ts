// dv init --checks: the rules that are proposed hold for the data they were made from.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import type { CheckRecord } from '../../src/api/index.js'
import { collect, testRepository } from '../helpers/repository.js'

const PNG = fs.readFileSync('test/fixtures/images/gray8.png')
const OTHER = fs.readFileSync('test/fixtures/images/rgb8.png')
const RULES = 'dv.checks.yaml'

const notPassed = (records: CheckRecord[]) =>
  records.flatMap((one) => (one.type === 'rule' && one.outcome !== 'passed' ? [[one.rule, one.message]] : []))

test('rules are proposed for tables and images, and the data passes them', async (t) => {
  const { repository, root } = await testRepository(t, {
    'cells.csv': `id,line,age,note,free\n${Array.from({ length: 40 }, (_, i) => `${i},AICS-${i % 2},${20 + i},${i % 4 ? 'x' : ''},t${i % 30}\n`).join('')}`,
    'empty.csv': 'a,b\n',
    'shapes/A.PNG': PNG,
    'shapes/deep/b.png': PNG,
    'mixed/a.png': PNG,
    'mixed/b.png': OTHER,
    'broken.csv': 'a,b\n1\n',
    'what[1].csv': 'a\n1\n',
  })
  t.deepEqual(await repository.proposeChecks({}), { file: RULES, tables: 2, images: 1, passedOver: 2 })
  const text = fs.readFileSync(path.join(root, RULES), 'utf8')
  t.is(
    text.replace(/^#.*\n/gm, ''),
    `version: 1
files:
  - path: shapes/**
    where: extension = 'png'
    count:
      min: 1
    image:
      type: uint8
      shape:
        - 11
        - 13
tables:
  - path: cells.csv
    rows:
      min: 20
    columns:
      id:
        type: integer
        nulls: 0
        unique: true
        min: 0
        max: 60
      line:
        type: string
        nulls: 0
        values:
          - AICS-0
          - AICS-1
      age:
        type: integer
        nulls: 0
        unique: true
        min: 0
        max: 80
      note:
        type: string
        nulls: 50%
        values:
          - x
      free:
        type: string
        nulls: 0
  - path: empty.csv
`,
  )
  const records = await collect(repository.check({ paths: [] }))
  t.deepEqual(notPassed(records), [])
  t.like(records.at(-1), { outcome: 'passed', failed: 0, errors: 0 })
})

test('a rule file that is there stays as it is', async (t) => {
  const { repository, root } = await testRepository(t, { 'a.csv': 'a\n1\n' })
  fs.writeFileSync(path.join(root, RULES), 'mine')
  await t.throwsAsync(repository.proposeChecks({}), { code: 'DV_ALREADY_EXISTS' })
  t.is(fs.readFileSync(path.join(root, RULES), 'utf8'), 'mine')
})

const cell = fc.oneof(
  fc.integer({ min: -9, max: 2000 }).map(String),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
  fc.constantFrom(
    '',
    'nan',
    'inf',
    '-inf',
    'true',
    'False',
    '2026-01-31',
    '2026-01-31 10:00:00',
    'x',
    ' y',
    '"a,b"',
    '007',
    '1e5',
    "it's",
    'null',
    '~',
  ),
)
const column = fc.oneof(
  fc.array(fc.integer().map(String), { minLength: 30, maxLength: 30 }),
  fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), { minLength: 30, maxLength: 30 }),
  fc.array(fc.constantFrom('a', 'b: c', '- d', '#', ''), { minLength: 30, maxLength: 30 }),
  fc.array(fc.constantFrom('2026-01-31', '1969-12-31', ''), { minLength: 30, maxLength: 30 }),
  fc.array(cell, { minLength: 30, maxLength: 30 }),
)

test('whatever a table holds, the rules that are proposed for it hold', async (t) => {
  const { repository, root, write } = await testRepository(t, { 'a.txt': 'a' })
  await fc.assert(
    fc.asyncProperty(
      fc.array(column, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 0, max: 30 }),
      async (columns, rows) => {
        const head = columns
          .map((_, i) => `column ${i}: "#'`.replaceAll('"', '""'))
          .map((name) => `"${name}"`)
        const lines = Array.from({ length: rows }, (_, row) => columns.map((one) => one[row]!).join(','))
        write({ 'data/t.csv': `${[head.join(','), ...lines].join('\n')}\n` })
        fs.rmSync(path.join(root, RULES), { force: true })
        t.like(await repository.proposeChecks({}), { tables: 1 })
        const records = await collect(repository.check({ paths: [] }))
        t.deepEqual(notPassed(records), [], fs.readFileSync(path.join(root, 'data/t.csv'), 'utf8'))
      },
    ),
    { numRuns: 10 },
  )
})
