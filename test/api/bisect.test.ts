import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { BisectOptions, BisectRecord, Verdict } from '../../src/api/index.js'
import { type TestRepository, testRepository } from '../helpers/repository.js'

const CSV = (values: readonly number[]) => `id,v\n${values.map((v, i) => `${i + 1},${v}\n`).join('')}`

/** Eight commits; `a.csv` has a 50 from the fifth on. Ids by number, the first of them 1. */
async function eight(t: ExecutionContext): Promise<{ made: TestRepository; ids: string[] }> {
  const made = await testRepository(t)
  const ids = ['']
  for (let n = 1; n <= 8; n++) {
    made.write({ 'a.csv': CSV(n >= 5 ? [1, 50, 3] : [1, 2, 3]), 'sub/n.txt': `${n}\n` })
    ids.push((await made.commit(`Number ${n}`)).commit.id)
  }
  return { made, ids }
}

const judge: BisectOptions['judge'] = async ({ directory }) =>
  fs.readFileSync(path.join(directory, 'a.csv'), 'utf8').includes('50') ? 'bad' : 'good'

async function all(records: AsyncIterable<BisectRecord>): Promise<BisectRecord[]> {
  const found: BisectRecord[] = []
  for await (const record of records) found.push(record)
  return found
}

const bisect = ({ repository }: TestRepository, options: Partial<BisectOptions>) =>
  all(repository.bisect({ good: [], bad: 'HEAD', skip: [], judge, ...options }))

const foundIn = (records: readonly BisectRecord[]) =>
  records.flatMap((record) => (record.type === 'found' ? [record.commit.id] : []))

/** Only the working directory of the test is known, and it is as it was. */
async function nothingIsLeft(t: ExecutionContext, made: TestRepository): Promise<void> {
  t.deepEqual(
    (await made.repository.worktrees()).map(({ directory }) => directory),
    [made.root],
  )
  const status = await made.repository.status({ all: true, rehash: false, paths: [] })
  t.true(status.clean)
  const { problems } = await made.repository.fsck({ deep: true })
  t.deepEqual(problems, [])
}

test('the first bad commit is found, with the files it changed and how many rows of tables', async (t) => {
  const { made, ids } = await eight(t)
  const records = await bisect(made, { good: [ids[1]!] })
  t.deepEqual(foundIn(records), [ids[5]])
  const changes = records.flatMap((record) => (record.type === 'change' ? [record.path] : []))
  t.deepEqual(changes, ['a.csv', 'sub/n.txt'])
  const rows = records.find((record) => record.type === 'rows')
  t.like(rows, { added: 0, removed: 0, changed: 1, unchanged: 2, cells: { v: 1 } })
  t.deepEqual(
    records.flatMap((record) => (record.type === 'judged' ? [[record.verdict, record.left]] : [])),
    [
      ['bad', undefined],
      ['good', undefined],
      ['good', 7],
      ['bad', 4],
      ['bad', 2],
    ],
  )
  await nothingIsLeft(t, made)
})

test('without a good commit one is looked for further and further back', async (t) => {
  const { made, ids } = await eight(t)
  t.deepEqual(foundIn(await bisect(made, {})), [ids[5]])
  t.deepEqual(foundIn(await bisect(made, { bad: ids[5]! })), [ids[5]])
  t.deepEqual(foundIn(await bisect(made, { skip: [ids[7]!] })), [ids[5]])
})

test('of a merge the line is found that broke it', async (t) => {
  const made = await testRepository(t)
  made.write({ 'a.csv': CSV([1, 2]), b: '0' })
  const good = (await made.commit('First')).commit.id
  await made.repository.switch({ to: 'side', create: true, force: false, detach: 'never' })
  made.write({ 'a.csv': CSV([1, 50]) })
  const culprit = (await made.commit('Side')).commit.id
  made.write({ c: '1' })
  await made.commit('Side again')
  await made.repository.switch({ to: 'main', create: false, force: false, detach: 'never' })
  for (const n of [1, 2, 3]) {
    made.write({ b: `${n}` })
    await made.commit(`Main ${n}`)
  }
  await made.repository.merge({ fastForward: 'allowed', revision: 'side' })
  t.deepEqual(foundIn(await bisect(made, { good: [good] })), [culprit])
  await nothingIsLeft(t, made)
})

test('skipped commits are passed over, and named when no others are left', async (t) => {
  const { made, ids } = await eight(t)
  const skipping = (numbers: readonly number[]): BisectOptions['judge'] => {
    const skipped = numbers.map((n) => ids[n])
    return async (tried): Promise<Verdict> => (skipped.includes(tried.commit) ? 'skip' : judge(tried))
  }
  t.deepEqual(foundIn(await bisect(made, { good: [ids[1]!], judge: skipping([3, 7]) })), [ids[5]])
  const given = { good: [ids[1]!], skip: [ids[4]!], judge: skipping([3]) }
  const error = await t.throwsAsync(bisect(made, given), { code: 'DV_BISECT_SKIPPED' })
  const { candidates } = (error as unknown as { data: { candidates: string[] } }).data
  t.deepEqual(candidates, ids.slice(3, 6))
  await nothingIsLeft(t, made)
})

test('ends that are not what they are said to be, and unknown ones, are told', async (t) => {
  const { made, ids } = await eight(t)
  const fails = (options: Partial<BisectOptions>, code: string) =>
    t.throwsAsync(bisect(made, options), { code })
  await fails({ good: [ids[6]!] }, 'DV_BISECT_GOOD_IS_BAD')
  await fails({ good: [ids[1]!], bad: ids[3]! }, 'DV_BISECT_BAD_IS_GOOD')
  await fails({ skip: [ids[1]!] }, 'DV_BISECT_GOOD_IS_BAD')
  await fails({ judge: async () => 'bad' }, 'DV_BISECT_GOOD_IS_BAD')
  await fails({ bad: ids[1]!, judge: async () => 'bad' }, 'DV_BISECT_GOOD_IS_BAD')
  await fails({ good: [ids[8]!], bad: ids[2]! }, 'DV_BISECT_NOT_BEFORE')
  await fails({ good: ['HEAD'] }, 'DV_BISECT_NOT_BEFORE')
  await fails({ good: ['nowhere'] }, 'DV_UNKNOWN_REVISION')
  await fails({ skip: ['nowhere'] }, 'DV_UNKNOWN_REVISION')
  await nothingIsLeft(t, made)
})

test('an interruption, a failure and a reader that goes away leave nothing behind', async (t) => {
  const { made, ids } = await eight(t)
  const abort = new AbortController()
  let seen = ''
  const interrupted: BisectOptions['judge'] = async ({ directory }) => {
    seen = directory
    fs.writeFileSync(path.join(directory, 'made by the command'), 'x')
    abort.abort(new Error('Interrupted'))
    throw abort.signal.reason
  }
  await t.throwsAsync(bisect(made, { judge: interrupted, signal: abort.signal }), { message: 'Interrupted' })
  t.false(fs.existsSync(path.dirname(seen)))
  await t.throwsAsync(bisect(made, { signal: abort.signal }))
  const watched: BisectOptions['judge'] = async (tried) => {
    seen = tried.directory
    return judge(tried)
  }
  const options = { good: [ids[1]!], bad: 'HEAD', skip: [], judge: watched }
  for await (const { type } of made.repository.bisect(options)) if (type === 'judged') break
  t.false(fs.existsSync(path.dirname(seen)))
  await nothingIsLeft(t, made)
})

test('each commit is tried in a directory of its own, whatever was done in the last, and wherever one stands', async (t) => {
  const { made, ids } = await eight(t)
  const inside = await made.openAt('sub')
  const spoils: BisectOptions['judge'] = async (tried) => {
    t.deepEqual(fs.readdirSync(tried.directory).sort(), ['.dv', 'a.csv', 'sub'])
    const verdict = await judge(tried)
    fs.writeFileSync(path.join(tried.directory, 'a.csv'), '50')
    fs.writeFileSync(path.join(tried.directory, 'left'), '')
    return verdict
  }
  const records = await all(inside.bisect({ good: [ids[1]!], bad: 'HEAD', skip: [], judge: spoils }))
  t.deepEqual(foundIn(records), [ids[5]])
  t.true(records.some(({ type }) => type === 'rows'))
  await nothingIsLeft(t, made)
})
