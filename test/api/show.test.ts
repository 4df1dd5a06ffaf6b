import test from 'ava'
import type { ShowOptions, ShowRecord } from '../../src/api/index.js'
import { collect, testRepository, type TestRepository } from '../helpers/repository.js'

const SHOW: ShowOptions = { revision: 'HEAD', content: false, context: 3 }

function show({ repository }: TestRepository, options: Partial<ShowOptions> = {}): Promise<ShowRecord[]> {
  return collect(repository.show({ ...SHOW, ...options }))
}

test('the commit comes first, then what it changed against its first parent', async (t) => {
  const made = await testRepository(t, { 'a.txt': 'a\n' })
  made.write({ 'b.txt': 'b\n' })
  const { commit } = await made.commit('Second', { metadata: { accuracy: 0.5 } })
  const [first, sides, change, summary, ...more] = await show(made, { content: true })
  t.deepEqual(more, [])
  t.like(first, {
    type: 'commit',
    commit: {
      id: commit.id,
      message: 'Second',
      metadata: { accuracy: 0.5 },
      refs: [
        { kind: 'head', name: 'main' },
        { kind: 'branch', name: 'main' },
      ],
    },
    total: { files: 2, bytes: 4 },
  })
  t.like(sides, {
    type: 'diff',
    from: { commit: commit.parents[0] },
    to: { name: 'HEAD', commit: commit.id },
  })
  t.like(change, { status: 'added', path: 'b.txt', content: { type: 'text', linesAdded: 1 } })
  t.like(summary, { type: 'summary', added: 1, newBytes: 2 })
})

test('a first commit is all new', async (t) => {
  const made = await testRepository(t, { 'a.txt': 'a\n', 'b.txt': 'b\n' })
  const records = await show(made)
  t.deepEqual(
    records.map((record) => record.type),
    ['commit', 'diff', 'change', 'change', 'summary'],
  )
  t.like(records[1], { from: { name: 'nothing' } })
  t.like(records.at(-1), { added: 2, newBytes: 4 })
})

test('an annotated tag comes before its commit, a plain one does not', async (t) => {
  const made = await testRepository(t, { 'a.txt': 'a\n' })
  await made.repository.createTag({ name: 'plain', force: false })
  await made.repository.createTag({ name: 'noted', message: 'Why\n', force: false })
  const [tag, commit] = await show(made, { revision: 'noted' })
  t.like(tag, { type: 'tag', tag: { name: 'noted', message: 'Why', tagger: { name: 'Ada' } } })
  t.is(commit!.type, 'commit')
  t.is((await show(made, { revision: 'plain' }))[0]!.type, 'commit')
})

test('what is no revision is an error; for a file it says how to print it', async (t) => {
  const made = await testRepository(t, { 'a.txt': 'a\n' })
  await t.throwsAsync(show(made, { revision: 'nope' }), { code: 'DV_UNKNOWN_REVISION' })
  const error = await t.throwsAsync(show(made, { revision: 'HEAD:a.txt' }), { code: 'DV_BAD_REVISION' })
  t.like(error, { hint: 'type: dv cat HEAD:a.txt' })
})
