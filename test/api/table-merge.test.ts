// dv merge of tables, as a user meets it.
import test from 'ava'
import { testRepository } from '../helpers/repository.js'

const BASE = 'id,name,age\n1,Ada,36\n2,Grace,45\n'
const MERGE = { fastForward: 'allowed' } as const

/** A repository whose branches main and other changed the files differently. */
async function diverged(
  t: Parameters<typeof testRepository>[0],
  base: Record<string, string>,
  { ours, theirs }: Record<'ours' | 'theirs', Record<string, string>>,
) {
  const made = await testRepository(t, base)
  const { repository } = made
  await repository.createBranch({ name: 'other', force: false })
  made.write(ours)
  await made.commit('Ours')
  await repository.switch({ to: 'other', create: false, detach: 'never', force: false })
  made.write(theirs)
  await made.commit('Theirs')
  await repository.switch({ to: 'main', create: false, detach: 'never', force: false })
  return made
}

test('cells of one row that either side changed are joined, in CSV, TSV and JSON Lines', async (t) => {
  const tabs = (text: string) => text.replaceAll(',', '\t')
  const json = '{"id":1,"a":"x","b":[1]}\n'
  const made = await diverged(
    t,
    { 't.csv': BASE, 't.tsv': tabs(BASE), 't.jsonl': json },
    {
      ours: {
        't.csv': BASE.replace('Ada', 'A.'),
        't.tsv': tabs(BASE).replace('Ada', 'A.'),
        't.jsonl': json.replace('x', 'y'),
      },
      theirs: {
        't.csv': BASE.replace('36', '37'),
        't.tsv': tabs(BASE).replace('36', '37'),
        't.jsonl': json.replace('[1]', '[1, 2]'),
      },
    },
  )
  const { outcome } = await made.repository.merge({ revision: 'other', ...MERGE })
  t.is(outcome, 'merged')
  const wanted = 'id,name,age\n1,A.,37\n2,Grace,45\n'
  t.is(made.read('t.csv'), wanted)
  t.is(made.read('t.tsv'), tabs(wanted))
  t.is(made.read('t.jsonl'), '{"id":1,"a":"y","b":[1, 2]}\n')
})

test('a cell that both set is told by status until a side is taken', async (t) => {
  const made = await diverged(
    t,
    { 't.csv': BASE },
    {
      ours: { 't.csv': BASE.replace('36', '37').replace('Grace', 'G.') },
      theirs: { 't.csv': BASE.replace('36', '38').replace('45', '46') },
    },
  )
  const { repository } = made
  const { outcome, conflicts } = await repository.merge({ revision: 'other', ...MERGE })
  t.is(outcome, 'conflicts')
  const cells = [{ key: { id: '1' }, column: 'age', base: '36', ours: '37', theirs: '38' }]
  t.deepEqual([conflicts[0]!.cells, conflicts[0]!.cellCount, conflicts[0]!.markers], [cells, 1, false])
  t.is(made.read('t.csv'), 'id,name,age\n1,Ada,37\n2,G.,46\n')
  const status = await repository.status({ all: true, paths: [], rehash: false })
  t.deepEqual(status.groups.conflicts.items[0]!.cells, cells)
  await repository.resolveMerge({ side: 'theirs', paths: ['t.csv'] })
  t.is(made.read('t.csv'), 'id,name,age\n1,Ada,38\n2,G.,46\n', 'what else was merged stays')
  t.is((await repository.continueMerge({})).outcome, 'merged')
  const { problems } = await repository.fsck({ deep: true })
  t.deepEqual(problems, [])
})

test('one cell, one row, or all that is left of a table is settled by a side; edits by hand stay', async (t) => {
  const base = 'id,name,age\n1,Ada,36\n2,Grace,45\n3,Edsger,72\n4,Tony,80\n'
  const made = await diverged(
    t,
    { 't.csv': base },
    {
      ours: { 't.csv': base.replace('1,Ada,36', '1,A,37').replace('45', '46').replace('3,Edsger,72\n', '') },
      theirs: { 't.csv': base.replace('1,Ada,36', '1,"B",38').replace('45', '47').replace('72', '73') },
    },
  )
  const { repository } = made
  const merged = await repository.merge({ revision: 'other', ...MERGE })
  t.is(merged.conflicts[0]!.cellCount, 4)
  t.is(made.read('t.csv'), base.replace('1,Ada,36', '1,A,37').replace('45', '46').replace('72', '73'))
  const settle = (side: 'ours' | 'theirs', row?: Record<string, string>, ...columns: string[]) =>
    repository.resolveMerge({ side, paths: ['t.csv'], ...(row && { cells: { row, columns } }) })
  await t.throwsAsync(settle('ours', { id: '4' }), { code: 'DV_NO_MATCH' } as object)
  await t.throwsAsync(settle('ours', { id: '1' }, 'nam'), { code: 'DV_NO_MATCH' } as object)
  const one = await settle('theirs', { id: '1' }, 'name')
  t.deepEqual([one.resolved, one.left[0]!.cellCount], [[], 3])
  t.is(made.read('t.csv').split('\n')[1], '1,"B",37')
  made.write({ 't.csv': made.read('t.csv').replace('Tony', 'C.A.R.') })
  const row = await settle('ours', { id: '3' })
  t.is(row.left[0]!.cellCount, 2)
  const status = await repository.status({ all: true, paths: [], rehash: false })
  t.deepEqual(
    status.groups.conflicts.items[0]!.cells!.map(({ key, column }) => [key['id'], column]),
    [
      ['1', 'age'],
      ['2', 'age'],
    ],
  )
  const all = await settle('theirs')
  t.deepEqual(all, { resolved: ['t.csv'], left: [] })
  const wanted = 'id,name,age\n1,"B",38\n2,Grace,47\n4,C.A.R.,80\n'
  t.is(made.read('t.csv'), wanted)
  await repository.undo({})
  t.is(made.read('t.csv'), wanted.replace('38', '37').replace('47', '46'))
  await settle('theirs')
  t.is((await repository.continueMerge({})).outcome, 'merged')
  t.is(made.read('t.csv'), wanted)
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
})

test('more cells in conflict than are remembered one by one are settled by a side, those beyond as well', async (t) => {
  const table = (cell: (id: number) => string) =>
    `id,v,w\n${Array.from({ length: 1500 }, (_, id) => `${id},${cell(id)},${id % 7}\n`).join('')}`
  const made = await diverged(
    t,
    { 't.csv': table(() => 'a') },
    { ours: { 't.csv': table((id) => `o${id}`) }, theirs: { 't.csv': table((id) => `t${id}`) } },
  )
  const { repository } = made
  const merged = await repository.merge({ revision: 'other', ...MERGE })
  t.deepEqual([merged.conflicts[0]!.cells!.length, merged.conflicts[0]!.cellCount], [1000, 1500])
  const settle = (side: 'ours' | 'theirs', row?: Record<string, string>) =>
    repository.resolveMerge({ side, paths: ['t.csv'], ...(row && { cells: { row, columns: ['v'] } }) })
  const beyond = await t.throwsAsync(settle('theirs', { id: '1200' }), { code: 'DV_NO_MATCH' } as object)
  t.regex(beyond.message, /among the 1000 that are settled one by one/)
  await settle('ours', { id: '7' })
  const all = await settle('theirs')
  t.deepEqual(all, { resolved: ['t.csv'], left: [] })
  t.is(
    made.read('t.csv'),
    table((id) => (id === 7 ? 'o7' : `t${id}`)),
  )
  await repository.undo({})
  t.is((await settle('theirs', {})).left[0]!.cellCount, 500, 'those that are remembered are not all')
  t.is(
    made.read('t.csv'),
    table((id) => (id === 7 || id >= 1000 ? `o${id}` : `t${id}`)),
  )
  t.deepEqual((await settle('ours')).left, [])
  t.is((await repository.continueMerge({})).outcome, 'merged')
  t.deepEqual((await repository.fsck({ deep: true })).problems, [])
})

test('a merge that favours a side takes its cells, and keeps all others', async (t) => {
  const made = await diverged(
    t,
    { 't.csv': BASE },
    {
      ours: { 't.csv': BASE.replace('36', '37').replace('Grace', 'G.') },
      theirs: { 't.csv': BASE.replace('36', '38').replace('45', '46') },
    },
  )
  const { outcome } = await made.repository.merge({ revision: 'other', favour: 'theirs', ...MERGE })
  t.is(outcome, 'merged')
  t.is(made.read('t.csv'), 'id,name,age\n1,Ada,38\n2,G.,46\n')
})
