import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import {
  changedStatus,
  cleanStatus,
  commitInfo,
  conflictStatus,
  diffRecords,
  everything,
  person,
} from './samples.js'
import { temporaryFolder } from '../helpers/temporary.js'
import { dv, iterate } from './test-io.js'

const MERGE = { fastForward: 'allowed', revision: 'x' }
const COMMIT = { amend: false, allowEmpty: false, rehash: false, paths: [], metadata: {} }
const SWITCH = { to: 'x', create: false, force: false, detach: 'never' }
const PUSH = { refs: [], all: false, tags: false, setUpstream: false, forceWithLease: false, dryRun: false }
const LOG = { revisions: [], paths: [], all: false, changes: false, topological: false }
const DIFF = { mergeBase: false, paths: [], content: true, context: 3 }
const ROWS = { required: false, summary: false }

/** What a command line asks of the engine. */
const ASKS: [line: string, method: string, options: object][] = [
  ['status -a data', 'status', { all: true, rehash: false, paths: ['data'] }],
  ['status', 'status', { all: false, rehash: false, paths: [], limit: 20 }],
  ['status --json', 'status', { all: false, rehash: false, paths: [] }],
  ['commit -m a -m b', 'commit', { ...COMMIT, message: 'a\n\nb' }],
  ['commit -am a x y', 'commit', { ...COMMIT, message: 'a', paths: ['x', 'y'] }],
  ['commit --amend', 'commit', { ...COMMIT, amend: true }],
  ['commit -m a --allow-empty --rehash', 'commit', { ...COMMIT, message: 'a', allowEmpty: true, rehash: true }],
  [
    'commit -m a --meta k=1 --meta s=x --type k=string',
    'commit',
    { ...COMMIT, message: 'a', typed: { set: { k: '1', s: 'x' }, types: { k: 'string' } } },
  ],
  ['commit -m a --author A<a@b>', 'commit', { ...COMMIT, message: 'a', author: 'A<a@b>' }],
  ['commit -m a --input o@v1 --input u@v2:x --inputs-from dv.lock', 'commit', { ...COMMIT, message: 'a', inputs: ['o@v1', 'u@v2:x'], inputsFrom: 'dv.lock' }],
  ['commit -F -', 'commit', { ...COMMIT, message: 'from stdin' }],
  ['log -3 --stat --graph a..b -- p', 'log', { ...LOG, limit: 3, changes: true, topological: true, revisions: ['a..b'], paths: ['p'] }],
  ['log --all --since @5 --until @6', 'log', { ...LOG, all: true, since: 5000, until: 6000 }],
  ['show', 'show', { revision: 'HEAD', content: true, context: 3 }],
  ['show v1 --stat -U 5', 'show', { revision: 'v1', content: false, context: 5 }],
  ['diff', 'diff', { ...DIFF, rows: ROWS }],
  ['diff a', 'diff', { ...DIFF, from: 'a', rows: ROWS }],
  ['diff --summary', 'diff', { ...DIFF, rows: { required: true, summary: true } }],
  ['diff a b -- p', 'diff', { ...DIFF, from: 'a', to: 'b', paths: ['p'], rows: ROWS }],
  ['diff a b --summary -- p q', 'diff', { ...DIFF, from: 'a', to: 'b', paths: ['p', 'q'], rows: { required: false, summary: true } }],
  ['diff a b --lines -- p', 'diff', { ...DIFF, from: 'a', to: 'b', paths: ['p'] }],
  ['diff a..b', 'diff', { ...DIFF, from: 'a..b', rows: ROWS }],
  ['diff ..b --stat', 'diff', { ...DIFF, from: '..b', content: false }],
  ['diff --json', 'diff', { ...DIFF, content: false, rows: ROWS }],
  ['diff --json -p -U0', 'diff', { ...DIFF, context: 0 }],
  ['ls -R v1:data', 'ls', { operands: ['v1:data'], recursive: true }],
  ['bisect run --good v1 dv check --against x -- -q', 'bisect', { good: ['v1'], bad: 'HEAD', skip: [] }],
  ['bisect run --bad b --skip x --skip y -- --odd', 'bisect', { good: [], bad: 'b', skip: ['x', 'y'] }],
  ['search a b*', 'search', { question: 'a b*' }],
  ['search a --at v1 -n 3', 'search', { question: 'a', at: 'v1', limit: 3 }],
  ['profile a --at v1 -d 2', 'profile', { paths: ['a'], at: 'v1', depth: 2 }],
  ['query X --at v1', 'query', { sql: 'X', at: 'v1' }],
  ['query o@v1 X', 'query', { sql: 'X', at: 'o@v1' }],
  ['query X -o a.csv', 'queryToFile', { sql: 'X', format: 'csv', file: 'a.csv' }],
  ['export-manifest --parquet d', 'exportManifest', { destination: 'd' }],
  [
    'export-manifest --parquet s3://b/p --at v1 --rows 9 --endpoint http://h',
    'exportManifest',
    { destination: 's3://b/p', at: 'v1', partRows: 9, settings: { endpoint: 'http://h' } },
  ],
  ['get s3://b/p@v1:x', 'get', { address: 's3://b/p@v1:x', force: false }],
  ['get -f o@: d', 'get', { address: 'o@:', destination: 'd', force: true }],
  ['du -d 2 v1 data', 'du', { operands: ['v1', 'data'], depth: 2 }],
  ['branch -a', 'branches', { all: true, remotes: false }],
  ['branch x v1', 'createBranch', { name: 'x', start: 'v1', force: false }],
  ['branch -f x', 'createBranch', { name: 'x', force: true }],
  ['branch -d x y', 'deleteBranches', { names: ['x', 'y'], force: false }],
  ['branch -D x', 'deleteBranches', { names: ['x'], force: true }],
  ['branch -m x', 'renameBranch', { to: 'x', force: false }],
  ['branch -m x y', 'renameBranch', { from: 'x', to: 'y', force: false }],
  ['switch x', 'switch', SWITCH],
  ['switch -c x v1', 'switch', { ...SWITCH, create: true, start: 'v1' }],
  ['switch --detach x', 'switch', { ...SWITCH, detach: 'always' }],
  ['checkout -f x', 'switch', { ...SWITCH, detach: 'auto', force: true }],
  ['checkout x -- a b', 'restore', { source: 'x', paths: ['a', 'b'] }],
  ['checkout --sparse a b', 'sparse', { patterns: ['a', 'b'], force: false }],
  ['checkout --where size>1', 'sparse', { patterns: [], where: 'size>1', force: false }],
  ['checkout --add --where size>1 a', 'sparse', { patterns: ['a'], add: true, where: 'size>1', force: false }],
  ['checkout --full', 'sparse', { patterns: undefined, force: false }],
  ['checkout --add a', 'sparse', { patterns: ['a'], add: true, force: false }],
  ['restore -s v1 a', 'restore', { source: 'v1', paths: ['a'] }],
  ['restore a', 'restore', { paths: ['a'] }],
  ['tag', 'tags', { patterns: [] }],
  ['tag -l v*', 'tags', { patterns: ['v*'] }],
  ['tag v1 x', 'createTag', { name: 'v1', revision: 'x', force: false }],
  ['tag -f -m why v1', 'createTag', { name: 'v1', message: 'why', force: true }],
  ['tag -d v1', 'deleteTags', { names: ['v1'] }],
  ['merge x', 'merge', MERGE],
  ['merge --no-ff -m why x', 'merge', { ...MERGE, fastForward: 'never', message: 'why' }],
  ['merge --ff-only --theirs x', 'merge', { ...MERGE, fastForward: 'only', favour: 'theirs' }],
  ['merge --abort', 'abortMerge', {}],
  ['merge --continue -m why', 'continueMerge', { message: 'why' }],
  ['revert x', 'revert', { revision: 'x' }],
  ['undo', 'undo', {}],
  ['undo abc', 'undo', { operation: 'abc' }],
  ['op', 'operations', {}],
  ['op log -3', 'operations', { limit: 3 }],
  ['op show x', 'operation', { value: 'x' }],
  ['ls --where size>1', 'ls', { operands: [], recursive: false, where: 'size>1' }],
  ['du --where size>1', 'du', { operands: [], depth: 1, where: 'size>1' }],
  ['get --where size>1 x: d', 'get', { address: 'x:', destination: 'd', force: false, where: 'size>1' }],
  ['subset create x --where size>1 --at v1', 'createSubset', { name: 'x', where: 'size>1', at: 'v1' }],
  ['subset refresh x --from v2', 'refreshSubset', { name: 'x', from: 'v2' }],
  ['subset refresh', 'refreshSubset', {}],
  ['subset', 'subsets', {}],
  ['subset show x', 'subset', { name: 'x' }],
  ['worktree add -b n d', 'addWorktree', { directory: 'd', branch: 'n', force: false }],
  ['worktree add d v1', 'addWorktree', { directory: 'd', revision: 'v1', force: false }],
  ['worktree remove -f d', 'removeWorktree', { directory: 'd', force: true }],
  ['remote add o /x', 'addRemote', { name: 'o', url: '/x' }],
  ['remote rename o n', 'renameRemote', { from: 'o', to: 'n' }],
  ['remote set-url o /x', 'setRemoteUrl', { name: 'o', url: '/x' }],
  ['fetch', 'fetch', { all: false, prune: false, tags: true, dryRun: false }],
  ['fetch --no-tags -p o', 'fetch', { remote: 'o', all: false, prune: true, tags: false, dryRun: false }],
  ['pull --ff-only o main', 'pull', { remote: 'o', branch: 'main', fastForward: 'only', dryRun: false }],
  ['push', 'push', PUSH],
  ['push -u o main', 'push', { ...PUSH, remote: 'o', refs: ['main'], setUpstream: true }],
  ['push -n', 'push', { ...PUSH, dryRun: true }],
  ['push --force-with-lease --tags o :x', 'push', { ...PUSH, remote: 'o', refs: [':x'], tags: true, forceWithLease: true }],
  ['push --all', 'push', { ...PUSH, all: true }],
  ['push -d o x y', 'push', { ...PUSH, remote: 'o', refs: [':x', ':y'] }],
  ['sync o', 'sync', { remote: 'o' }],
  ['fetch --deepen 3', 'fetch', { all: false, prune: false, tags: true, deepen: 3, dryRun: false }],
  ['fetch --unshallow', 'fetch', { all: false, prune: false, tags: true, deepen: Infinity, dryRun: false }],
  ['drop a', 'drop', { paths: ['a'], all: false, files: false, dryRun: false }],
  ['drop --all --files -n --from o', 'drop', { paths: [], all: true, files: true, dryRun: true, remote: 'o' }],
  ['fsck --deep', 'fsck', { deep: true }],
] // prettier-ignore

for (const [line, method, options] of ASKS) {
  test(`'dv ${line}' asks for ${method}`, async (t) => {
    const { calls, err } = await dv(line.split(' '), everything, { stdin: 'from stdin\n' })
    t.deepEqual(calls, [{ method, options } as never], err)
  })
}

for (const line of [
  'commit',
  'commit -F a -m b',
  'commit -m x --meta novalue',
  'commit -m ',
  'branch -d',
  'branch -m',
  'branch a b c',
  'switch -c -d x',
  'switch a b',
  'checkout',
  'checkout --sparse',
  'checkout --full x',
  'checkout --where size>1 x',
  'checkout --sparse --full x',
  'tag -a v1',
  'tag -m x',
  'tag -d',
  'tag a b c',
  'merge',
  'merge a b',
  'merge --ours --theirs x',
  'merge --abort x',
  'merge --no-ff --ff-only x',
  'pull --ff-only --no-ff',
  'push --force',
  'push --all o main',
  'push --delete o',
  'push --delete --tags o x',
  'push --delete o a:b',
  'mirror a',
  'diff a b c',
  'add .',
  'completion tcsh',
  'cat',
  'op show',
  'worktree add',
  'remote add o',
  'config get',
  'clone',
  'ls a b c',
]) /* prettier-ignore */ {
  test(`'dv ${line}' is a usage error with a hint, and asks nothing of the engine`, async (t) => {
    const { status, out, err, calls } = await dv(line.split(' '), everything)
    t.is(status, 2)
    t.is(out, '')
    t.regex(err, /^error: .+\nhint: .+/)
    t.deepEqual(calls, [])
  })
}

for (const [line, status] of [
  ['merge x', 3],
  ['push', 3],
  ['fsck', 12],
  ['diff --exit-code', 3],
  ['diff --exit-code -q', 3],
  ['diff', 0],
  ['diff --exit-code --json', 3],
  ['status --exit-code', 3],
  ['status', 0],
] as const) /* prettier-ignore */ {
  test(`'dv ${line}' that finds something ends with ${status}`, async (t) => {
    t.is((await dv(line.split(' '), everything)).status, status)
  })
}

test('diff --exit-code without differences ends with 0', async (t) => {
  const diff = () =>
    iterate(diffRecords[0]!, { ...diffRecords.at(-1)!, added: 0, modified: 0, renamed: 0 } as never)
  const { status, out } = await dv(['diff', '--exit-code'], { diff })
  t.is(status, 0)
  t.is(out, '')
})

test('operands that are no revisions are paths', async (t) => {
  const isRevision = async (text: string) => text === 'main'
  const asked = async (line: string) =>
    (await dv(line.split(' '), { ...everything, isRevision })).calls[0]!.options
  t.like(await asked('diff data/a.csv'), { paths: ['data/a.csv'] })
  t.like(await asked('diff main a b'), { from: 'main', paths: ['a', 'b'] })
  t.like(await asked('log main data'), { revisions: ['main'], paths: ['data'] })
  // A word that looks like neither goes down as a revision, for an error that names the nearest.
  t.like(await asked('diff mian'), { from: 'mian', paths: [] })
})

test('the options of a table may stand behind its path', async (t) => {
  const asked = async (line: string) =>
    (await dv(line.split(' '), { ...everything, isRevision: async () => true })).calls[0]!.options
  t.like(await asked('diff v1 v2 -- a.csv --key id --key x,y'), {
    ...{ from: 'v1', to: 'v2', paths: ['a.csv'] },
    rows: { key: ['id', 'x,y'], summary: false, required: true },
  })
  t.like(await asked('diff --summary v1 v2 -- a.csv ./--key'), { paths: ['a.csv', './--key'] })
  t.like(await asked('diff v1 v2 -- a.csv'), { rows: { required: false } })
  t.is(((await asked('diff v1 v2 --lines -- a.csv')) as { rows?: object }).rows, undefined)
})

test("during a merge '--ours' settles conflicts instead of merging", async (t) => {
  const { calls, out } = await dv(['merge', '--ours', 'a.csv'], {
    ...everything,
    mergeUnderWay: async () => true,
  })
  t.deepEqual(calls, [{ method: 'resolveMerge', options: { side: 'ours', paths: ['a.csv'] } }])
  t.is(
    out,
    'Settled a.csv\n1 conflict left:\n  labels.csv  modified on both sides (markers inside, ours: labels.csv.ours, theirs: labels.csv.theirs)\n',
  )
})

test('status of a changed directory groups changes, with what to type next', async (t) => {
  const { out, err } = await dv(['status'], { status: async () => changedStatus })
  t.is(
    out,
    `On branch main at a1b2c3d4
origin/main: ahead 2, behind 1

Added (1,205 files, 3.4 MB)
  images/  1,204 files, 3.4 MB
  new.csv  640 B

Modified (1 file, 1.3 kB)
  data/a.csv  1.3 kB (was 1.2 kB)

Deleted (1 file, 5 B)
  old.txt  5 B

Renamed (1 file, 70 B)
  a.txt -> b.txt  70 B

Cannot be recorded (3)
  run/socket  a socket, pipe or device
  .DV  a name that some system takes for '.dv', '.git', '.' or '..'
  and 1 more

`,
  )
  t.is(
    err,
    `hint: rename or remove them, or leave them out in '.dvignore'
hint: 'dv commit -m MESSAGE' records all of this, 'dv commit -m MESSAGE PATHS' a part
hint: 'dv diff' shows the changes, 'dv restore PATHS' takes them back
`,
  )
})

test('status of a clean directory, of one without commits, and on no branch', async (t) => {
  const out = async (result: object) => (await dv(['status'], { status: async () => result as never })).out
  t.is(await out(cleanStatus), 'On branch main at a1b2c3d4\nNothing changed\n')
  const { commit: _, ...unborn } = cleanStatus
  t.is(await out(unborn), 'On branch main, no commits yet\nNo files yet\n')
  const { branch: __, ...detached } = cleanStatus
  t.is(await out(detached), 'On no branch at a1b2c3d4\nNothing changed\n')
})

test('a group of status is cut at 20 lines, and says what lists the rest', async (t) => {
  const items = Array.from({ length: 20 }, (_, i) => ({ path: `f${i}`, kind: 'file' as const, bytes: 1 }))
  const groups = { ...cleanStatus.groups, modified: { count: 1234, bytes: 1234, items } }
  const { out } = await dv(['status'], { status: async () => ({ ...cleanStatus, clean: false, groups }) })
  t.is(out.split('\n').filter((line) => line.startsWith('  f')).length, 20)
  t.regex(out, /\n1,214 more not shown; 'dv status --all' lists everything\n/)
})

test('more than 20 new directories and files are cut together', async (t) => {
  const newDirectories = Array.from({ length: 15 }, (_, i) => ({ path: `d${i}`, files: 10, bytes: 10 }))
  const items = Array.from({ length: 20 }, (_, i) => ({ path: `f${i}`, kind: 'file' as const, bytes: 1 }))
  const groups = { ...cleanStatus.groups, added: { count: 250, bytes: 250, items } }
  const { out } = await dv(['status'], {
    status: async () => ({ ...cleanStatus, clean: false, groups, newDirectories }),
  })
  t.is(out.split('\n').filter((line) => /^ {2}[df]\d/.test(line)).length, 20)
  t.regex(out, /\n95 more not shown/)
})

test('status during a merge lists conflicts and both ways out', async (t) => {
  const { out, err } = await dv(['status'], { status: async () => conflictStatus })
  t.regex(
    out,
    /\nUnfinished merge of cleanup \(0f1e2d3c\)\n\nConflicts \(2 files\)\n {2}labels\.csv {2}modified on both sides/,
  )
  t.regex(err, /'dv merge --continue' ends the merge, 'dv merge --abort' goes back/)
})

test('a commit on no branch names switch -c', async (t) => {
  const made = {
    commit: commitInfo(),
    amended: false,
    root: false,
    storedBytes: 0,
    total: { files: 0, bytes: 0 },
  }
  const changes = { added: 0, modified: 0, deleted: 0, renamed: 0, bytesAdded: 0, bytesRemoved: 0 }
  const { out, err } = await dv(['commit', '-m', 'x'], { commit: async () => ({ ...made, changes }) })
  t.is(out, '[no branch a1b2c3d4] Add labels\nno changes; 0 files, 0 B in all; 0 B stored\n')
  t.is(err, "hint: no branch holds this commit: 'dv switch -c NAME' makes one\n")
})

test('commit -F reads a file of the current directory, and names one that it cannot read', async (t) => {
  const cwd = temporaryFolder()
  fs.writeFileSync(path.join(cwd, 'message'), 'Größe\n\n')
  const { calls } = await dv(['commit', '-F', 'message'], everything, { cwd })
  t.like(calls[0]!.options, { message: 'Größe' })
  const missing = await dv(['commit', '-F', 'nope'], everything, { cwd })
  t.is(missing.status, 1)
  t.regex(missing.err, /Cannot read the message in '.*nope': it does not exist/)
  fs.writeFileSync(path.join(cwd, 'latin'), Buffer.from([0xe9]))
  t.is((await dv(['commit', '-F', 'latin'], everything, { cwd })).status, 2)
})

test('cat takes a range as curl does, or says how one is written', async (t) => {
  const cat = async () => ({ path: 'x', bytes: 3, content: iterate(Buffer.from('abc')) })
  const asked = async (...range: string[]) => (await dv(['cat', 'x', ...range], { cat })).calls[0]?.options
  t.deepEqual(await asked('--range', '0-65535'), { address: 'x', offset: 0, length: 65536 })
  t.deepEqual(await asked('--range', '500-'), { address: 'x', offset: 500 })
  for (const bad of [['5-4'], ['x'], ['-5'], ['1-2', '--offset', '3']]) {
    const { status, err } = await dv(['cat', 'x', `--range=${bad[0]}`, ...bad.slice(1)], { cat })
    t.is(status, 2, err)
  }
})

test('cat prints bytes as they are, and as text or base64 with --json', async (t) => {
  const cat = (bytes: number[]) => async () => ({
    path: 'a',
    bytes: 9,
    content: iterate(Uint8Array.from(bytes)),
  })
  t.is((await dv(['cat', 'v1:a'], { cat: cat([0x1b, 0x5b]) })).out, '\x1b[')
  const json = async (bytes: number[]) =>
    JSON.parse((await dv(['cat', '--json', 'a'], { cat: cat(bytes) })).out)
  t.deepEqual(await json([0x68, 0x69]), { path: 'a', bytes: 9, encoding: 'utf8', content: 'hi' })
  t.deepEqual(await json([0xff, 0]), { path: 'a', bytes: 9, encoding: 'base64', content: '/wA=' })
})

test('--json is one document, and one document a line where a verb lists', async (t) => {
  const { out } = await dv(['status', '--json'], everything)
  t.deepEqual(JSON.parse(out), conflictStatus)
  const lines = (await dv(['diff', '--json'], everything)).out.trimEnd().split('\n')
  t.deepEqual(
    lines.map((line) => JSON.parse(line)),
    diffRecords,
  )
})

test('log --oneline --graph draws a merge', async (t) => {
  const entry = (id: string, parents: string[]) => ({
    ...{
      id,
      short: id,
      parents,
      author: person,
      committer: person,
      message: `Commit ${id}`,
      metadata: {},
      refs: [],
    },
  })
  const log = () => iterate(entry('m', ['a', 'b']), entry('b', ['r']), entry('a', ['r']), entry('r', []))
  const { out } = await dv(['log', '--oneline', '--graph'], { log })
  t.is(
    out,
    `* m Commit m
|\\
| * b Commit b
* | a Commit a
|/
* r Commit r
`,
  )
})

test('a list of what an expression means says on stderr that it means nothing', async (t) => {
  const none = { ls: () => iterate<never>(), getMetadata: () => iterate<never>() }
  for (const line of ['ls --where size>1', 'meta get --where size>1']) {
    const { status, out, err } = await dv(line.split(' '), none)
    t.deepEqual([status, out, err], [0, '', 'Nothing is what the expression means\n'])
    t.is((await dv([...line.split(' '), '-q'], none)).err, '')
  }
  t.is((await dv(['ls'], none)).err, '')
})
