// What .dvattributes say of tables holds for dv profile and dv check as for dv diff: what reads a file, each version by its own tree.
import test from 'ava'
import type { CheckRecord, ProfileRecord, Repository } from '../../src/api/index.js'
import { collect, testRepository } from '../helpers/repository.js'

/** Semicolons, no head, and a letter that is none of UTF-8. */
const PLATE = Buffer.from('1;caf\xe9\n2;x\n', 'latin1')
const FORM = 'driver=csv delimiter=; encoding=windows-1252 header=no'

const checked = (repository: Repository) => collect(repository.check({ paths: [], at: 'HEAD' }))
const outcomes = (records: CheckRecord[]) =>
  records.flatMap((one) => (one.type === 'rule' ? [[one.rule, one.outcome, one.message]] : []))

async function profiled(repository: Repository, ...paths: string[]) {
  const records: ProfileRecord[] = await collect(repository.profile({ paths }))
  return records.flatMap((one) => (one.type === 'table' ? [one] : []))
}

test('a profile reads tables as .dvattributes say, and again when they say otherwise', async (t) => {
  const made = await testRepository(t, {
    'raw/plate.dat': PLATE,
    'raw/plate.csv': PLATE,
    'raw/.dvattributes': `plate.dat ${FORM}\nplate.csv driver=binary\n`,
  })
  const { repository } = made
  const [plate, ...others] = await profiled(repository)
  t.deepEqual(others, [], 'what is said to be binary is no table')
  t.like(plate, { path: 'raw/plate.dat', format: 'csv', rows: 2 })
  if (!plate || 'error' in plate) return t.fail()
  t.deepEqual(
    plate.columns.map(({ name, type, top }) => [name, type, top?.map(({ value }) => value)]),
    [
      ['column 1', 'integer', ['1', '2']],
      ['column 2', 'string', ['café', 'x']],
    ],
  )
  t.like((await profiled(repository, 'raw/plate.dat'))[0], { rows: 2 })
  made.write({ 'raw/.dvattributes': `plate.dat ${FORM.replace('header=no', 'header=yes')}\n` })
  await made.commit('The first record is the head')
  t.like((await profiled(repository, 'raw/plate.dat'))[0], { rows: 1 })
  made.write({ 'raw/.dvattributes': 'plate.dat drver=csv\n' })
  await made.commit('A mistake')
  await t.throwsAsync(profiled(repository), { code: 'DV_BAD_ATTRIBUTES' } as object)
})

const RULES = `version: 1
tables:
  - path: plate.dat
    rows: 2
    columns:
      column 2: {values: [café, x]}
    drift:
      rows: 0%
      columns: {column 2: {categories: 0}}
`

test('rules are held against tables as .dvattributes say, each version by those of its own tree', async (t) => {
  const utf8 = Buffer.from('1,café\n2,x\n')
  const made = await testRepository(t, {
    'dv.checks.yaml': RULES,
    'plate.dat': utf8,
    '.dvattributes': '*.dat driver=csv header=no\n',
  })
  made.write({ 'plate.dat': PLATE, '.dvattributes': `*.dat ${FORM}\n` })
  await made.commit('Another encoding')
  t.deepEqual(outcomes(await checked(made.repository)), [
    ['tables[0].rows', 'passed', undefined],
    ['tables[0].columns["column 2"].values', 'passed', undefined],
    ['tables[0].drift.rows', 'passed', undefined],
    ['tables[0].drift.columns["column 2"].categories', 'passed', undefined],
  ])
  made.write({ '.dvattributes': '*.dat drver=csv\n' })
  await made.commit('A mistake')
  const [[rule, outcome, message], ...more] = outcomes(await checked(made.repository)) as [string[]]
  t.deepEqual([rule, outcome, more], ['tables[0]', 'error', []])
  t.regex(message!, /drver/)
})
