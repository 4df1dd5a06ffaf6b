// Metadata that becomes a commit of a branch at once: at a remote in a folder, here, and when others commit meanwhile.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { MetaImportToOptions, MetaSetToOptions } from '../../src/api/index.js'
import { isDvError } from '../../src/base/index.js'
import { PUSH, pushed } from '../helpers/pushed.js'
import { collect, type TestFiles } from '../helpers/repository.js'

const TO = { target: 'origin@main', message: 'Say what it is' }
const LOG = { revisions: [], paths: [], all: false, changes: false, topological: false }

type Typed = Partial<MetaSetToOptions>
type ImportTyped = Partial<MetaImportToOptions>

async function world(t: ExecutionContext, files: TestFiles) {
  const made = await pushed(t, files)
  const set = (paths: string[], values: Record<string, string>, more: Typed = {}) =>
    made.api.metadata.set({ paths, set: values, types: {}, unset: [], to: TO, ...more })
  const load = (text: string, more: ImportTyped = {}) =>
    made.api.metadata.import({
      ...{ file: 'table.csv', input: Buffer.from(text), path: { column: 'p' }, columns: [], types: {} },
      ...{ nulls: [], allowMissing: false, dryRun: false, to: TO, ...more },
    })
  const there = async (at = 'origin@main') => {
    const items = await collect(made.repository.getMetadata({ paths: ['**'], keys: [], at }))
    return Object.fromEntries(items.map(({ path: name, metadata }) => [name, metadata]))
  }
  const commits = async (revision: string) => collect(made.repository.log({ ...LOG, revisions: [revision] }))
  const sound = async () => {
    await made.repository.fetch({ remote: 'origin', prune: false, tags: 'followed' } as never)
    t.deepEqual((await made.repository.fsck({ deep: true })).problems, [])
  }
  return { ...made, set, load, there, commits, sound }
}

test('set and unset at a remote are a commit there; the working directory is as it was', async (t) => {
  const w = await world(t, { 'p7/a.tif': 'a', 'p7/b.tif': 'b', 'c.txt': 'c' })
  const first = await w.set(['p7', '**/*.tif'], { line: 'AICS-23', plate: '7' })
  t.like(first, { paths: 3, changed: 3, types: { line: 'string', plate: 'int64' } })
  t.like(first.applied, { branch: 'main', outcome: 'moved', changes: { added: 1, modified: 2 } })
  const both = { line: 'AICS-23', plate: 7 }
  t.deepEqual(await w.there(), { p7: both, 'p7/a.tif': both, 'p7/b.tif': both })
  const where = "name = 'a.tif' AND plate = 7"
  t.like(await w.set([], {}, { unset: ['line'], where }), { paths: 1, changed: 1 })
  t.deepEqual((await w.there())['p7/a.tif'], { line: 'AICS-23', plate: 7 }, 'what the directory has')
  t.like(await w.set(['p7'], { plate: '7' }), { paths: 1, changed: 0, applied: { outcome: 'unchanged' } })
  t.is((await w.commits('origin@main')).length, 3)
  t.true((await w.repository.status({ all: true, paths: [], rehash: false })).clean)
  await w.sound()
})

test('a table becomes a commit; one whose paths are not there becomes none, with counts and examples', async (t) => {
  const w = await world(t, { 'd/x': '1', 'd/y': '2', z: '3' })
  const before = await w.commits('origin@main')
  const error = await t.throwsAsync(w.load('p,n\nnone,4\nd/y,2\nd/x,1\n'), { code: 'DV_NO_MATCH' } as object)
  t.true(isDvError(error))
  t.like((error as { data?: object }).data, { missing: 1, matched: 2, examples: ['none'] })
  t.like(await w.load('p,n\nz,3\n', { dryRun: true }), { changed: 1, applied: { dryRun: true } })
  t.deepEqual(await w.commits('origin@main'), before)
  t.deepEqual(await w.there(), {})
  const done = await w.load('p,n,s\nnone,4,\nd/y,2,b\nd,0,\nd/x,1,\n', { allowMissing: true })
  t.like(done, { rows: 4, paths: 3, changed: 3, missing: { count: 1, examples: ['none'] } })
  t.deepEqual(await w.there(), { d: { n: 0 }, 'd/x': { n: 1 }, 'd/y': { n: 2, s: 'b' } })
  await t.throwsAsync(w.load('p,n\nz,1\nz,2\n'), { code: 'DV_BAD_TABLE' } as object)
  t.is((await w.commits('origin@main')).length, before.length + 1)
  await w.sound()
})

test('many at once all become commits; what two say of one path is settled by who is first', async (t) => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const w = await world(t, Object.fromEntries(names.map((name) => [name, name])))
  const all = await Promise.all(
    names.map((name, i) => (i % 2 ? w.set([name], { n: `${i}` }) : w.load(`p,n\n${name},${i}\n`))),
  )
  t.true(all.every(({ applied }) => applied.outcome === 'moved'))
  t.deepEqual(await w.there(), Object.fromEntries(names.map((name, n) => [name, { n }])))
  const both = await Promise.allSettled([w.set(['a'], { who: 'ada' }), w.set(['a'], { who: 'bob' })])
  const told = both.flatMap((one) =>
    one.status === 'rejected' ? [(one.reason as { code: string }).code] : [],
  )
  t.true(told.length === 0 || told.join() === 'DV_REF_MOVED', told.join())
  t.is((await w.commits('origin@main')).length, 1 + names.length + (2 - told.length))
  await w.sound()
})

test('on a branch here that is not checked out it is an operation that can be undone', async (t) => {
  const w = await world(t, { a: '1' })
  const to = { ...TO, target: 'other' }
  await t.throwsAsync(w.set(['a'], { k: '1' }, { to }), { code: 'DV_UNKNOWN_REF' } as object)
  await t.throwsAsync(w.set(['a'], { k: '1' }, { to: { ...TO, target: 'main' } }), {
    code: 'DV_BRANCH_IN_USE',
  } as object)
  await w.repository.createBranch({ name: 'other', force: false })
  await w.set(['a'], { k: '1' }, { to })
  t.deepEqual(await w.there('other'), { a: { k: 1 } })
  await w.repository.undo({})
  t.deepEqual(await w.there('other'), {})
})

test('what means nothing, is no metadata or has no message is refused, and nothing is sent', async (t) => {
  const w = await world(t, { 'd/a': '1' })
  await w.repository.push({ ...PUSH })
  const refuse = (work: Promise<unknown>, code: string) => t.throwsAsync(work, { code } as object)
  await refuse(w.set(['d/b'], { k: '1' }), 'DV_UNKNOWN_PATH')
  await refuse(w.set(['d/b'], { k: '1' }, { where: 'sze > 1' }), 'DV_UNKNOWN_PATH')
  await refuse(w.set([], { k: '1' }, { where: 'sze > 1' }), 'DV_UNKNOWN_COLUMN')
  await refuse(w.set(['.'], { k: '1' }), 'DV_USAGE')
  await refuse(w.set(['d/a'], { k: 'x' }, { types: { k: 'date' } }), 'DV_BAD_VALUE')
  await refuse(w.set(['d/a'], { k: 'x'.repeat(20_000_000) }), 'DV_USAGE')
  await refuse(w.set(['d/a'], { k: '1' }, { to: { ...TO, message: ' ' } }), 'DV_USAGE')
  await refuse(w.load('p,k\nd/a\n'), 'DV_BAD_TABLE')
  t.deepEqual(await w.there(), {})
  t.false(fs.existsSync(path.join(w.root, '.dv/metadata')))
})
