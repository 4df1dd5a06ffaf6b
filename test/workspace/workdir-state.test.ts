import fs from 'node:fs'
import test from 'ava'
import type { CommitId, ManifestId } from '../../src/hash/index.js'
import {
  createWorkdir,
  changeMerge,
  findWorkdir,
  type MergeState,
  openWorkdir,
  readHead,
  readMerge,
  readSparse,
  readUnfinishedCheckout,
  undoMerge,
  writeHead,
  writeMerge,
  writeSparse,
  writeState,
  writeUnfinishedCheckout,
} from '../../src/workspace/index.js'
import { fill, temporaryFolder } from '../helpers/temporary.js'

const MAIN = { kind: 'branch', branch: 'main' } as const

/** A merge that waits, with all that can be told of one. */
function mergeState(): MergeState {
  const id = (fill: number) => Buffer.alloc(32, fill) as unknown as ManifestId
  return {
    ...{ kind: 'merge', ours: commit, theirs: commit, theirsName: 'topic', message: 'm' },
    labels: { ours: 'main', theirs: 'topic' },
    ...{ theirsTree: id(1), before: id(5), tree: id(2), shown: id(3), pending: id(4) },
    conflicts: [
      { path: 'a', kind: 'both-modified', ours: 'a.OURS-main', theirs: 'a.THEIRS-topic', markers: true },
      { path: 'b', kind: 'metadata', markers: false, metadataKeys: ['k'] },
    ],
    beyond: ['a'],
  }
}

const commit = Buffer.alloc(32, 5) as unknown as CommitId

function freshWorkdir() {
  const root = temporaryFolder()
  return createWorkdir(root, { id: 'w1', store: `${root}/.dv/store`, head: MAIN })
}

test('a working directory is found from any folder below it', (t) => {
  const made = freshWorkdir()
  fill(made.root, { 'a/b/': '' })
  t.deepEqual(findWorkdir(`${made.root}/a/b`), made)
  t.deepEqual(findWorkdir(made.root), made)
  t.throws(() => createWorkdir(made.root, { id: 'w2', store: '/x', head: MAIN }), {
    code: 'DV_ALREADY_EXISTS',
  })
})

test('where there is none, the error says what to type', (t) => {
  const error = t.throws(() => findWorkdir(temporaryFolder()), { code: 'DV_NO_REPOSITORY' })
  t.regex((error as { hint?: string }).hint ?? '', /dv init/)
})

test('a store inside moves with the working directory, one outside stays', (t) => {
  const inside = freshWorkdir()
  const moved = `${temporaryFolder()}/moved`
  fs.renameSync(inside.root, moved)
  t.is(openWorkdir(moved).store, `${moved}/.dv/store`)
  const root = temporaryFolder()
  const outside = createWorkdir(root, { id: 'w', store: `${moved}/elsewhere`, head: MAIN })
  t.is(openWorkdir(root).store, `${moved}/elsewhere`)
  t.is(outside.store, `${moved}/elsewhere`)
})

test('each state is read as it was written, and can be taken away', (t) => {
  const workdir = freshWorkdir()
  for (const head of [
    { kind: 'branch', branch: 'main' },
    { kind: 'commit', commit },
  ] as const) {
    writeHead(workdir, head)
    t.deepEqual(readHead(workdir), head)
  }
  const merge = mergeState()
  t.is(readSparse(workdir), undefined)
  t.is(readMerge(workdir), undefined)
  t.is(readUnfinishedCheckout(workdir), undefined)
  writeSparse(workdir, ['data/*'])
  writeMerge(workdir, merge)
  writeUnfinishedCheckout(workdir, commit)
  t.deepEqual(readSparse(workdir), ['data/*'])
  t.deepEqual(readMerge(workdir), merge)
  t.deepEqual(readUnfinishedCheckout(workdir), commit)
  writeSparse(workdir, undefined)
  writeMerge(workdir, undefined)
  writeUnfinishedCheckout(workdir, undefined)
  t.deepEqual(
    [readSparse(workdir), readMerge(workdir), readUnfinishedCheckout(workdir)],
    [undefined, undefined, undefined],
  )
  t.deepEqual(fs.readdirSync(workdir.dvDir).sort(), ['head', 'tmp', 'workdir.json'])
})

test('what operations did to a merge can be taken back, and the taking back too', (t) => {
  const workdir = freshWorkdir()
  const merge = mergeState()
  changeMerge(workdir, { operation: 'w1-1', before: undefined, after: merge })
  changeMerge(workdir, { operation: 'w1-2', before: merge, after: undefined })
  undoMerge(workdir, { target: 'w1-2', operation: 'w1-3' })
  t.deepEqual(readMerge(workdir), merge)
  undoMerge(workdir, { target: 'w1-3', operation: 'w1-4' })
  t.is(readMerge(workdir), undefined)
  undoMerge(workdir, { target: 'unknown', operation: 'w1-5' })
  t.is(readMerge(workdir), undefined)
  undoMerge(workdir, { target: 'w1-2', operation: 'w1-6' })
  undoMerge(workdir, { target: 'w1-1', operation: 'w1-7' })
  t.is(readMerge(workdir), undefined)
})

test('only the last operations are remembered', (t) => {
  const workdir = freshWorkdir()
  for (let n = 1; n <= 25; n++) {
    changeMerge(workdir, { operation: `w1-${n}`, before: mergeState(), after: undefined })
  }
  undoMerge(workdir, { target: 'w1-5', operation: 'u' })
  t.is(readMerge(workdir), undefined)
  undoMerge(workdir, { target: 'w1-6', operation: 'u' })
  t.deepEqual(readMerge(workdir), mergeState())
})

test('a damaged state file is reported as damage, never misread', (t) => {
  const workdir = freshWorkdir()
  writeHead(workdir, { kind: 'branch', branch: 'main' })
  const good = fs.readFileSync(`${workdir.dvDir}/head`)
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good)
    bad[at]! ^= 1
    fs.writeFileSync(`${workdir.dvDir}/head`, bad)
    t.throws(() => readHead(workdir), { code: 'DV_CORRUPT' }, `byte ${at}`)
  }
  fs.rmSync(`${workdir.dvDir}/head`)
  t.throws(() => readHead(workdir), { code: 'DV_CORRUPT' })
  for (const record of [{}, { branch: 5 }, { commit: 'xyz' }]) {
    writeState(workdir.dvDir, 'head', record)
    t.throws(() => readHead(workdir), { code: 'DV_CORRUPT' })
  }
  writeState(workdir.dvDir, 'merge', { theirs: 'x', theirsName: 'y', message: '', conflicts: [{ path: 1 }] })
  t.throws(() => readMerge(workdir), { code: 'DV_CORRUPT' })
  writeState(workdir.dvDir, 'merges', { changes: [{ operation: 1 }] })
  t.throws(() => undoMerge(workdir, { target: 'a', operation: 'b' }), { code: 'DV_CORRUPT' })
})

test('a working directory of a newer dv is refused politely', (t) => {
  const workdir = freshWorkdir()
  writeState(workdir.dvDir, 'workdir.json', { version: 2, anything: true })
  t.throws(() => openWorkdir(workdir.root), { code: 'DV_NEWER_FORMAT' })
})
