import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import type { MetaImportOptions } from '../../src/api/index.js'
import { isDvError } from '../../src/base/index.js'
import { collect, type TestRepository, testRepository } from '../helpers/repository.js'

async function load(made: TestRepository, text: string, more: Partial<MetaImportOptions> = {}) {
  const fixed = { columns: [], types: {}, nulls: [], allowMissing: false, dryRun: false }
  const options = { file: 'table.csv', input: Buffer.from(text), path: { column: 'p' }, ...fixed, ...more }
  return made.repository.importMetadata(options)
}

async function own(made: TestRepository, at?: string): Promise<Record<string, unknown>> {
  const options = { paths: ['**'], keys: [], ...(at && { at }) }
  const items = await collect(made.repository.getMetadata(options))
  return Object.fromEntries(items.map(({ path, metadata }) => [path, metadata]))
}

async function isClean(made: TestRepository): Promise<boolean> {
  return (await made.repository.status({ all: true, paths: [], rehash: false })).clean
}

test('rows in any order become what their paths will be committed with', async (t) => {
  const made = await testRepository(t, { 'a/x': '1', 'a/y': '2', b: '3' })
  made.write({ fresh: '4' })
  const result = await load(made, 'p,n,s\nfresh,4,\nb,3,c\na/y,2,b\na/x,1,a\n')
  t.like(result, { rows: 4, paths: 4, changed: 4, missing: { count: 0, examples: [] }, warnings: [] })
  t.deepEqual(result.columns, [
    { name: 'n', type: 'int64', values: 4 },
    { name: 's', type: 'string', values: 3 },
  ])
  const expected = { 'a/x': { n: 1, s: 'a' }, 'a/y': { n: 2, s: 'b' }, b: { n: 3, s: 'c' }, fresh: { n: 4 } }
  t.deepEqual(await own(made), expected)
  await made.commit('Two')
  t.deepEqual(await own(made, 'HEAD'), expected)
  t.is((await load(made, 'p,n\nb,3\n')).changed, 0)
})

test('a path is made of columns, which are metadata too; some columns can be chosen', async (t) => {
  const made = await testRepository(t, { 'images/7/A01.tif': '1', 'images/8/B02.tif': '2' })
  const table = 'plate,well,note\n7,A01,x\n8,B02,y\n'
  await load(made, table, { path: { template: 'images/{plate}/{well}.tif' }, columns: ['plate', 'note'] })
  t.deepEqual(await own(made), {
    'images/7/A01.tif': { note: 'x', plate: 7 },
    'images/8/B02.tif': { note: 'y', plate: 8 },
  })
  await t.throwsAsync(load(made, table, { path: { template: 'images/{plat}' } }), {
    code: 'DV_UNKNOWN_COLUMN',
  })
  await t.throwsAsync(load(made, table, { path: { template: 'images/plate' } }), { code: 'DV_USAGE' })
  await t.throwsAsync(load(made, table, { path: { column: 'wel' } }), { code: 'DV_UNKNOWN_COLUMN' })
})

test('nothing changes when rows name what is not there, unless that is allowed', async (t) => {
  const made = await testRepository(t, { x: '1', '.dvignore': 'junk\n', 'd/y': '1' })
  made.write({ junk: '2' })
  const error = await load(made, 'p,n\nx,1\njunk,2\ngone,3\nd,4\n').catch((error: unknown) => error)
  t.true(isDvError(error, 'DV_NO_MATCH'))
  t.deepEqual((error as { data?: unknown }).data, { missing: 2, matched: 2, examples: ['gone', 'junk'] })
  t.true(await isClean(made))
  const result = await load(made, 'p,n\nx,1\njunk,2\ngone,3\nd,4\n', { allowMissing: true })
  t.like(result, { rows: 4, paths: 2, changed: 2, missing: { count: 2, examples: ['gone', 'junk'] } })
  t.deepEqual(await own(made), { d: { n: 4 }, 'd/y': { n: 4 }, x: { n: 1 } })
})

test('bad tables change nothing', async (t) => {
  const made = await testRepository(t, { x: '1', y: '2' })
  const bad: [string, string][] = [
    ['p,n\nx,1\nx,2\n', 'DV_BAD_TABLE'],
    ['p,n\nx,1\n./x,2\n', 'DV_BAD_TABLE'],
    ['p,n\nx,1\n,2\n', 'DV_BAD_TABLE'],
    ['p,n\nx,1,2\n', 'DV_BAD_TABLE'],
    ['p,n\n../x,1\n', 'DV_UNKNOWN_PATH'],
  ]
  for (const [text, code] of bad) {
    await t.throwsAsync(load(made, text), { code }, text)
    t.true(await isClean(made), text)
  }
  await t.throwsAsync(load(made, 'p,n\nx,1\n', { file: 'table.bin' }), { code: 'DV_USAGE' })
  await t.throwsAsync(made.repository.importMetadata({ ...EMPTY, file: 'no.csv' }), {
    code: 'DV_NOT_FOUND',
  })
  t.true(await isClean(made))
})

const EMPTY = { path: { column: 'p' }, columns: [], types: {}, nulls: [], allowMissing: false, dryRun: false }

test('a dry run tells the types and changes nothing; a file is read where one is', async (t) => {
  const made = await testRepository(t, { 'd/x': '1' })
  fs.writeFileSync(path.join(made.root, 'd/labels.jsonl'), '{"p":"x","n":1}\n')
  const below = await made.openAt('d')
  t.like(await below.importMetadata({ ...EMPTY, file: 'labels.jsonl', dryRun: true }), {
    changed: 1,
    dryRun: true,
  })
  t.deepEqual(await own(made), {})
  await below.importMetadata({ ...EMPTY, file: 'labels.jsonl' })
  t.deepEqual(await own(made), { 'd/x': { n: 1 } })
  await made.repository.undo({})
  t.deepEqual(await own(made), {})
})

test('a table in another encoding is told to be converted: attributes of the tree do not speak of it', async (t) => {
  const made = await testRepository(t, {
    'table.csv': '',
    '.dvattributes': '*.csv encoding=windows-1252\n',
    b: '1',
  })
  const error = await t.throwsAsync(load(made, '', { input: Buffer.from('p,n\nb,caf\xe9\n', 'latin1') }), {
    code: 'DV_BAD_ENCODING',
  } as object)
  t.regex(
    (error as { hint?: string }).hint!,
    /^nothing was changed; convert it first: iconv -f WINDOWS-1252 -t UTF-8$/,
  )
  t.true(await isClean(made))
})
