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
  t.is((await repository.continueMerge({})).outcome, 'merged')
  const { problems } = await repository.fsck({ deep: true })
  t.deepEqual(problems, [])
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
