import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import test from 'ava'
import { DEFAULT_IGNORE_TEXT, isIgnored, rootIgnoreScope, scanTree } from '../../src/workspace/index.js'
import { fill, temporaryFolder } from '../helpers/temporary.js'

const RULES: Record<string, string> = {
  '': '# comment\n*.log\n!keep.log\n/build/\ncache/\ndoc/*.txt\n**/tmp\nfoo/**/bar\nname with space\ntrailing   \n\\#hash\n\\!bang\n[abc]x\na?c\nreinclude/\nlate/*\n!late/kept\n!#odd\n#odd2\n*.[oa]\nÜber*\n',
  sub: '!*.log\nsecret*\n/anchored\n!reinclude/\n*~\r\n lead\n',
  'sub/deep': '*\n!.dvignore\n!ok\n',
}
const NAMES = [
  'a.log',
  'keep.log',
  'build',
  'build/x',
  'cache',
  'cache/x/y',
  'doc/a.txt',
  'doc/sub/a.txt',
  'tmp',
  'x/tmp',
  'x/tmp/y',
  'foo/bar',
  'foo/1/2/bar',
  'name with space',
  'trailing',
  'trailing   ',
  '#hash',
  '!bang',
  'ax',
  'dx',
  'abc',
  'a/c',
  'reinclude/a',
  'late/kept',
  'late/x/y',
  'late/kept2',
  '#odd',
  '#odd2',
  'x.o',
  'x.obj',
  'Über1',
  'uber',
  'BUILD/x',
  'A.LOG',
  'sub/a.log',
  'sub/keep.log',
  'sub/build/x',
  'sub/secret1',
  'sub/x/secret',
  'sub/anchored',
  'sub/x/anchored',
  'sub/reinclude/file',
  'sub/reinclude/a.log',
  'sub/reinclude/secret',
  'sub/cache/x',
  'sub/back~',
  'sub/ lead',
  'sub/lead',
  'sub/deep/no',
  'sub/deep/ok',
  'sub/deep/x/ok',
  'sub/tmp/x',
  'sub/doc/a.txt',
]

function hasGit(): boolean {
  return spawnSync('git', ['--version']).status === 0
}

function gitAnswer(root: string, paths: string[]): Set<string> {
  const run = (args: string[], input?: string) =>
    spawnSync('git', ['-c', 'core.excludesFile=', ...args], {
      cwd: root,
      encoding: 'utf8',
      ...(input !== undefined && { input }),
    })
  run(['init', '-q', '.'])
  const { stdout } = run(['check-ignore', '--no-index', '-z', '--stdin'], paths.join('\0') + '\0')
  return new Set(stdout.split('\0').filter(Boolean))
}

test('rules in nested files mean what git says they mean', (t) => {
  if (!hasGit()) return t.pass('git is not installed')
  const root = temporaryFolder()
  for (const [folder, text] of Object.entries(RULES)) fill(root, { [`${folder}/.gitignore`]: text })
  const expected = gitAnswer(root, NAMES)
  t.true(expected.size > 20 && expected.size < NAMES.length - 15)
  for (const name of NAMES)
    t.is(
      isIgnored(name, false, (folder) => RULES[folder]),
      expected.has(name),
      name,
    )
})

test('a scan leaves out what git leaves out', (t) => {
  if (!hasGit()) return t.pass('git is not installed')
  const root = temporaryFolder()
  for (const [folder, text] of Object.entries(RULES))
    fill(root, { [`${folder}/.gitignore`]: text, [`${folder}/.dvignore`]: text })
  const files = NAMES.filter((name) => !NAMES.some((other) => other.startsWith(`${name}/`)))
  fill(root, Object.fromEntries(files.map((name) => [name, ''])))
  const ignored = gitAnswer(root, files)
  const scanned = new Set([...scanTree(root)].map(({ path }) => path))
  for (const name of files) t.is(scanned.has(name), !ignored.has(name), name)
})

test('.dv and .git are ignored at any depth, and no pattern takes them back', (t) => {
  for (const path of ['.dv', '.git', 'a/.git/config', 'a/b/.dv/head'])
    t.true(isIgnored(path, true, () => '!.dv\n!.git\n!*\n'))
})

test('the default rules leave out litter and nothing else', (t) => {
  const scope = rootIgnoreScope(DEFAULT_IGNORE_TEXT)
  for (const name of ['.ipynb_checkpoints', '__pycache__', '.venv']) t.true(scope.ignores(name, true), name)
  for (const name of ['.DS_Store', 'Thumbs.db', '._photo.jpg', 'a.pyc', 'notes~', '.a.swp'])
    t.true(scope.ignores(name, false), name)
  for (const name of ['a.csv', 'thumbs', '.dvignore', 'pycache', '~', 'a.py', '.hidden']) {
    t.is(scope.ignores(name, false), name === '~', name)
  }
})

test('a walk longer than the life of one matcher keeps its answers', (t) => {
  const scope = rootIgnoreScope('*.tmp\n!keep.tmp\n').enter('folder')
  for (let i = 0; i < 25_000; i++) if (!scope.ignores(`${i}.tmp`, false)) t.fail(`${i}`)
  t.false(scope.ignores('keep.tmp', false))
})

test('an ignore file that is a symbolic link or a directory has no say', (t) => {
  const root = fill(temporaryFolder(), { 'a.log': '', rules: '*.log\n', 'sub/.dvignore/x': '' })
  fs.symlinkSync('rules', `${root}/.dvignore`)
  t.deepEqual(
    [...scanTree(root)].map(({ path }) => path),
    ['.dvignore', 'a.log', 'rules', 'sub/.dvignore/x'],
  )
})
