// What a user can get wrong, through the program as it is: each has its code, its exit status and a message that names the
// thing, and leaves the store and the files as they were.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createApi } from '../../src/api/index.js'
import { run } from '../../src/cli/main.js'
import { hashChunk, toHex } from '../../src/hash/index.js'
import { lockWorkdir } from '../../src/workspace/index.js'
import { type TestRepository, temporaryFolder, testRepository } from '../helpers/repository.js'
import { testIo } from './test-io.js'

interface Failure {
  code: string
  message: string
  hint?: string
  exit: number
}

/** Runs `dv --json ARGS`, which must fail, in a repository that must stay as it is. */
async function fails(
  t: ExecutionContext,
  { root }: { root: string },
  args: readonly string[],
): Promise<Failure> {
  const before = state(root)
  const io = testIo({ cwd: root, env: { HOME: path.join(root, '..', 'home') } })
  const status = await run([args[0]!, '--json', ...args.slice(1)], io, async () => createApi)
  t.deepEqual(state(root), before)
  t.is(io.out(), '')
  const { error } = JSON.parse(io.err()) as { error: Failure }
  t.is(status, error.exit)
  return error
}

/** All files, the store's too, by what they hold. The stat cache may learn; empty folders do not count. */
function state(folder: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const stats = fs.lstatSync(path.join(folder, name))
    if (stats.isSymbolicLink()) found[name] = fs.readlinkSync(path.join(folder, name))
    else if (stats.isFile() && !name.startsWith('.dv/stat'))
      found[name] = toHex(hashChunk(fs.readFileSync(path.join(folder, name))))
  }
  return found
}

const cases: {
  title: string
  args: string[]
  code: string
  exit: number
  says: RegExp
  edit?: Parameters<TestRepository['write']>[0]
}[] = [
  {
    title: 'an unknown revision',
    args: ['checkout', 'mian'],
    code: 'DV_UNKNOWN_REVISION',
    exit: 1,
    says: /mian.*main/s,
  },
  {
    title: 'an unknown branch',
    args: ['switch', 'mian'],
    code: 'DV_UNKNOWN_REVISION',
    exit: 1,
    says: /mian/,
  },
  {
    title: 'a commit of an unknown path',
    args: ['commit', '-m', 'x', 'data/a.cvs'],
    code: 'DV_UNKNOWN_PATH',
    exit: 1,
    says: /data\/a\.cvs.*data\/a\.csv/s,
  },
  {
    title: 'a restore of an unknown path',
    args: ['restore', 'data/a.cvs'],
    code: 'DV_UNKNOWN_PATH',
    exit: 1,
    says: /data\/a\.cvs.*data\/a\.csv/s,
  },
  {
    title: 'a status of an unknown path',
    args: ['status', 'nosuch'],
    code: 'DV_UNKNOWN_PATH',
    exit: 1,
    says: /nosuch/,
  },
  { title: 'a path outside', args: ['restore', '../x'], code: 'DV_UNKNOWN_PATH', exit: 1, says: /\.\.\/x/ },
  {
    title: 'a bad branch name',
    args: ['switch', '-c', 'a..b'],
    code: 'DV_BAD_NAME',
    exit: 2,
    says: /a\.\.b/,
  },
  {
    title: 'a branch that is there',
    args: ['switch', '-c', 'main'],
    code: 'DV_ALREADY_EXISTS',
    exit: 1,
    says: /main/,
  },
  {
    title: 'a commit with nothing changed',
    args: ['commit', '-m', 'x'],
    code: 'DV_NOTHING_TO_COMMIT',
    exit: 1,
    says: /--allow-empty/,
  },
  {
    title: 'a commit of what did not change',
    args: ['commit', '-m', 'x', 'b'],
    code: 'DV_NOTHING_TO_COMMIT',
    exit: 1,
    says: /'b'/,
    edit: { 'data/a.csv': 'changed' },
  },
  {
    title: 'a checkout over uncommitted changes',
    args: ['checkout', 'HEAD~1'],
    code: 'DV_WOULD_OVERWRITE',
    exit: 3,
    says: /data\/a\.csv.*dv commit/s,
    edit: { 'data/a.csv': 'mine' },
  },
  {
    title: 'an expression that ends early',
    args: ['ls', '--where', 'size > 1 AND'],
    code: 'DV_BAD_EXPRESSION',
    exit: 2,
    says: /character 13: it ends where .* was wanted.*>>>/s,
  },
  {
    title: 'an expression about metadata that nothing has',
    args: ['subset', 'create', 'part', '--where', 'sise > 1'],
    code: 'DV_UNKNOWN_COLUMN',
    exit: 1,
    says: /'sise' \(\d+ were looked at\).*'size'/s,
  },
  {
    title: 'a subset without an expression',
    args: ['subset', 'create', 'part'],
    code: 'DV_USAGE',
    exit: 2,
    says: /--where/,
  },
  {
    title: 'a worktree where something is',
    args: ['worktree', 'add', 'data'],
    code: 'DV_ALREADY_EXISTS',
    exit: 1,
    says: /data/,
  },
  {
    title: 'a worktree that is none',
    args: ['worktree', 'remove', 'data'],
    code: 'DV_UNKNOWN_PATH',
    exit: 1,
    says: /data/,
  },
  {
    title: 'a worktree that holds the store',
    args: ['worktree', 'remove', '.'],
    code: 'DV_WOULD_OVERWRITE',
    exit: 3,
    says: /store/,
  },
  {
    title: 'an operation that is none',
    args: ['undo', 'ffff'],
    code: 'DV_UNKNOWN_REVISION',
    exit: 1,
    says: /ffff/,
  },
  { title: 'a second init', args: ['init'], code: 'DV_ALREADY_EXISTS', exit: 1, says: /already/ },
  {
    title: 'a store among the files',
    args: ['init', 'new', '--store', 'new/store'],
    code: 'DV_USAGE',
    exit: 2,
    says: /among/,
  },
  {
    title: 'a bad pattern',
    args: ['checkout', '--sparse', '/abs'],
    code: 'DV_UNKNOWN_PATH',
    exit: 1,
    says: /\/abs/,
  },
]

for (const { title, args, code, exit, says, edit } of cases) {
  test(`${title}: ${code}, and nothing changes`, async (t) => {
    const repository = await testRepository(t, { 'data/a.csv': 'one', b: 'b' })
    repository.write({ 'data/a.csv': 'two' })
    await repository.commit('Second')
    repository.write(edit ?? {})
    const error = await fails(t, repository, args)
    t.is(error.code, code)
    t.is(error.exit, exit)
    t.regex(`${error.message} ${error.hint ?? ''}`, says)
  })
}

test('no repository here', async (t) => {
  const root = temporaryFolder(t)
  const error = await fails(t, { root }, ['status'])
  t.like(error, { code: 'DV_NO_REPOSITORY', exit: 10 })
  t.regex(error.hint!, /dv init/)
})

test('nobody named as the author: what to type is said', async (t) => {
  const repository = await testRepository(t)
  await repository.api.config.unset('user.email', 'repository')
  repository.write({ a: 'one' })
  const error = await fails(t, repository, ['commit', '-m', 'x'])
  t.is(error.code, 'DV_NO_AUTHOR')
  t.regex(error.message, /user\.email/)
  t.regex(error.hint!, /dv config --global user\.email/)
})

test('a second process at work in the same working directory', async (t) => {
  const repository = await testRepository(t, { a: 'one' })
  repository.write({ a: 'two' })
  const lock = lockWorkdir(path.join(repository.root, '.dv'))
  t.teardown(() => lock.release())
  for (const args of [['commit', '-m', 'x'], ['switch', '-c', 'b'], ['restore', 'a'], ['undo']]) {
    const error = await fails(t, repository, args)
    t.like(error, { code: 'DV_LOCKED', exit: 11 })
    t.regex(error.message, new RegExp(String(process.pid)))
  }
})

test('a store that is gone', async (t) => {
  const folder = temporaryFolder(t)
  const store = path.join(folder, 'store')
  const repository = await testRepository(t, { a: 'one' }, { store })
  fs.renameSync(store, `${store}-elsewhere`)
  const error = await fails(t, repository, ['status'])
  t.like(error, { code: 'DV_NO_STORE', exit: 10 })
  t.regex(error.message, /store/)
})

test('a file that cannot be read is named, and nothing is committed', async (t) => {
  const repository = await testRepository(t, { a: 'one' })
  repository.write({ b: 'two' })
  fs.chmodSync(path.join(repository.root, 'b'), 0)
  if (isReadable(path.join(repository.root, 'b'))) return t.pass('this user may read everything')
  const io = testIo({ cwd: repository.root, env: {} })
  t.is(await run(['commit', '-m', 'x'], io, async () => createApi), 1)
  t.regex(io.err(), /'b': permission denied/)
})

test('an interrupted commit leaves no temporary files and no lock', async (t) => {
  const repository = await testRepository(t, { a: 'one' })
  for (let i = 0; i < 600; i++) repository.write({ [`many/${i}`]: `file ${i}` })
  const before = state(repository.root)
  const stop = new AbortController()
  const onProgress = () => stop.abort(new Error('stop'))
  const made = repository.commit('Never', { signal: stop.signal, onProgress })
  await t.throwsAsync(made, { message: 'stop' })
  const after = Object.keys(state(repository.root)).filter((name) => !(name in before))
  // Whole packs may be left, which no index names.
  t.deepEqual(
    after.filter((name) => !name.startsWith('.dv/store/packs/')),
    [],
  )
  await repository.commit('After all')
  t.true((await repository.repository.status({ all: true, paths: [], rehash: false })).clean)
})

function isReadable(file: string): boolean {
  try {
    fs.readFileSync(file)
    return true
  } catch {
    return false
  }
}
