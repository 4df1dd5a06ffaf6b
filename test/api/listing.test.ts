import test, { type ExecutionContext } from 'ava'
import type { CatOptions, Repository } from '../../src/api/index.js'
import { hashChunk, toHex } from '../../src/hash/index.js'
import { collect, testRepository } from '../helpers/repository.js'

const FILES = {
  'a.csv': 'a\n',
  'data/x.csv': 'xx\n',
  'data/y.txt': 'y\n',
  'data/deep/z.csv': 'zzz\n',
  'run.sh': { executable: '#!/bin/sh\n' },
  link: { link: 'data/x.csv' },
}

async function paths(repository: Repository, operands: string[], recursive = false): Promise<string[]> {
  return (await collect(repository.ls({ operands, recursive }))).map(({ path }) => path)
}

async function text(repository: Repository, options: CatOptions): Promise<string> {
  return Buffer.concat(await collect((await repository.cat(options)).content)).toString()
}

async function versions(t: ExecutionContext) {
  const made = await testRepository(t, FILES)
  made.write({ 'a.csv': undefined, 'data/y.txt': 'new\n' })
  await made.commit('Second')
  return made
}

test('ls lists one directory, its subdirectories with what lies below', async (t) => {
  const { repository } = await testRepository(t, FILES)
  t.deepEqual(await collect(repository.ls({ operands: [], recursive: false })), [
    { path: 'a.csv', kind: 'file', bytes: 2, content: toHex(hashChunk(Buffer.from('a\n'))) },
    { path: 'data', kind: 'directory', bytes: 9, files: 3 },
    { path: 'link', kind: 'symlink', bytes: 10, target: 'data/x.csv' },
    { path: 'run.sh', kind: 'executable', bytes: 10, content: toHex(hashChunk(Buffer.from('#!/bin/sh\n'))) },
  ])
  t.deepEqual(await paths(repository, ['data']), ['data/deep', 'data/x.csv', 'data/y.txt'])
  t.deepEqual(await paths(repository, [], true), [
    ...['a.csv', 'data/deep/z.csv', 'data/x.csv', 'data/y.txt', 'link', 'run.sh'],
  ])
})

test('an operand is an address, a revision, or a path of HEAD; two are both', async (t) => {
  const { repository } = await versions(t)
  t.deepEqual(await paths(repository, ['HEAD~1']), ['a.csv', 'data', 'link', 'run.sh'])
  t.deepEqual(await paths(repository, ['main']), ['data', 'link', 'run.sh'])
  t.deepEqual(await paths(repository, ['HEAD~1:a.csv']), ['a.csv'])
  t.deepEqual(await paths(repository, ['HEAD~1', 'a.csv']), ['a.csv'])
  t.deepEqual(await paths(repository, [':data/deep']), ['data/deep/z.csv'])
  t.deepEqual(await paths(repository, ['HEAD:']), ['data', 'link', 'run.sh'])
  t.deepEqual(await paths(repository, ['data/x.csv']), ['data/x.csv'])
})

test('a path may be a pattern', async (t) => {
  const { repository } = await versions(t)
  t.deepEqual(await paths(repository, ['data/*.csv']), ['data/x.csv'])
  t.deepEqual(await paths(repository, ['HEAD~1', '**/*.csv']), ['a.csv', 'data/deep/z.csv', 'data/x.csv'])
  await t.throwsAsync(paths(repository, ['*.nope']), { code: 'DV_UNKNOWN_PATH' })
})

test('paths are seen from the folder one is in, those in addresses from the top', async (t) => {
  const { openAt } = await versions(t)
  const repository = await openAt('data')
  t.deepEqual(await paths(repository, []), ['data/deep', 'data/x.csv', 'data/y.txt'])
  t.deepEqual(await paths(repository, ['deep']), ['data/deep/z.csv'])
  t.deepEqual(await paths(repository, ['../run.sh']), ['run.sh'])
  t.deepEqual(await paths(repository, ['..']), ['data', 'link', 'run.sh'])
  t.deepEqual(await paths(repository, ['HEAD:run.sh']), ['run.sh'])
  t.is(await text(repository, { address: 'x.csv' }), 'xx\n')
})

test('what is not there is an error that names the nearest of its directory', async (t) => {
  const { repository } = await versions(t)
  const error = await t.throwsAsync(paths(repository, ['data/x.cvs']), { code: 'DV_UNKNOWN_PATH' })
  t.like(error, { data: { path: 'data/x.cvs', nearest: ['data/x.csv'] } })
  await t.throwsAsync(paths(repository, ['nope']), { code: 'DV_UNKNOWN_PATH' })
  await t.throwsAsync(paths(repository, ['nope:data']), { code: 'DV_UNKNOWN_REVISION' })
  await t.throwsAsync(paths(repository, ['nope', 'data']), { code: 'DV_UNKNOWN_REVISION' })
  await t.throwsAsync(paths(repository, ['HEAD:../x']), { code: 'DV_BAD_ADDRESS' })
  await t.throwsAsync(paths(repository, ['../../x']), { code: 'DV_UNKNOWN_PATH' })
  await t.throwsAsync(paths(repository, ['origin@HEAD:data']), { code: 'DV_UNKNOWN_REMOTE' })
})

test('before the first commit there is nothing to list', async (t) => {
  const { repository } = await testRepository(t)
  await t.throwsAsync(paths(repository, []), { code: 'DV_UNKNOWN_REVISION' })
})

test('cat gives the bytes of a file, or a range of them', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * i) >>> (i % 7)))
  const { repository } = await testRepository(t, { 'big.bin': bytes, empty: '' }, { chunkSize: 16_384 })
  const cat = async (range: Omit<CatOptions, 'address'>) => {
    const result = await repository.cat({ address: 'HEAD:big.bin', ...range })
    t.is(result.bytes, bytes.length)
    return Buffer.concat(await collect(result.content))
  }
  t.true((await cat({})).equals(bytes))
  for (const [offset, length] of [
    [0, 1],
    [65_535, 70_000],
    [399_999, 10],
    [400_000, 1],
    [500_000, 1],
    [7, 0],
  ]) {
    t.true(
      (await cat({ offset: offset!, length: length! })).equals(bytes.subarray(offset, offset! + length!)),
    )
  }
  t.true((await cat({ offset: 300_000 })).equals(bytes.subarray(300_000)))
  t.is(await text(repository, { address: 'empty' }), '')
  for (const range of [{ offset: -1 }, { length: 0.5 }, { offset: Number.NaN }])
    await t.throwsAsync(cat(range), { code: 'DV_USAGE' })
})

test('cat of a symbolic link gives its target, which is not followed', async (t) => {
  const { repository } = await versions(t)
  t.is(await text(repository, { address: 'link' }), 'data/x.csv')
  t.is(await text(repository, { address: 'link', offset: 5, length: 1 }), 'x')
})

test('cat of a directory or of what is not there is an error', async (t) => {
  const { repository } = await versions(t)
  const error = await t.throwsAsync(repository.cat({ address: 'data' }), { code: 'DV_UNKNOWN_PATH' })
  t.like(error, {
    message: "'data' is a directory in 'HEAD'",
    data: { nearest: ['data/deep', 'data/x.csv', 'data/y.txt'] },
    hint: "'dv ls HEAD:data' lists what is there",
  })
  await t.throwsAsync(repository.cat({ address: 'HEAD:' }), { code: 'DV_UNKNOWN_PATH' })
  await t.throwsAsync(repository.cat({ address: 'data/*.csv' }), { code: 'DV_UNKNOWN_PATH' })
  const near = await t.throwsAsync(repository.cat({ address: 'HEAD~1:a.csb' }), { code: 'DV_UNKNOWN_PATH' })
  t.like(near, { data: { nearest: ['a.csv'] } })
})

test('a file whose name holds a colon is found where no revision is called so', async (t) => {
  const { repository } = await testRepository(t, { 'v:1.csv': 'colon\n' })
  t.is(await text(repository, { address: 'v:1.csv' }), 'colon\n')
  t.is(await text(repository, { address: 'HEAD:v:1.csv' }), 'colon\n')
})

test('du sums directories down to a depth, the whole last', async (t) => {
  const { repository } = await versions(t)
  const { storedBytes, ...sums } = await repository.du({ operands: [], depth: 2 })
  t.deepEqual(sums, {
    rows: [
      { path: 'data/deep', files: 1, bytes: 4 },
      { path: 'data', files: 3, bytes: 11 },
      { path: '', files: 5, bytes: 31 },
    ],
    total: { files: 5, bytes: 31 },
  })
  t.true(storedBytes! > 0)
  t.deepEqual((await repository.du({ operands: ['HEAD~1:data'], depth: 0 })).rows, [
    { path: 'data', files: 3, bytes: 9 },
  ])
  t.deepEqual((await repository.du({ operands: ['data/x.csv'], depth: 1 })).rows, [
    { path: 'data/x.csv', files: 1, bytes: 3 },
  ])
  t.deepEqual((await repository.du({ operands: ['**/*.csv'], depth: 1 })).total, { files: 2, bytes: 7 })
  await t.throwsAsync(repository.du({ operands: ['nope'], depth: 1 }), { code: 'DV_UNKNOWN_PATH' })
})
