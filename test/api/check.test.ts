// dv check: what holds and what does not, of files, tables and queries, and where.
import fs from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { CheckOptions, CheckOutcome, CheckRecord, Repository } from '../../src/api/index.js'
import { DvError } from '../../src/base/index.js'
import { collect, testRepository } from '../helpers/repository.js'

async function check(repository: Repository, options: Partial<CheckOptions> = {}): Promise<CheckRecord[]> {
  return collect(repository.check({ paths: [], ...options }))
}

function outcomes(records: readonly CheckRecord[]): CheckOutcome[] {
  return records.flatMap((record) => (record.type === 'rule' ? [record] : []))
}

/** Outcomes by rule: 'passed', or a message with places. */
function told(records: readonly CheckRecord[]): Record<string, string> {
  return Object.fromEntries(
    outcomes(records).map(({ rule, outcome, message, findings = [] }) => {
      const places = findings.map(({ path, row, column, value, times }) =>
        [path, row, column, value, times && `${times} times`].filter((part) => part !== undefined).join(' '),
      )
      return [rule, outcome === 'passed' ? outcome : [`${outcome}: ${message}`, ...places].join('; ')]
    }),
  )
}

const CELLS = `id,line,age,plate,well,taken
1,AICS-13,36,p1,A1,2026-01-01
2,AICS-23,121,p1,A2,2025-12-31T12:00:00Z
2,AICS-99,-4,p9,A2,never
3,,x,p1,A2,2025-12-01
`

const RULES = `version: 1
files:
  - name: tables
    path: '*.csv'
    count: 3
    size: {min: 1, max: 1 KiB}
    metadata: plate
tables:
  - path: cells.csv
    rows: {min: 1000}
    columns:
      id: {type: integer, nulls: 0, unique: true}
      line: {values: [AICS-13, AICS-23], nulls: 25%, pattern: 'AICS-[0-9]{2}'}
      age: {type: integer, min: 0, max: 120}
      taken: {type: timestamp, fresh: 1d, min: 2025-12-15}
      plat: {}
      notes: {required: false}
    others: false
    unique: [[plate, well]]
    references:
      - {columns: plate, path: plates.csv, to: id}
      - {columns: plate, path: plate.csv}
  - path: list.json
    columns:
      a: {type: integer}
      b: {nulls: 0, values: [x, true, 2]}
queries:
  - name: none
    sql: SELECT id FROM 'cells.csv' WHERE age = '36'
  - name: wrong
    sql: SELECT agee FROM 'cells.csv'
`

const FILES = {
  'cells.csv': CELLS,
  'plates.csv': 'id,kind\np1,a\np2,b\n',
  'list.json': '[{"a":1,"b":"x"},{"a":"q","b":null},{"a":2.5,"b":true},{"b":2},{"a":7,"b":"2"}]',
  'dv.checks.yaml': RULES,
}

test('each rule says whether it holds, how often it does not, and where', async (t) => {
  const { repository } = await testRepository(t, FILES)
  const records = await check(repository)
  t.deepEqual(told(records), {
    'files[0].count': 'failed: There are 2 files, where 3 were wanted',
    'files[0].size': 'passed',
    'files[0].metadata': 'failed: 2 files lack metadata; cells.csv plate; plates.csv plate',
    'tables[0].rows': 'failed: There are 4 rows, where at least 1000 were wanted',
    'tables[0].columns.id.type': 'passed',
    'tables[0].columns.id.nulls': 'passed',
    'tables[0].columns.id.unique': "failed: 1 row repeats 'id' of another; 2 id 2 2 times",
    'tables[0].columns.line.nulls': 'passed',
    'tables[0].columns.line.pattern': 'passed',
    'tables[0].columns.line.values': "failed: 1 value of 'line' is not among those allowed; 3 line AICS-99",
    'tables[0].columns.age.type': "failed: 1 value of 'age' is no whole number; 4 age x",
    'tables[0].columns.age.min': "failed: 2 values of 'age' are below 0 or no number; 3 age -4; 4 age x",
    'tables[0].columns.age.max': "failed: 2 values of 'age' are above 120 or no number; 2 age 121; 4 age x",
    'tables[0].columns.taken.type': "failed: 1 value of 'taken' is no time; 3 taken never",
    'tables[0].columns.taken.min':
      "failed: 2 values of 'taken' are below 2025-12-15 or no time; 3 taken never; 4 taken 2025-12-01",
    'tables[0].columns.taken.fresh': 'passed',
    'tables[0].columns.plat': "error: 'cells.csv' has no column 'plat'",
    'tables[0].columns.notes': 'passed',
    'tables[0].others': 'failed: There are 2 columns that no rule names; plate; well',
    'tables[0].unique[0]': "failed: 1 row repeats 'plate', 'well' of another; 2 plate, well p1, A2 2 times",
    'tables[0].references[0]': "failed: 1 row has 'plate' that 'plates.csv' has not; 3 plate p9",
    'tables[0].references[1]': "error: There is no file 'plate.csv'",
    'tables[1].columns.a.type': "failed: 2 values of 'a' are no whole number; 2 a q; 3 a 2.5",
    'tables[1].columns.b.nulls': "failed: 1 of 5 rows have no 'b', where 0 may; 2 b",
    'tables[1].columns.b.values': 'passed',
    'queries[0]': 'failed: 1 row came, where none was wanted; ',
    'queries[1]': "error: Referenced column 'agee' not found in FROM clause (line 1, column 8)",
  })
  t.deepEqual(records.at(-1), {
    type: 'summary',
    outcome: 'failed',
    passed: 8,
    failed: 16,
    errors: 3,
    skipped: 0,
  })
  const [plat] = outcomes(records).filter(({ rule }) => rule.endsWith('plat'))
  t.like(plat, { line: 16, error: { code: 'DV_UNKNOWN_COLUMN', hint: "did you mean 'plate'?" } })
})

test('what is checked is what a commit would record; a commit is checked by its own rules', async (t) => {
  const { repository, write, commit } = await testRepository(t, {
    'a.csv': 'n\n1\n',
    'dv.checks.yaml': 'version: 1\ntables: [{path: a.csv, rows: 1}]\n',
  })
  const [clean] = await check(repository)
  t.is(clean?.type === 'check' && clean.commit?.length, 64)
  write({ 'a.csv': 'n\n1\n2\n' })
  const dirty = await check(repository)
  t.is(dirty[0]?.type === 'check' && dirty[0].commit, undefined)
  t.like(told(dirty), { 'tables[0].rows': 'failed: There are 2 rows, where 1 were wanted' })
  t.like(told(await check(repository, { at: 'HEAD' })), { 'tables[0].rows': 'passed' })
  await commit('Second')
  write({ 'dv.checks.yaml': 'version: 1\ntables: [{path: a.csv, rows: 2}]\n' })
  t.like(told(await check(repository)), { 'tables[0].rows': 'passed' })
  t.like(told(await check(repository, { at: 'HEAD', rules: 'dv.checks.yaml' })), {
    'tables[0].rows': 'passed',
  })
  t.like(told(await check(repository, { at: 'HEAD' })), {
    'tables[0].rows': 'failed: There are 2 rows, where 1 were wanted',
  })
  t.true((await repository.fsck({ deep: true })).problems.length === 0)
})

test('paths choose files, and leave out queries and counts', async (t) => {
  const { repository } = await testRepository(t, FILES)
  const rules = outcomes(await check(repository, { paths: ['list.json'] })).map(({ rule }) => rule)
  t.deepEqual(rules, [
    ...['files[0].size', 'files[0].metadata', 'tables[1].columns.a.type', 'tables[1].columns.b.nulls'],
    'tables[1].columns.b.values',
  ])
  await t.throwsAsync(check(repository, { paths: ['nothing'] }), { code: 'DV_UNKNOWN_PATH' })
})

test('findings are few, counts are exact', async (t) => {
  const rows = Array.from({ length: 5000 }, (_, i) => `${i % 50}`).join('\n')
  const { repository } = await testRepository(t, {
    'a.csv': `n\n${rows}\n`,
    'dv.checks.yaml': `version: 1
tables: [{path: a.csv, columns: {n: {max: 9, unique: true}}}]
queries: [{name: q, sql: FROM 'a.csv'}]
`,
  })
  const found = outcomes(await check(repository, { limit: 3 }))
  t.deepEqual(
    found.map(({ count, findings }) => [count, findings?.length]),
    [
      [4000, 3],
      [4950, 3],
      [5000, 3],
    ],
  )
  t.deepEqual(
    found[0]!.findings!.map(({ row }) => row),
    [11, 12, 13],
  )
})

test('what is no table, damaged or of another encoding is told of that file; the others are checked', async (t) => {
  const { repository } = await testRepository(t, {
    'a.csv': 'n,m\n1,2\n3\n',
    'b.csv': Buffer.from([0x6e, 0x0a, 0xff, 0x0a]),
    'c.txt': 'x',
    'd.csv': 'n\n1\n',
    'e.json': '{"not": "an array"}',
    'dv.checks.yaml': 'version: 1\ntables: [{path: "[a-e].*", rows: 1}]\n',
  })
  const found = outcomes(await check(repository)).map(({ path, outcome, error }) => [
    path,
    outcome,
    error?.code,
  ])
  t.deepEqual(found, [
    ['a.csv', 'error', 'DV_BAD_TABLE'],
    ['b.csv', 'error', 'DV_BAD_ENCODING'],
    ['c.txt', 'error', 'DV_NOT_A_TABLE'],
    ['d.csv', 'passed', undefined],
    ['e.json', 'error', 'DV_NOT_A_TABLE'],
  ])
})

test('images are held against what their headers say', async (t) => {
  const png = fs.readFileSync('test/fixtures/images/rgb8.png')
  const { repository } = await testRepository(t, {
    'a.png': png,
    'b.png': 'no picture',
    'dv.checks.yaml': `version: 1
files:
  - {path: a.png, image: {format: png, type: uint8, width: {max: 1}}}
  - {path: b.png, image: {format: png}}
`,
  })
  const found = told(await check(repository))
  t.is(found['files[0].image.format'], 'passed')
  t.is(found['files[0].image.type'], 'passed')
  t.regex(found['files[0].image.width']!, /^failed: 1 image has another width than at most 1; a\.png \d+$/)
  t.regex(found['files[1].image.format']!, /^error: 'b\.png' /)
})

test('files must have changed lately, where that is a rule', async (t) => {
  const made = await testRepository(t, {
    'a.csv': 'n\n1\n',
    'b.csv': 'n\n1\n',
    'dv.checks.yaml': 'version: 1\nfiles: [{path: a.csv, fresh: 2d}, {path: b.csv, fresh: 2d}]\n',
  })
  made.advance(3 * 24 * 60 * 60 * 1000)
  made.write({ 'a.csv': 'n\n2\n' })
  await made.commit('Second')
  t.like(told(await check(made.repository)), {
    'files[0].fresh': 'passed',
    'files[1].fresh': 'failed: None has changed in 2d',
  })
})

async function refused(t: ExecutionContext, text: string): Promise<DvError> {
  const { repository, write } = await testRepository(t, { 'a.csv': 'n\n1\n' })
  write({ 'dv.checks.yaml': text })
  return (await t.throwsAsync(check(repository), { instanceOf: DvError, code: 'DV_BAD_RULES' }))!
}

test('a rule file with an error runs nothing, and the error has its place', async (t) => {
  const typed = await refused(t, 'version: 1\ntables:\n  - pth: a.csv\n')
  t.deepEqual(typed.data, { path: 'dv.checks.yaml', line: 3, column: 5, nearest: ['path'] })
  const pattern = await refused(t, "version: 1\ntables:\n  - path: a.csv\n    columns: {n: {pattern: '['}}\n")
  t.deepEqual(pattern.data, { path: 'dv.checks.yaml', line: 4, column: 19 })
  const { repository } = await testRepository(t, { 'a.csv': 'n\n1\n' })
  await t.throwsAsync(check(repository), { code: 'DV_NO_RULES' })
})

test('law: counts and rows are those that a plain look at each row finds', async (t) => {
  const cell = fc.oneof(
    fc.integer({ min: -20, max: 20 }).map(String),
    fc.constantFrom('', 'x', '1.5', 'true', '1e1', '"a,b"'),
  )
  const made = await testRepository(t, {
    'dv.checks.yaml':
      'version: 1\ntables: [{path: t.csv, columns: {n: {type: integer, nulls: 0, min: -10, max: 10, values: [3, x, true], unique: true}}}]\n',
  })
  await fc.assert(
    fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 30 }), async (cells) => {
      made.write({ 't.csv': `n,k\n${cells.map((text) => `${text},k\n`).join('')}` })
      const values = cells.map((text) => text.replace(/^"|"$/g, ''))
      const number = (text: string) => (/^[+-]?[\d.]+(e\d+)?$/.test(text) ? Number(text) : NaN)
      const wrong = (holds: (text: string) => boolean) =>
        values.flatMap((text, i) => (text !== '' && !holds(text) ? [i + 1] : []))
      const expected = {
        type: wrong((text) => /^[+-]?\d+$/.test(text)),
        nulls: values.flatMap((text, i) => (text === '' ? [i + 1] : [])),
        min: wrong((text) => number(text) >= -10),
        max: wrong((text) => number(text) <= 10),
        values: wrong((text) => number(text) === 3 || text === 'x' || text === 'true'),
      }
      const found = outcomes(await check(made.repository, { limit: 100 }))
      for (const [key, rows] of Object.entries(expected)) {
        const one = found.find(({ rule }) => rule.endsWith(`.${key}`))!
        t.deepEqual([one.outcome, one.count ?? 0], [rows.length > 0 ? 'failed' : 'passed', rows.length], key)
        t.deepEqual(
          (one.findings ?? []).map(({ row }) => row),
          rows,
          key,
        )
      }
      const there = values.filter((text) => text !== '')
      const unique = found.find(({ rule }) => rule.endsWith('.unique'))!
      t.is(unique.count ?? 0, there.length - new Set(there).size)
    }),
    { numRuns: 25 },
  )
})

test('infinity is a number, and no time', async (t) => {
  const { repository } = await testRepository(t, {
    't.csv': 'w,n\n2026-01-01,1\ninfinity,inf\n',
    'dv.checks.yaml': `version: 1
tables:
  - path: t.csv
    columns:
      w: {type: timestamp, min: 2025-01-01, fresh: 30d}
      n: {type: number, min: 0}
`,
  })
  const failed = outcomes(await check(repository)).filter(({ outcome }) => outcome !== 'passed')
  t.deepEqual(
    failed.map(({ rule, count, findings }) => [rule, count, findings?.map(({ row }) => row)]),
    [
      ['tables[0].columns.w.type', 1, [2]],
      ['tables[0].columns.w.min', 1, [2]],
    ],
  )
})
