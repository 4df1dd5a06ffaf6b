import fs from 'node:fs'
import test from 'ava'
import { isDvError } from '../../src/base/index.js'
import { readRanges } from '../../src/server/ranges.js'
import { formatTarget, readTarget } from '../../src/server/target.js'
import { testRepository } from '../helpers/repository.js'

interface Vectors {
  refs: string[]
  targets: { target: string; revision?: string; path?: string; error?: string }[]
  ranges: { header: string; size: number; ranges: [number, number][] | 'all' | 'none' }[]
}
const vectors = JSON.parse(fs.readFileSync('spec/vectors/serve.json', 'utf8')) as Vectors

test('targets mean what the vectors say', async (t) => {
  const made = await testRepository(t, { 'a.txt': '' })
  for (const name of vectors.refs) {
    made.write({ 'a.txt': name })
    await made.commit(name)
    if (name !== 'main') await made.repository.createTag({ name, force: false })
  }
  const commits = new Map(
    (await made.repository.tags({ patterns: [] })).map(({ name, commit }) => [name, commit]),
  )
  commits.set('main', (await made.repository.commit(EMPTY)).commit.id)
  const store = await made.api.publish({})
  t.teardown(() => store.close())
  for (const { target, revision, path, error } of vectors.targets) {
    try {
      const found = await store.find(readTarget(target)).catch(thatPathIsMissing)
      t.is(error, undefined, target)
      t.is(found.path, path!, target)
      if ('commit' in found) t.is(found.commit, commits.get(revision!)!, target)
      else t.is(found.revision, revision!, target)
    } catch (failure) {
      if (!isDvError(failure)) throw failure
      t.is(failure.code, error as typeof failure.code, target)
    }
  }
})

const EMPTY = { message: 'last', amend: false, allowEmpty: true, metadata: {}, paths: [], rehash: false }

/** The tree has none of these paths: the error says how the target was read. */
function thatPathIsMissing(error: unknown) {
  if (!isDvError(error, 'DV_UNKNOWN_PATH')) throw error
  return error.data as { path: string; revision: string }
}

test('Range headers want what the vectors say', (t) => {
  for (const { header, size, ranges } of vectors.ranges) {
    const read = readRanges(header, size)
    const plain = typeof read === 'string' ? read : read.map(({ offset, length }) => [offset, length])
    t.deepEqual(plain, ranges, `${header} of ${size}`)
  }
  t.is(readRanges(undefined, 10), 'all')
})

test('a target that is made is read as what it was made of', (t) => {
  for (const segments of [[], ['main'], ['feature/x', 'a b', '100%', '#?&', 'Ünï.csv', "'<>"]])
    t.deepEqual(readTarget(formatTarget(segments)), segments)
})
