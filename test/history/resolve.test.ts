import test from 'ava'
import { type DvErrorCode, isDvError } from '../../src/base/index.js'
import { type CommitId, type TagId, toHex } from '../../src/hash/index.js'
import {
  parseRevision,
  resolveRevision,
  type RefTarget,
  type RevisionContext,
} from '../../src/history/index.js'
import { dagOf } from './commit-dag.js'

// 0 - 1 - 2 - 4 (merge of 2 and 3)
const dag = dagOf({ parents: [[], [0], [1], [1], [2, 3]], times: [1, 2, 3, 4, 5] })
const [c0, c1, c2, c3, c4] = dag.ids as [CommitId, CommitId, CommitId, CommitId, CommitId]
const tag = Buffer.alloc(32, 1) as TagId

const refs: Record<string, RefTarget> = {
  'refs/heads/main': { commit: c4 },
  'refs/heads/feature/labels': { commit: c3 },
  'refs/heads/v1': { commit: c0 },
  'refs/heads/beef': { commit: c0 },
  'refs/tags/v1': { commit: c1, tag },
  'refs/remotes/origin/main': { commit: c2 },
}
const moves = [c4, c2, c1]

const context: RevisionContext = {
  reader: dag.reader,
  head: async () => ({ commit: c4, branch: 'refs/heads/main' }),
  readRef: async (name) => refs[name],
  listRefs: async () => Object.keys(refs),
  commitsWithPrefix: async (digits) =>
    [...dag.ids, Buffer.alloc(32, 0xbe), Buffer.alloc(32, 0xbe).fill(1, 20)].filter((id) =>
      toHex(id).startsWith(digits),
    ),
  earlier: async (name, n) => (name === 'refs/heads/main' ? moves[n] : undefined),
  previousBranch: async (n) => ({ 1: 'refs/heads/feature/labels', 2: c0 })[n],
}

const resolve = (text: string, other: Partial<RevisionContext> = {}) =>
  resolveRevision(parseRevision(text), { ...context, ...other })

const found: [string, CommitId][] = [
  ['main', c4],
  ['HEAD', c4],
  ['@', c4],
  ['heads/main', c4],
  ['refs/heads/main', c4],
  ['origin/main', c2],
  ['feature/labels', c3],
  ['v1', c1],
  ['v1^{}', c1],
  ['heads/v1', c0],
  ['main~0', c4],
  ['main~3', c0],
  ['main^2', c3],
  ['main^2~1', c1],
  ['@{0}', c4],
  ['@{2}', c1],
  ['main@{1}~1', c1],
  ['@{-1}', c3],
  ['@{-2}', c0],
  ['beef', c0],
  [toHex(c2), c2],
  [toHex(c2).slice(0, 10), c2],
  [toHex(c2).slice(0, 10).toUpperCase(), c2],
]
for (const [text, commit] of found) {
  test(`'${text.slice(0, 20)}' is found`, async (t) => {
    t.is(toHex((await resolve(text)).commit), toHex(commit))
  })
}

test('a revision that is a ref and no more says which, and the tag on the way', async (t) => {
  t.deepEqual(await resolve('main'), { commit: c4, ref: 'refs/heads/main' })
  t.deepEqual(await resolve('@'), { commit: c4, ref: 'refs/heads/main' })
  t.deepEqual(await resolve('v1'), { commit: c1, ref: 'refs/tags/v1', tag })
  t.deepEqual(await resolve('@{-1}'), { commit: c3, ref: 'refs/heads/feature/labels' })
  t.deepEqual(await resolve('main~0'), { commit: c4 })
})

const refused: [string, DvErrorCode][] = [
  ['mian', 'DV_UNKNOWN_REVISION'],
  ['be', 'DV_UNKNOWN_REVISION'],
  ['bebe', 'DV_AMBIGUOUS_ID'],
  ['main~4', 'DV_UNKNOWN_REVISION'],
  ['main^3', 'DV_UNKNOWN_REVISION'],
  ['main@{3}', 'DV_UNKNOWN_REVISION'],
  ['nope@{1}', 'DV_UNKNOWN_REVISION'],
  ['@{-3}', 'DV_UNKNOWN_REVISION'],
  ['a.lock', 'DV_UNKNOWN_REVISION'],
]
for (const [text, code] of refused) {
  test(`'${text}' is ${code}`, async (t) => {
    t.true(isDvError(await t.throwsAsync(resolve(text)), code))
  })
}

test('an unknown name comes with the nearest ones', async (t) => {
  const error = await t.throwsAsync(resolve('mian'))
  t.true(isDvError(error))
  t.like(error, { hint: "did you mean 'main'?", data: { revision: 'mian', nearest: ['main'] } })
})

test('an ambiguous prefix lists the commits it may mean', async (t) => {
  const error = await t.throwsAsync(resolve('bebe'))
  t.like(error, { data: { prefix: 'bebe' } })
  t.is((error as { data?: { candidates?: string[] } }).data?.candidates?.length, 2)
})

test('before the first commit, HEAD is unknown and the hint says what to type', async (t) => {
  const error = await t.throwsAsync(resolve('HEAD', { head: async () => ({ branch: 'refs/heads/main' }) }))
  t.true(isDvError(error, 'DV_UNKNOWN_REVISION'))
  t.like(error, { hint: "record the first one with 'dv commit -m MESSAGE'" })
})

test("detached, '@{1}' is what HEAD was", async (t) => {
  const detached: Partial<RevisionContext> = {
    head: async () => ({ commit: c4 }),
    earlier: async (name, n) => (name === 'HEAD' ? moves[n] : undefined),
  }
  t.deepEqual(await resolve('@{1}', detached), { commit: c2 })
})
