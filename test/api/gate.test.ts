// Gates: a commit, merge or push that breaks a rule does nothing; --no-checks passes over it, and the commit says so.
import path from 'node:path'
import test from 'ava'
import { DvError } from '../../src/base/index.js'
import { headWithChecks } from '../helpers/logged.js'
import { temporaryFolder, testRepository } from '../helpers/repository.js'

const PUSH = { refs: [], all: false, tags: false, setUpstream: false, forceWithLease: false }
const SWITCH = { create: false, detach: 'never', force: false } as const
const rules = (gate: string) => `version: 1
gate: [${gate}]
tables: [{name: cells, path: t.csv, columns: {n: {max: 3}}}]
`

test('a commit that breaks a rule is not made, whatever it is made of', async (t) => {
  const made = await testRepository(t, { 't.csv': 'n\n1\n', 'dv.checks.yaml': rules('commit') })
  const first = await headWithChecks(made)
  t.like(first.checks, [{ outcome: 'passed', passed: 1 }], 'what passed a gate is remembered')
  made.write({ 't.csv': 'n\n4\n' })
  const error = await t.throwsAsync(made.commit('Second'), { instanceOf: DvError, code: 'DV_CHECKS_FAILED' })
  t.is(error!.message, '1 of 1 rule does not hold, so nothing was committed')
  t.regex(error!.hint!, /^cells: 1 value of 'n' is above 3 or no number\n.*--no-checks/)
  t.deepEqual(error!.data, {
    verb: 'commit',
    failed: [{ rule: 'tables[0].columns.n.max', name: 'cells', path: 't.csv', line: 3 }],
  })
  t.is((await headWithChecks(made)).id, first.id)
  t.is(made.read('t.csv'), 'n\n4\n', 'the work is as it was')
  await t.throwsAsync(made.commit('Second', { amend: true }), { code: 'DV_CHECKS_FAILED' })
  made.write({ 't.csv': 'n\n3\n' })
  await made.commit('Second')
  t.deepEqual((await made.repository.fsck({ deep: true })).problems, [])
})

test('what is passed over says so, until it is amended', async (t) => {
  const made = await testRepository(t, { 't.csv': 'n\n1\n', 'dv.checks.yaml': rules('commit') })
  made.write({ 't.csv': 'n\n4\n' })
  await made.commit('Second', { checks: false })
  t.deepEqual((await headWithChecks(made)).metadata, { 'dv.checks': 'skipped' })
  made.write({ 't.csv': 'n\n2\n' })
  await made.commit('Second', { amend: true })
  t.deepEqual((await headWithChecks(made)).metadata, {})
})

test('rules that cannot be read stop a commit as well; without rules nothing does', async (t) => {
  const made = await testRepository(t, { 't.csv': 'n\n1\n', 'dv.checks.yaml': rules('commit') })
  made.write({ 'dv.checks.yaml': 'version: 1\ngate: [comit]\n' })
  await t.throwsAsync(made.commit('Second'), { code: 'DV_BAD_RULES' })
  made.write({ 'dv.checks.yaml': undefined })
  await made.commit('Second')
})

async function diverged(t: Parameters<typeof testRepository>[0], gate: string) {
  const made = await testRepository(t, {
    't.csv': 'n\n1\n',
    'u.csv': 'n\n1\n',
    'dv.checks.yaml': rules(gate),
  })
  await made.repository.createBranch({ name: 'other', force: false })
  await made.repository.switch({ ...SWITCH, to: 'other' })
  made.write({ 't.csv': 'n\n9\n' })
  await made.commit('Theirs')
  await made.repository.switch({ ...SWITCH, to: 'main' })
  return made
}

test('a merge is held against the merged tree, a fast one too', async (t) => {
  const made = await diverged(t, 'merge')
  const merge = (options: object = {}) =>
    made.repository.merge({ revision: 'other', fastForward: 'allowed', ...options })
  await t.throwsAsync(merge(), { code: 'DV_CHECKS_FAILED' })
  made.write({ 'u.csv': 'n\n2\n' })
  await made.commit('Ours')
  const before = await headWithChecks(made)
  await t.throwsAsync(merge(), { code: 'DV_CHECKS_FAILED' })
  t.is((await headWithChecks(made)).id, before.id)
  t.deepEqual(
    [made.read('t.csv'), (await made.repository.status({ all: false, paths: [], rehash: false })).clean],
    ['n\n1\n', true],
  )
  t.is((await merge({ checks: false })).outcome, 'merged')
  t.deepEqual((await headWithChecks(made)).metadata, { 'dv.checks': 'skipped' })
})

test('a push is stopped before anything is sent, and looks at nothing twice', async (t) => {
  const made = await diverged(t, 'push')
  await made.repository.addRemote({ name: 'origin', url: path.join(temporaryFolder(t), 'remote') })
  const push = (options: object = {}) => made.repository.push({ ...PUSH, remote: 'origin', ...options })
  t.is((await push()).updates[0]!.outcome, 'new')
  t.like((await headWithChecks(made)).checks, [{ outcome: 'passed' }])
  await t.throwsAsync(push({ refs: ['other'] }), { code: 'DV_CHECKS_FAILED' })
  await t.throwsAsync(push({ all: true }), { code: 'DV_CHECKS_FAILED' })
  t.is((await push({ refs: ['other'], checks: false })).updates[0]!.outcome, 'new')
})

test('a sync passes the gates of a merge and a push, or passes over them', async (t) => {
  const made = await diverged(t, 'merge, push')
  const url = path.join(temporaryFolder(t), 'remote')
  await made.repository.addRemote({ name: 'origin', url })
  await made.repository.push({ ...PUSH, remote: 'origin', refs: ['other:main'], checks: false })
  const before = await headWithChecks(made)
  await t.throwsAsync(made.repository.sync({ remote: 'origin' }), { code: 'DV_CHECKS_FAILED' })
  t.is((await headWithChecks(made)).id, before.id)
  made.write({ 'u.csv': 'n\n2\n' })
  await made.commit('Ours')
  await t.throwsAsync(made.repository.sync({ remote: 'origin' }), { code: 'DV_CHECKS_FAILED' })
  t.is((await made.repository.sync({ remote: 'origin', checks: false })).outcome, 'synced')
  t.deepEqual((await headWithChecks(made)).metadata, { 'dv.checks': 'skipped' })
  t.deepEqual((await made.repository.fsck({ deep: true })).problems, [])
})
