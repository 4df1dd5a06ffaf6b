import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { CommitOptions, InputInfo } from '../../src/api/index.js'
import type { DvError } from '../../src/base/index.js'
import { LOG } from '../helpers/logged.js'
import { collect, testRepository } from '../helpers/repository.js'

/** A repository of results, and one of the data they are made from. */
async function world(t: ExecutionContext) {
  const data = await testRepository(t, { 'day1/a.csv': 'a\n', 'b.csv': 'b\n' })
  await data.repository.createTag({ name: 'v1', force: false })
  const made = await testRepository(t, { features: '1\n' })
  const entries = await collect(data.repository.ls({ operands: ['HEAD'], recursive: true }))
  const content = (name: string) => entries.find((entry) => entry.path === name)!.content!
  const [first] = await collect(data.repository.log(LOG))
  const source = first!.id
  const commit = async (options: Partial<CommitOptions>) => {
    made.write({ features: `${Math.random()}\n` })
    const { commit: info } = await made.commit('Features', options)
    return info
  }
  return { data, made, commit, source, content }
}

test('a commit says what it was made from, and show, log and query tell it', async (t) => {
  const { data, made, commit, source, content } = await world(t)
  const relative = path.relative(made.root, data.root)
  const inputs = [`${data.root}@v1:b.csv`, `${data.root}@main:day1`, `${relative}/`]
  const { id, inputs: told, metadata } = await commit({ inputs, metadata: { accuracy: 0.5 } })
  const url = data.root
  t.like(told, [
    { url, revision: 'v1', commit: source, path: 'b.csv', id: content('b.csv') },
    { url, revision: 'main', commit: source, path: 'day1' },
    { revision: 'main', commit: source },
  ])
  t.false('id' in told![1]!)
  t.regex(told![2]!.id!, /^[0-9a-f]{64}$/)
  t.deepEqual(metadata, { accuracy: 0.5 })
  await commit({})
  const shown = await collect(made.repository.show({ revision: id, content: false, context: 3 }))
  const [last, before] = await collect(made.repository.log(LOG))
  t.deepEqual((shown[0] as { commit: { inputs: InputInfo[] } }).commit.inputs, told)
  t.deepEqual([last!.inputs, before!.inputs], [undefined, told])
  const sql = `SELECT i."commit", i.source, i.path, i.id, c.subject FROM inputs i JOIN commits c ON c.id = i."commit"
    ORDER BY i.path NULLS LAST`
  const { batches } = await made.repository.query({ sql })
  t.deepEqual(
    (await collect(batches)).flat().map((row) => [...row]),
    [
      [id, source, 'b.csv', content('b.csv'), 'Features'],
      [id, source, 'day1', undefined, 'Features'],
      [id, source, undefined, told![2]!.id, 'Features'],
    ],
  )
})

test('all that a lock file pins are inputs, with those that are given besides', async (t) => {
  const { data, made, commit, source } = await world(t)
  const { dependencies } = made.api
  const where = "extension = 'csv'"
  await dependencies.require({
    address: `${path.relative(made.root, data.root)}@v1`,
    name: 'plates',
    where,
    force: false,
  })
  const { inputs } = await commit({ inputsFrom: 'dv.lock', inputs: [`${data.root}@main`] })
  t.like(inputs, [
    { url: data.root, revision: 'v1', commit: source, where },
    { url: data.root, revision: 'main', commit: source },
  ])
  t.is(inputs![0]!.id, inputs![1]!.id)
})

test('an amended commit keeps its inputs, unless it is given others', async (t) => {
  const { data, commit, content } = await world(t)
  const { inputs } = await commit({ inputs: [`${data.root}@v1:b.csv`] })
  t.deepEqual((await commit({ amend: true })).inputs, inputs)
  const { inputs: others } = await commit({ amend: true, inputs: [`${data.root}@v1:day1/a.csv`] })
  t.deepEqual(
    others!.map(({ id }) => id),
    [content('day1/a.csv')],
  )
})

test('an input that cannot be found, or holds a secret, ends the commit before anything is recorded', async (t) => {
  const { data, made } = await world(t)
  made.write({ features: 'new\n' })
  for (const [input, code] of [
    [`${data.root}@nope`, 'DV_UNKNOWN_REVISION'],
    [`${data.root}@v1:nope`, 'DV_UNKNOWN_PATH'],
    ['./nowhere@v1', 'DV_NO_STORE'],
    ['main:features', 'DV_USAGE'],
    ['https://ada:hunter2@h/x@v1', 'DV_BAD_ADDRESS'],
    ['https://h/x?sig=hunter2@v1', 'DV_BAD_ADDRESS'],
  ] as const) {
    const error = await t.throwsAsync<DvError>(made.commit('x', { inputs: [input] }), { code }, input)
    t.notRegex(`${error!.message} ${error!.hint} ${JSON.stringify(error!.data)}`, /hunter2/)
  }
  await t.throwsAsync(made.commit('x', { inputsFrom: 'none.lock' }), { code: 'DV_NOT_FOUND' })
  fs.writeFileSync(path.join(made.root, 'bad.lock'), 'x')
  await t.throwsAsync(made.commit('x', { inputsFrom: 'bad.lock' }), { code: 'DV_BAD_LOCK_FILE' })
  t.is((await collect(made.repository.log(LOG))).length, 1)
})
