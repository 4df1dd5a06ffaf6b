// Unsafe paths that somebody gives to the program, typed or in a file: each verb refuses them by a code of its own, and nothing
// changes, in the repository or around it.
import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { temporaryFolder } from '../helpers/repository.js'
import { dv, firstCommit, well } from './program.js'
import { watched } from './watched.js'

/** Out of the tree, into what dv and git keep, or no names at all. */
const OUTSIDE = ['../up', '/etc/passwd', 'd/../../up', 'd/../..']
const KEPT = [
  '.dv/config',
  '.DV/state',
  'd/.dv/x',
  '.git/config',
  '.GiT/config',
  'git~1',
  '.d\u200cv/x',
  '.dv./x',
]
const NO_NAMES = ['', 'd//x', 'd/./x', './x', 'd/', 'a\0b', 'x'.repeat(256), 'd/'.repeat(2048) + 'x']
const UNSAFE = [...OUTSIDE, ...KEPT, ...NO_NAMES]

interface Made {
  folder: string
  root: string
}

/** A repository with a file in a folder and a branch nobody works on, and a secret beside it. */
async function repository(t: ExecutionContext): Promise<Made> {
  const folder = temporaryFolder(t)
  const root = path.join(folder, 'work')
  fs.mkdirSync(path.join(root, 'd'), { recursive: true })
  fs.writeFileSync(path.join(folder, 'up'), 'a secret')
  fs.writeFileSync(path.join(root, 'd/a.csv'), 'id\n1\n')
  await firstCommit(t, root)
  await well(t, root, 'branch', 'other')
  return { folder, root }
}

/** Runs what must fail, and sees that no ref moved and no file changed. What is derived, and locks, may come and go. */
async function refused(
  t: ExecutionContext,
  { folder, root }: Made,
  words: string[],
  codes: readonly string[],
) {
  const state = async () => {
    const store = fs.readdirSync(path.join(root, '.dv')).map((name) => path.join('work/.dv', name))
    const [refs, pending] = [await dv(root, 'log', '--all'), await dv(root, 'status')]
    return { disk: watched(folder, store), refs: refs.out, pending: pending.out }
  }
  const before = await state()
  const { status, code, out } = await dv(root, ...words)
  const typed = JSON.stringify(words.map((word) => word.slice(0, 60)))
  t.not(status, 0, typed)
  t.true(codes.includes(code ?? ''), `${typed}: ${code ?? out.slice(0, 200)}`)
  t.deepEqual(await state(), before, typed)
}

const LINES: readonly [string, (path: string) => object][] = [
  ['put', (path) => ({ op: 'put', path, data: 'x' })],
  ['symlink', (path) => ({ op: 'symlink', path, target: 'd' })],
  ['delete', (path) => ({ op: 'delete', path })],
  ['meta', (path) => ({ op: 'meta', path, set: { k: 1 } })],
]
for (const [op, line] of LINES)
  test(`apply: ${op} at an unsafe path changes nothing`, async (t) => {
    const made = await repository(t)
    const file = path.join(made.folder, 'home/lines')
    for (const unsafe of UNSAFE) {
      // A line that is sound comes first: all or nothing.
      const lines = [{ op: 'put', path: 'fine', data: 'x' }, line(unsafe)]
      fs.writeFileSync(file, lines.map((each) => `${JSON.stringify(each)}\n`).join(''))
      await refused(t, made, ['apply', 'other', '--file', file, '-m', 'x'], ['DV_UNSAFE_PATH', 'DV_BAD_LINE'])
    }
  })

test('a table of metadata with an unsafe path changes nothing', async (t) => {
  const made = await repository(t)
  const table = path.join(made.folder, 'home/table.jsonl')
  for (const unsafe of UNSAFE.filter((each) => each !== 'd/')) {
    fs.writeFileSync(table, `${JSON.stringify({ path: unsafe, k: 1 })}\n`)
    await refused(t, made, ['meta', 'import', '--path-column', 'path', table], REFUSALS)
  }
})

const REFUSALS = [
  'DV_UNKNOWN_PATH',
  'DV_BAD_ADDRESS',
  'DV_UNSAFE_PATH',
  'DV_NO_MATCH',
  'DV_BAD_PATTERN',
  'DV_BAD_TABLE',
  'DV_USAGE',
]
const TYPED: readonly [string, (path: string) => string[]][] = [
  ['meta set', (path) => ['meta', 'set', path, 'k=1']],
  ['meta unset', (path) => ['meta', 'unset', '-k', 'k', path]],
  ['commit', (path) => ['commit', '-m', 'x', path]],
  ['restore', (path) => ['restore', path]],
  ['cat', (path) => ['cat', `HEAD:${path}`]],
  ['purge', (path) => ['purge', path, '--reason', 'x', '--yes']],
]
for (const [verb, words] of TYPED)
  test(`${verb} refuses unsafe paths`, async (t) => {
    const made = await repository(t)
    // What stands for a folder of the tree is not unsafe here.
    for (const unsafe of UNSAFE.filter((each) => each !== 'd/' && each !== '' && !each.includes('\0')))
      await refused(t, made, words(unsafe), REFUSALS)
  })

test('get brings nothing from an unsafe path, and an expression means no file outside', async (t) => {
  const made = await repository(t)
  for (const unsafe of [...OUTSIDE, ...KEPT]) {
    await refused(t, made, ['get', `HEAD:${unsafe}`, '../home'], REFUSALS)
    const { out } = await dv(made.root, 'ls', '--where', `path = '${unsafe}'`)
    t.is(out.trim(), 'Nothing is what the expression means')
  }
})
