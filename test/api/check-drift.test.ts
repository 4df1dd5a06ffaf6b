// Drift rules of dv check: against the parent, a revision, and a window of commits.
import test from 'ava'
import type { CheckOptions, CheckOutcome, Repository } from '../../src/api/index.js'
import { collect, testRepository } from '../helpers/repository.js'

async function outcomes(
  repository: Repository,
  options: Partial<CheckOptions> = {},
): Promise<CheckOutcome[]> {
  const records = await collect(repository.check({ paths: [], ...options }))
  return records.flatMap((record) => (record.type === 'rule' ? [record] : []))
}

async function told(repository: Repository, options: Partial<CheckOptions> = {}): Promise<string[]> {
  const found = await outcomes(repository, options)
  return found.map(({ rule, outcome, message }) =>
    [
      rule.replace(/^tables\[0\]\.drift\.?/, ''),
      message === undefined ? outcome : `${outcome}: ${message}`,
    ].join(' '),
  )
}

function table(ages: readonly (number | string)[], line: (i: number) => string): string {
  return `age,line\n${ages.map((age, i) => `${age},${line(i)}\n`).join('')}`
}

const HUNDRED = Array.from({ length: 100 }, (_, i) => i)
const LINES = (i: number) => (i % 2 ? 'a' : 'b')

const RULES = `version: 1
tables:
  - path: t.csv
    drift:
      rows: 10%
      columns:
        '*': {nulls: 2%, psi: 0.2, ks: 0.3, categories: 0}
        age: {ks: 0.1, psi: 0.2, quantiles: {0.5: 10%, 0.9: 5}}
`

test('without a version before there is nothing to hold it against', async (t) => {
  const { repository } = await testRepository(t, { 't.csv': table(HUNDRED, LINES), 'dv.checks.yaml': RULES })
  t.deepEqual(await told(repository, { at: 'HEAD' }), [" skipped: There is no 't.csv' in the parent"])
})

test('the same table has not drifted, in another order of rows neither', async (t) => {
  const { repository, write, commit } = await testRepository(t, {
    't.csv': table(HUNDRED, LINES),
    'dv.checks.yaml': RULES,
  })
  write({ 't.csv': table([...HUNDRED].reverse(), LINES) })
  await commit('Reversed')
  const found = await outcomes(repository, { at: 'HEAD' })
  t.deepEqual(
    found.map(({ outcome }) => outcome),
    found.map(() => 'passed'),
  )
  t.is(found.length, 7)
})

test('rows, quantiles, KS, PSI, missing values and new categories are told with what they were', async (t) => {
  const { repository, write } = await testRepository(t, {
    't.csv': table(HUNDRED, LINES),
    'dv.checks.yaml': RULES,
  })
  write({
    't.csv': table(
      HUNDRED.slice(0, 80).map((age) => age + 30),
      (i) => ['a', 'b', 'c', ''][i % 4]!,
    ),
  })
  t.deepEqual(await told(repository), [
    'rows failed: There are 80 rows, where the parent has 100: 10% is the limit',
    'columns["*"].nulls failed: 25% of \'line\' have no value, where the parent has 0%: 2% more may',
    // By hand: 2·(⅓ − ½)·ln(⅔) + (⅓ − 0.0001)·ln(⅓ ÷ 0.0001).
    'columns["*"].psi failed: The PSI of \'line\' against the parent is 2.838, where 0.2 is the limit',
    'columns["*"].categories failed: 1 value of \'line\' is not in the parent',
    "columns.age.psi failed: The PSI of 'age' against the parent is 2.241, where 0.2 is the limit",
    "columns.age.ks failed: The Kolmogorov-Smirnov statistic of 'age' against the parent is 0.3, where 0.1 is the limit",
    "columns.age.quantiles failed: Quantile 0.5 of 'age' is 69.5, where the parent has 49.5 (10% is the limit); quantile 0.9 of 'age' is 101.1, where the parent has 89.1 (5 is the limit)",
  ])
  const categories = (await outcomes(repository)).find(({ rule }) => rule.endsWith('.categories'))
  t.deepEqual(categories?.findings, [{ column: 'line', value: 'c', times: 20 }])
})

test('a column that is not of numbers any more, or not there, is an error of that rule', async (t) => {
  const { repository, write } = await testRepository(t, {
    't.csv': table(HUNDRED, LINES),
    'dv.checks.yaml': RULES,
  })
  write({ 't.csv': table([...HUNDRED.slice(1), 'x'], LINES) })
  const found = await outcomes(repository)
  t.like(
    found.find(({ rule }) => rule.endsWith('age.ks')),
    { outcome: 'error', error: { code: 'DV_NOT_NUMBERS' } },
  )
  write({ 't.csv': 'agee\n1\n' })
  t.like((await outcomes(repository)).at(-1), {
    outcome: 'error',
    error: { code: 'DV_UNKNOWN_COLUMN', hint: "did you mean 'agee'?" },
  })
})

test('against a tag, what is typed, and the versions of the last commits together', async (t) => {
  const rules = (against: string) => `version: 1
against: ${against}
tables: [{path: t.csv, drift: {rows: 0%, columns: {age: {ks: 0}}}}]
`
  const { repository, write, commit } = await testRepository(t, { 't.csv': 'age\n1\n2\n' })
  await repository.createTag({ name: 'v1', revision: 'HEAD', force: false })
  write({ 't.csv': 'age\n3\n4\n5\n6\n' })
  await commit('Second')
  write({ other: 'x' })
  await commit('Third: the same table')
  write({ 't.csv': 'age\n1\n2\n3\n4\n5\n6\n', 'dv.checks.yaml': rules('v1') })
  const message = (text: string) => (found: string[]) => t.regex(found.join('\n'), new RegExp(text))
  message("where 'v1' has 2: 0% is")(await told(repository))
  message('where the parent has 4: 0% is')(await told(repository, { against: 'parent' }))
  write({ 'dv.checks.yaml': rules('{last: 9}') })
  t.deepEqual(await told(repository), [
    'rows failed: There are 6 rows, where the last 9 commits has 3: 0% is the limit',
    'columns.age.ks passed',
  ])
  write({ 'dv.checks.yaml': rules('v9') })
  t.like((await outcomes(repository))[0], { outcome: 'error', error: { code: 'DV_UNKNOWN_REVISION' } })
})
