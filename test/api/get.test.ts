import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { GetOptions, GetResult } from '../../src/api/index.js'
import { temporaryFolder, testRepository } from '../helpers/repository.js'
import { listed } from '../helpers/temporary.js'
import { makeInput } from '../vectors/inputs.js'

const FILES = {
  'a.csv': 'a\n',
  'data/x.csv': 'xx\n',
  'data/y.txt': 'y\n',
  'data/deep/z.csv': 'zzz\n',
  'run.sh': { executable: '#!/bin/sh\n' },
  link: { link: 'data/x.csv' },
  empty: '',
}

async function world(t: ExecutionContext, files: Parameters<typeof testRepository>[1] = FILES) {
  const made = await testRepository(t, files)
  const out = temporaryFolder(t)
  const reader = await made.apiAt(out).reader()
  t.teardown(() => reader.close())
  const get = (address: string, options: Partial<GetOptions> = {}): Promise<GetResult> =>
    reader.get({ address: `${made.root}@${address}`, force: false, ...options })
  return { made, out, get }
}

test('get writes a file, a directory, a pattern or a whole tree', async (t) => {
  const { out, get } = await world(t)
  const file = await get('main:data/x.csv')
  t.deepEqual(file, {
    destination: path.join(out, 'x.csv'),
    written: { files: 1, bytes: 3 },
    kept: { files: 0, bytes: 0 },
  })
  t.is(fs.readFileSync(path.join(out, 'x.csv'), 'utf8'), 'xx\n')
  await get('main:data/x.csv', { destination: 'other.csv' })
  await get('main:data')
  await get('main:data/**/*.csv', { destination: 'tables' })
  await get('main:', { destination: 'all' })
  await get('main:a.csv', { destination: 'tables/' })
  t.deepEqual(listed(out), [
    ...[
      'all/a.csv',
      'all/data/deep/z.csv',
      'all/data/x.csv',
      'all/data/y.txt',
      'all/empty',
      'all/link',
      'all/run.sh',
    ],
    ...['data/deep/z.csv', 'data/x.csv', 'data/y.txt', 'other.csv'],
    ...['tables/a.csv', 'tables/deep/z.csv', 'tables/x.csv', 'x.csv'],
  ])
  t.is(fs.readlinkSync(path.join(out, 'all/link')), 'data/x.csv')
  t.not(fs.statSync(path.join(out, 'all/run.sh')).mode & 0o100, 0)
  t.is(fs.statSync(path.join(out, 'all/a.csv')).mode & 0o111, 0)
})

test('what is there already is kept, what is missing is fetched', async (t) => {
  const { out, get } = await world(t)
  await get('main:', { destination: 'all' })
  const times = fs.statSync(path.join(out, 'all/a.csv')).mtimeMs
  fs.rmSync(path.join(out, 'all/data/y.txt'))
  const again = await get('main:', { destination: 'all' })
  t.deepEqual([again.written.files, again.kept.files], [1, 6])
  t.is(fs.statSync(path.join(out, 'all/a.csv')).mtimeMs, times)
})

test('nothing is written where something else stands, unless it is forced', async (t) => {
  const { out, get } = await world(t)
  fs.mkdirSync(path.join(out, 'all/data/y.txt'), { recursive: true })
  fs.writeFileSync(path.join(out, 'all/a.csv'), 'mine')
  const error = await t.throwsAsync(get('main:', { destination: 'all' }), { code: 'DV_WOULD_OVERWRITE' })
  t.like(error, {
    data: { count: 2, paths: [path.join(out, 'all/a.csv'), path.join(out, 'all/data/y.txt')] },
  })
  t.deepEqual(listed(out), ['all/a.csv'])
  await t.throwsAsync(get('main:', { destination: 'all', force: true }), { code: 'DV_WOULD_OVERWRITE' })
  fs.rmdirSync(path.join(out, 'all/data/y.txt'))
  t.is((await get('main:', { destination: 'all', force: true })).written.files, 7)
  t.is(fs.readFileSync(path.join(out, 'all/a.csv'), 'utf8'), 'a\n')
})

test('a link that leads out of the destination is not followed', async (t) => {
  const { out, get } = await world(t)
  const elsewhere = temporaryFolder(t)
  fs.mkdirSync(path.join(out, 'all'))
  fs.symlinkSync(elsewhere, path.join(out, 'all/data'))
  await t.throwsAsync(get('main:', { destination: 'all' }), { code: 'DV_UNSAFE_PATH' })
  t.deepEqual(listed(elsewhere), [])
  fs.symlinkSync(path.join(elsewhere, 'target'), path.join(out, 'x.csv'))
  await t.throwsAsync(get('main:data/x.csv'), { code: 'DV_WOULD_OVERWRITE' })
  await get('main:data/x.csv', { force: true })
  t.false(fs.existsSync(path.join(elsewhere, 'target')))
})

test('a large file goes on behind what an interrupted get left, whatever became of that', async (t) => {
  const bytes = makeInput({ kind: 'random', seed: 3, length: 12_000_000 })
  const { out, get } = await world(t, { 'big.bin': bytes })
  const stop = new AbortController()
  const onProgress = ({ done }: { done: number }) => done > 5_000_000 && stop.abort(new Error('stopped'))
  await t.throwsAsync(get('main:big.bin', { signal: stop.signal, onProgress }), { message: 'stopped' })
  const [part] = listed(out)
  t.regex(part!, /^big\.bin\.[0-9a-f]{12}\.part$/)
  const had = fs.statSync(path.join(out, part!)).size
  t.true(had > 5_000_000 && had < bytes.length)
  const damaged = fs.openSync(path.join(out, part!), 'r+')
  fs.writeSync(damaged, 'damage', 4_000_000)
  fs.closeSync(damaged)
  let first: number | undefined
  let total = 0
  await get('main:big.bin', {
    onProgress(event) {
      first ??= event.done
      total = event.total!
    },
  })
  t.true(total > bytes.length - 4_000_000 && total < bytes.length - 3_000_000, `${total} bytes were fetched`)
  t.deepEqual(listed(out), ['big.bin'])
  t.true(fs.readFileSync(path.join(out, 'big.bin')).equals(bytes))
})

test('a get that is stopped leaves no half of a small file', async (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [
      `f${i}`,
      makeInput({ kind: 'random', seed: i + 1, length: 300_000 }),
    ]),
  )
  const { out, get } = await world(t, files)
  const stop = new AbortController()
  const onProgress = ({ done }: { done: number }) => done > 2_000_000 && stop.abort(new Error('stopped'))
  const run = { destination: 'all', signal: stop.signal, onProgress }
  await t.throwsAsync(get('main:', run), { message: 'stopped' })
  const there = listed(path.join(out, 'all'))
  t.true(there.length > 3 && there.length < 20)
  for (const name of there) t.true(fs.readFileSync(path.join(out, 'all', name)).equals(files[name]!), name)
  t.is((await get('main:', { destination: 'all' })).kept.files, there.length)
})

test('what cannot be fetched is named', async (t) => {
  const { get } = await world(t)
  await t.throwsAsync(get('main:nope'), { code: 'DV_UNKNOWN_PATH' })
  await t.throwsAsync(get('nope:'), { code: 'DV_UNKNOWN_REVISION' })
  await t.throwsAsync(get('main:*.nope'), { code: 'DV_UNKNOWN_PATH' })
})
