// Odd names as they stand on a disk, through the program: each is committed and comes back byte for byte, or is refused or
// passed over by a word that says what to type.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { temporaryFolder } from '../helpers/repository.js'
import { dv, firstCommit, well } from './program.js'
import { watched } from './watched.js'

const isLinux = process.platform === 'linux'

interface Made {
  root: string
  /** Where clones of it go. */
  aside: string
}

/** A repository with one commit. */
async function repository(t: ExecutionContext): Promise<Made> {
  const folder = temporaryFolder(t)
  const root = path.join(folder, 'work')
  await firstCommit(t, root)
  return { root, aside: path.join(folder, 'aside') }
}

/** What stands in a working directory: paths, kinds, bytes, links. Inodes differ. */
function standing(root: string): string[] {
  return watched(root, ['.dv']).map((row) => row.replace(/ \d+ ([0-9a-f]{16})$/, ' $1'))
}

/** Commits all that is there, and finds the same in a clone and after going away and back. */
async function comesBack(t: ExecutionContext, { root, aside }: Made) {
  const before = standing(root)
  await well(t, root, 'commit', '-m', 'Odd')
  await well(t, root, 'clone', root, aside)
  t.deepEqual(standing(aside), before)
  await well(t, aside, 'switch', '--detach', 'HEAD~1')
  await well(t, aside, 'switch', 'main')
  t.deepEqual(standing(aside), before)
  t.true((JSON.parse((await well(t, aside, 'status')).out) as { clean: boolean }).clean)
  t.deepEqual(standing(root), before)
  await well(t, root, 'fsck', '--deep')
}

/** Names that some system gives a meaning to, and Linux none. */
const LAWFUL = [
  ...['CON', 'con.txt', 'nul', 'AUX.csv', 'COM1', 'lpt9.dat', 'CONIN$'],
  ...[
    'dot.',
    'dots...',
    'blank ',
    ' blank',
    'tab\t',
    '...',
    'a\\b',
    '..\\up',
    'C:',
    'C:\\x',
    'a:b',
    'a::$DATA',
  ],
  ...['Case', 'case', 'CASE', '\u00e9', 'e\u0301', '\u212b', '\u00c5', 'ß', 'ss', '\ufb01', 'fi'],
  ...['new\nline', 'return\r', '\x1b[31mred', '\x7f', '\u202egnp.exe', '\u200b', '\ufffd', '\u{10ffff}'],
  ...[
    '-rf',
    '--',
    '*',
    '?',
    '[x]',
    '{a,b}',
    '!not',
    '#no',
    '$HOME',
    '`id`',
    '%s',
    "'",
    '"',
    'where: x',
    '@(a)',
  ],
  ...['x'.repeat(255), 'é'.repeat(127), '.dvx', '.gitignore', 'git', 'dv~x', '.d', '~1'],
]

test('names that other systems read otherwise are committed and come back byte for byte', async (t) => {
  if (!isLinux) return t.pass('this system has no such names')
  const made = await repository(t)
  for (const name of LAWFUL) {
    fs.writeFileSync(path.join(made.root, name), `file ${name}`)
    fs.mkdirSync(path.join(made.root, 'in', name), { recursive: true })
    fs.writeFileSync(path.join(made.root, 'in', name, name), `below ${name}`)
  }
  await comesBack(t, made)
})

test('links that go in circles, out, and nowhere come back as links, and nothing is read through them', async (t) => {
  const made = await repository(t)
  const links = {
    ...{ one: 'two', two: 'one', self: 'self', here: '.', up: '..', root: '/', 'sub/up': '../sub' },
    ...{ gone: 'nowhere', long: 'x/'.repeat(2000), odd: 'a\nb\x1b', device: '/dev/zero' },
  }
  fs.mkdirSync(path.join(made.root, 'sub'))
  for (const [name, target] of Object.entries(links)) fs.symlinkSync(target, path.join(made.root, name))
  await comesBack(t, made)
})

const RESERVED = [
  ...['.DV', '.Dv', '.dv.', '.dv ', '.dv. .', '.dv::$INDEX_ALLOCATION', '.dv:x', 'dv~1', 'DV~2', 'DV12AB~1'],
  ...['.d\u200cv', '\ufeff.dv', '.GIT', '.git.', 'git~1', 'GI7EBA~1', '.g\u200dit', '.G\u0131T'],
  ...['.. ', '. ', '.. .', '..\u200d', '..:x'],
]

test('names that some system takes for .dv, .git or .. are left out, and each is told of', async (t) => {
  if (!isLinux) return t.pass('this system has no such names')
  const made = await repository(t)
  for (const name of RESERVED) {
    fs.mkdirSync(path.join(made.root, name))
    fs.writeFileSync(path.join(made.root, name, 'config'), 'evil')
    fs.mkdirSync(path.join(made.root, 'in'), { recursive: true })
    fs.writeFileSync(path.join(made.root, 'in', name), 'evil')
  }
  fs.writeFileSync(path.join(made.root, 'fine'), 'fine')
  const paths = RESERVED.flatMap((name) => [name, `in/${name}`]).sort()
  for (const words of [['status'], ['commit', '-m', 'Odd']]) {
    const { skipped } = JSON.parse((await well(t, made.root, ...words)).out) as Told
    t.is(skipped?.count, paths.length)
    t.deepEqual(skipped?.items.map((item) => item.path).sort(), paths)
    t.true(skipped?.items.every(({ reason }) => reason === 'reserved name'))
  }
  await well(t, made.root, 'clone', made.root, made.aside)
  t.deepEqual(fs.readdirSync(made.aside).sort(), ['.dv', '.dvignore', 'fine', 'in'])
  t.deepEqual(fs.readdirSync(path.join(made.aside, 'in')), [])
})

interface Told {
  skipped?: { count: number; items: { path: string; reason: string }[] }
}

test('pipes, sockets and devices are left out and told of, asked for or not, and nothing is read from them', async (t) => {
  if (!isLinux) return t.pass('this system has no such files')
  const { root } = await repository(t)
  const names = ['pipe', 'socket']
  execFileSync('mkfifo', [path.join(root, 'pipe')])
  const server = net.createServer().listen(path.join(root, 'socket'))
  t.teardown(() => server.close())
  if (process.geteuid?.() === 0) {
    execFileSync('mknod', [path.join(root, 'device'), 'c', '1', '5'])
    names.unshift('device')
  }
  const { skipped } = JSON.parse((await well(t, root, 'status')).out) as Told
  t.deepEqual(skipped, {
    count: names.length,
    items: names.map((path) => ({ path, reason: 'special file' })),
  })
  for (const words of [[], ['pipe'], names, ['*']]) {
    const ran = await dv(root, 'commit', '-m', 'Nothing', ...words)
    t.deepEqual([ran.status, ran.code], [1, 'DV_NOTHING_TO_COMMIT'], ran.out)
    t.regex(ran.out, /'dv status' shows what is there and cannot be recorded/)
  }
  fs.writeFileSync(path.join(root, '.dvignore'), `${names.join('\n')}\n`)
  const told = JSON.parse((await well(t, root, 'commit', '-m', 'Left out')).out) as Told
  t.is(told.skipped, undefined)
})

test('a recorded file whose place a pipe takes is deleted by a commit, and nothing is read from the pipe', async (t) => {
  if (!isLinux) return t.pass('this system has no pipes in folders')
  const { root } = await repository(t)
  fs.writeFileSync(path.join(root, 'a'), 'a')
  await well(t, root, 'commit', '-m', 'A')
  fs.rmSync(path.join(root, 'a'))
  execFileSync('mkfifo', [path.join(root, 'a')])
  for (const words of [['diff'], ['status'], ['commit', '-m', 'Gone']]) await well(t, root, ...words)
  const back = await dv(root, 'switch', '--detach', 'HEAD~1')
  t.deepEqual([back.status, back.code], [3, 'DV_WOULD_OVERWRITE'], back.out)
  t.true(fs.lstatSync(path.join(root, 'a')).isFIFO())
})

const LATIN = Buffer.from('caf\xe9', 'latin1')
const below = (root: string, ...names: (string | Buffer)[]) =>
  Buffer.concat([Buffer.from(root), ...names.flatMap((name) => [Buffer.from('/'), Buffer.from(name)])])

const NOT_UTF8: Record<string, (root: string) => void> = {
  'a file': (root) => fs.writeFileSync(below(root, LATIN), 'x'),
  'a file in a folder': (root) => {
    fs.mkdirSync(path.join(root, 'in'))
    fs.writeFileSync(below(root, 'in', LATIN), 'x')
  },
  'a folder': (root) => {
    fs.mkdirSync(below(root, LATIN))
    fs.writeFileSync(below(root, LATIN, 'x'), 'x')
  },
  'a surrogate': (root) => fs.writeFileSync(below(root, Buffer.from([0xed, 0xa0, 0x80])), 'x'),
  'a slash in two bytes': (root) => fs.writeFileSync(below(root, Buffer.from([0xc0, 0xaf])), 'x'),
  'where a link leads': (root) => fs.symlinkSync(LATIN, path.join(root, 'link')),
}

for (const [title, make] of Object.entries(NOT_UTF8)) {
  test(`${title} that is not UTF-8 is refused by its bytes, and the commit does not take place`, async (t) => {
    if (!isLinux) return t.pass('this system has no such names')
    const { root } = await repository(t)
    make(root)
    fs.writeFileSync(path.join(root, 'fine'), 'fine')
    const ran = await dv(root, 'commit', '-m', 'Odd')
    t.deepEqual([ran.status, ran.code], [1, 'DV_UNREPRESENTABLE_PATH'], ran.out)
    t.regex(ran.out, /rename it, or leave it out in '.dvignore'|another target/)
    t.is((await well(t, root, 'log')).out.match(/"id":/g)?.length, 1)
    fs.writeFileSync(path.join(root, '.dvignore'), '*\n!.dvignore\n!fine\n')
    await well(t, root, 'commit', '-m', 'Without it')
  })
}

/** Folders in folders, made from within: a name from the top would be too long. What Node removes is not so deep. */
function nested(t: ExecutionContext, { root, aside }: Made, depth: number): void {
  t.teardown(() => execFileSync('rm', ['-rf', root, aside]))
  const make = `for (let i = 0; i < ${depth}; i++) { fs.mkdirSync('d'); process.chdir('d') } fs.writeFileSync('leaf', 'leaf')`
  execFileSync(process.execPath, ['-e', make], { cwd: root })
}

test('folders nested 1,950 deep are committed and come back', async (t) => {
  if (!isLinux) return t.pass('the paths are too long for this system')
  const { root, aside } = await repository(t)
  nested(t, { root, aside }, 1950)
  const leaf = path.join('d/'.repeat(1950), 'leaf')
  await well(t, root, 'commit', '-m', 'Deep', '**')
  await well(t, root, 'clone', root, aside)
  t.is(fs.readFileSync(path.join(aside, leaf), 'utf8'), 'leaf')
  for (const words of [['status'], ['diff', 'HEAD~1'], ['ls', '-R'], ['restore', 'd'], ['fsck', '--deep']])
    await well(t, aside, ...words)
})

test('a path that is too long for the system is refused, and goes on once it is left out', async (t) => {
  if (!isLinux) return t.pass('measured for Linux')
  const { root, aside } = await repository(t)
  nested(t, { root, aside }, 2500)
  fs.writeFileSync(path.join(root, 'fine'), 'fine')
  for (const words of [
    ['status'],
    ['commit', '-m', 'Odd'],
    ['commit', '-m', 'Odd', 'd/**'],
    ['commit', '-m', 'Odd', 'd'],
  ]) {
    const ran = await dv(root, ...words)
    t.deepEqual([ran.status, ran.code], [1, 'DV_UNREPRESENTABLE_PATH'], ran.out)
    t.regex(ran.out, /shorten the names on the way to it, or leave it out in '.dvignore'/)
  }
  t.is((await well(t, root, 'log')).out.match(/"id":/g)?.length, 1)
  fs.writeFileSync(path.join(root, '.dvignore'), 'd\n')
  await well(t, root, 'commit', '-m', 'Without it')
})

test('a path of the longest a tree may hold is not written where nothing could read it', async (t) => {
  if (!isLinux) return t.pass('measured for Linux')
  const { root, aside } = await repository(t)
  const longest = `${'d'.repeat(255)}/`.repeat(15) + 'e'.repeat(127) + '/' + 'f'.repeat(128)
  t.is(longest.length, 4096)
  const lines = path.join(path.dirname(root), 'lines')
  const put = (at: string) => JSON.stringify({ op: 'put', path: at, data: 'long' })
  fs.writeFileSync(lines, put(longest))
  await well(t, root, 'apply', 'long', '--create', '-m', 'Longest', '-F', lines)
  const before = standing(root)
  for (const words of [
    ['switch', 'long'],
    ['restore', '-s', 'long', '**'],
    ['worktree', 'add', aside, 'long'],
    ['get', 'long:', aside],
  ]) {
    const ran = await dv(root, ...words)
    t.deepEqual([ran.status, ran.code], [1, 'DV_UNREPRESENTABLE_PATH'], `${words[0]}: ${ran.out}`)
    t.deepEqual(standing(root), before)
    fs.rmSync(aside, { recursive: true, force: true })
  }
  await well(t, root, 'cat', `long:${longest}`)
  fs.writeFileSync(lines, put(`${longest}d`))
  t.is((await dv(root, 'apply', 'longer', '--create', '-m', 'Longer', '-F', lines)).code, 'DV_UNSAFE_PATH')
})
