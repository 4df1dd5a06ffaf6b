// dv profile: folders and tables of a version, what is kept of them, and what is fetched.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import type { ProfileOptions, ProfileRecord, Reader } from '../../src/api/index.js'
import { noise } from '../helpers/noise.js'
import { PURGE } from '../helpers/purging.js'
import { CLONE, pushed } from '../helpers/pushed.js'
import { collect, testRepository } from '../helpers/repository.js'

const PNG = fs.readFileSync('test/fixtures/images/gray8.png')
const FILES = {
  'cells.csv': 'cell,line\n1,AICS-13\n2,AICS-23\n3,AICS-23\n',
  'notes.json': '{"a": 1}',
  'plates/7/a.png': PNG,
  'plates/7/bad.png': 'no image',
  'plates/8/b.png': PNG,
  'plates/wells.tsv': 'well\tcount\nA1\t5\nA2\t\n',
}

async function profiled(reader: Reader, options: Partial<ProfileOptions> = {}): Promise<ProfileRecord[]> {
  return collect(reader.profile({ paths: [], ...options }))
}

const folders = (records: ProfileRecord[]) => records.flatMap((one) => (one.type === 'folder' ? [one] : []))
const tables = (records: ProfileRecord[]) => records.flatMap((one) => (one.type === 'table' ? [one] : []))

test('folders have files, endings and images, tables columns; JSON of another shape is no table', async (t) => {
  const { repository } = await testRepository(t, FILES)
  const records = await profiled(repository)
  t.deepEqual(
    folders(records).map(({ path: at, files }) => [at, files]),
    [
      ['plates', 4],
      ['', 6],
    ],
  )
  const [plates] = folders(records)
  t.deepEqual(
    plates!.formats.map(({ extension, files }) => [extension, files]),
    [
      ['png', 3],
      ['tsv', 1],
    ],
  )
  t.like(plates!.images, { files: 3, looked: 3, unreadable: 1 })
  t.like(plates!.images!.kinds[0], { format: 'png', type: 'uint8', files: 2 })
  const [cells, wells, ...more] = tables(records)
  t.deepEqual(more, [])
  t.like(cells, { path: 'cells.csv', rows: 3 })
  if ('error' in cells! || 'error' in wells!) return t.fail()
  t.deepEqual(
    cells!.columns.map(({ name, type }) => [name, type]),
    [
      ['cell', 'integer'],
      ['line', 'string'],
    ],
  )
  t.like(wells!.columns[1], { name: 'count', missing: 1, min: 5, max: 5 })
  t.like(records.at(-1), { type: 'summary', files: 6, tables: 2, unread: 0 })
})

test('paths, patterns and --where choose; depth tells how far down folders are told apart', async (t) => {
  const { repository } = await testRepository(t, FILES)
  const pathsOf = async (options: Partial<ProfileOptions>) => {
    const records = await profiled(repository, options)
    return [folders(records).map((one) => one.path), tables(records).map((one) => one.path)]
  }
  t.deepEqual(await pathsOf({ paths: ['plates'] }), [
    ['plates/7', 'plates/8', 'plates'],
    ['plates/wells.tsv'],
  ])
  t.deepEqual(await pathsOf({ paths: ['cells.csv'] }), [[], ['cells.csv']])
  t.deepEqual(await pathsOf({ paths: ['**/*.tsv'], depth: 0 }), [[''], ['plates/wells.tsv']])
  t.deepEqual(await pathsOf({ where: "extension = 'csv'", depth: 0 }), [[''], ['cells.csv']])
  t.deepEqual(await pathsOf({ depth: 2 }), [
    ['plates/7', 'plates/8', 'plates', ''],
    ['cells.csv', 'plates/wells.tsv'],
  ])
  await t.throwsAsync(profiled(repository, { paths: ['cels.csv'] }), { code: 'DV_UNKNOWN_PATH' })
  await t.throwsAsync(profiled(repository, { where: 'plate = 1' }), { code: 'DV_UNKNOWN_COLUMN' })
})

test('a table that is damaged is told of, and the others are profiled', async (t) => {
  const { repository } = await testRepository(t, {
    ...FILES,
    'a.csv': 'x,y\n1,2\n3\n',
    'b.csv': Buffer.from('x\n\xe9\n', 'latin1'),
  })
  const [a, b, ...others] = tables(await profiled(repository))
  t.like(a, { path: 'a.csv', error: { code: 'DV_BAD_TABLE' } })
  t.like(b, { path: 'b.csv', error: { code: 'DV_BAD_ENCODING' } })
  t.true(others.every((one) => 'rows' in one))
})

test('what was found is kept by content, read again where it is damaged, and gone when the content is purged', async (t) => {
  const { repository, root, write, commit } = await testRepository(t, FILES)
  const folder = path.join(root, '.dv/store/derived/query')
  const kept = (name: RegExp) => fs.readdirSync(folder).filter((one) => name.test(one))
  const first = tables(await profiled(repository))
  t.is(kept(/^profile-/).length, 3)
  for (const name of kept(/^table-/)) fs.rmSync(path.join(folder, name))
  t.deepEqual(tables(await profiled(repository)), first)
  t.deepEqual(kept(/^table-/), [], 'no table was read again')
  for (const name of kept(/^profile-/)) fs.writeFileSync(path.join(folder, name), '{"rows":7}\n')
  t.deepEqual(tables(await profiled(repository)), first)

  write({ 'plates/wells.tsv': 'well\n' })
  await commit('Other wells')
  t.is(tables(await profiled(repository)).length, 2)
  t.is(kept(/^profile-/).length, 4, 'only what changed was read')
  write({ 'cells.csv': undefined })
  await commit('Without cells')
  await repository.purge({ ...PURGE, paths: ['cells.csv'] })
  t.false(fs.existsSync(folder))
  t.like(tables(await profiled(repository, { at: 'HEAD~2' }))[0], {
    path: 'cells.csv',
    error: { code: 'DV_PURGED' },
  })
})

test('a version elsewhere is profiled, and of a lazy clone only what is asked for comes', async (t) => {
  const { repository, cloned, remote } = await pushed(t, {
    ...FILES,
    'large.bin': noise(300_000, 1),
  })
  const here = tables(await profiled(repository))
  t.deepEqual(tables(await profiled(repository, { at: `${remote}@main` })), here)
  const lazy = await cloned('lazy', { ...CLONE, lazy: true, checkout: false })
  t.deepEqual(tables(await profiled(lazy.repository, { paths: ['*.csv'] })), [here[0]])
  const packs = path.join(lazy.root, '.dv/store/packs')
  const bytes = fs.readdirSync(packs, { recursive: true, withFileTypes: true })
  const total = bytes
    .filter((one) => one.isFile())
    .map((one) => fs.statSync(path.join(one.parentPath, one.name)).size)
  t.true(total.reduce((sum, size) => sum + size, 0) < 100_000)
})

test('progress counts the bytes of tables, and an interrupted profile ends', async (t) => {
  const { repository } = await testRepository(t, FILES)
  const seen: number[] = []
  await profiled(repository, {
    onProgress: ({ phase, done, total }) => {
      if (phase !== 'profiling') return
      t.true(done <= total!)
      seen.push(done)
    },
  })
  t.true(seen.length >= 2)
  const abort = new AbortController()
  abort.abort()
  const error: unknown = await profiled(repository, { at: 'HEAD', signal: abort.signal }).catch(
    (reason: unknown) => reason,
  )
  t.is(error, abort.signal.reason)
})

test('without a version the working directory is profiled, as a commit would record it', async (t) => {
  const { repository, write } = await testRepository(t, FILES)
  const commit = async (options?: Partial<ProfileOptions>) => (await profiled(repository, options))[0]
  const [committed] = await profiled(repository, { at: 'HEAD' })
  t.deepEqual(await commit(), committed)
  write({ 'cells.csv': 'cell\n1\n', 'new.csv': 'n\n1\n2\n' })
  const records = await profiled(repository)
  t.deepEqual(records[0], { type: 'profile' })
  t.deepEqual(
    tables(records).map((one) => [one.path, 'rows' in one && one.rows]),
    [
      ['cells.csv', 1],
      ['new.csv', 2],
      ['plates/wells.tsv', 2],
    ],
  )
  t.deepEqual(await commit({ at: 'HEAD' }), committed)
})
