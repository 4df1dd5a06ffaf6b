// .dvattributes: what diff, merge and query do with what users say of files.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import type { DiffOptions, DiffRecord, Reader } from '../../src/api/index.js'
import { collect, testRepository, type TestRepository } from '../helpers/repository.js'

const ROWS = { summary: false, required: true }
const DIFF: DiffOptions = { mergeBase: false, paths: [], content: false, context: 3, rows: ROWS }

const diff = ({ repository }: TestRepository, options: Partial<DiffOptions>): Promise<DiffRecord[]> =>
  collect(repository.diff({ ...DIFF, ...options }))
const rowsOf = (records: DiffRecord[]) => records.flatMap((record) => (record.type === 'row' ? [record] : []))
const headOf = (records: DiffRecord[]) => records.find((record) => record.type === 'table')

async function asked(reader: Reader, sql: string): Promise<unknown[][]> {
  const { batches } = await reader.query({ sql })
  return (await collect(batches)).flat().map((row) => [...row])
}

test('a key, a driver and a form that are said are those of diff and query, each side by its own tree', async (t) => {
  const made = await testRepository(t, {
    '.dvattributes': '*.dat driver=csv delimiter=: header=no\nd/*.csv key=b\n',
    'd/t.dat': 'x:1\ny:2\n',
    'd/t.csv': 'a,b\n1,p\n2,q\n',
    'd/old.csv': 'a;b\n1;caf\xe9\n',
  })
  made.write({
    'd/.dvattributes': 't.dat delimiter=, header=yes\n',
    'd/t.dat': 'column 1,column 2\nx,1\ny,3\n',
    'd/t.csv': 'a,b\n7,p\n2,q\n',
  })
  const records = await diff(made, { paths: ['d/t.csv'] })
  t.like(headOf(records), { key: ['b'], keySource: 'attributes' })
  t.deepEqual(rowsOf(records), [
    {
      ...{ type: 'row', change: 'changed', before: 1, after: 1, key: { b: 'p' } },
      cells: [{ column: 'a', before: '1', after: '7' }],
    },
  ])
  const [row, ...others] = rowsOf(await diff(made, { paths: ['d/t.dat'] }))
  t.deepEqual(others, [])
  t.like(row, { change: 'changed', key: { 'column 1': 'y' } })
  t.deepEqual(await asked(made.repository, "FROM 'd/t.dat'"), [
    ['x', 1n],
    ['y', 2n],
  ])
  await made.commit('Second')
  t.deepEqual(await asked(made.repository, `SELECT "column 2" FROM 'd/t.dat'`), [[1n], [3n]])
})

test('text in another encoding is read where it is said, and merged into the same bytes', async (t) => {
  const latin = (text: string) => Buffer.from(text, 'latin1')
  const base = 'id,name,age\n1,caf\xe9,1\n2,na\xefve,2\n'
  const made = await testRepository(t, {
    '.dvattributes': '*.csv encoding=latin1 types=text\nwide.csv encoding=utf-16le\n',
    't.csv': latin(base),
    'wide.csv': Buffer.from('\ufeffid,v\n1,ü\n', 'utf16le'),
  })
  const { repository } = made
  t.deepEqual(await asked(repository, "FROM 't.csv' WHERE id = '1'"), [['1', 'café', '1']])
  t.deepEqual(await asked(repository, "FROM 'wide.csv'"), [['1', 'ü']])
  await repository.createBranch({ name: 'side', force: false })
  made.write({ 't.csv': latin(base.replace('caf\xe9', 'th\xe9')) })
  await made.commit('Tea')
  await repository.switch({ to: 'side', create: false, detach: 'never', force: false })
  made.write({ 't.csv': latin(base.replace('2\n', '3\n')) })
  await made.commit('Older')
  const records = await diff(made, { from: 'HEAD~1', to: 'HEAD', paths: ['t.csv'] })
  t.like(rowsOf(records)[0], { key: { id: '2' }, cells: [{ column: 'age', before: '2', after: '3' }] })
  const result = await repository.merge({ revision: 'main', fastForward: 'allowed' })
  t.is(result.outcome, 'merged')
  t.deepEqual(
    fs.readFileSync(path.join(made.root, 't.csv')),
    latin(base.replace('caf\xe9', 'th\xe9').replace('2\n', '3\n')),
  )
})

test('attributes that are wrong are told by line and column; a diff that did not ask for rows goes on', async (t) => {
  const made = await testRepository(t, { '.dvattributes': '*.csv kee=id\n', 't.csv': 'a,b\n1,x\n' })
  made.write({ 't.csv': 'a,b\n1,y\n' })
  const wrong = { code: 'DV_BAD_ATTRIBUTES' } as object
  await t.throwsAsync(diff(made, { paths: ['t.csv'] }), wrong)
  await t.throwsAsync(asked(made.repository, "FROM 't.csv'"), wrong)
  const lenient = { paths: ['t.csv'], content: true, rows: { summary: false, required: false } }
  const changes = (await diff(made, lenient)).flatMap((record) => (record.type === 'change' ? [record] : []))
  t.is(changes[0]?.content?.type, 'text')
  made.write({ '.dvattributes': '*.csv key=gone\n' })
  await t.throwsAsync(diff(made, { paths: ['t.csv'] }), wrong, 'the old side still says kee')
  await made.commit('Said otherwise')
  made.write({ 't.csv': 'a,b\n1,z\n' })
  await t.throwsAsync(diff(made, { paths: ['t.csv'] }), { code: 'DV_UNKNOWN_COLUMN' } as object)
  made.write({ '.dvattributes': '*.csv driver=text\n' })
  await t.throwsAsync(diff(made, { paths: ['t.csv'] }), { code: 'DV_NOT_A_TABLE' } as object)
})
