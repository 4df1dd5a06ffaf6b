import fs from 'node:fs'
import net from 'node:net'
import test from 'ava'
import fc from 'fast-check'
import { comparePaths } from '../../src/base/index.js'
import {
  compilePathspec,
  type PathFilter,
  readSymlink,
  scanPath,
  scanTree,
  type SkippedEntry,
} from '../../src/workspace/index.js'
import { fill, temporaryFolder } from '../helpers/temporary.js'

const paths = (root: string, options = {}) => [...scanTree(root, options)].map(({ path }) => path)

/** Runs `work` while nobody may read the folder; as root, in the skin of a user that is not. */
function withoutAccess(root: string, folder: string, work: () => void): void {
  const isRoot = process.geteuid?.() === 0
  fs.chmodSync(root, 0o755)
  fs.chmodSync(`${root}/${folder}`, 0)
  if (isRoot) process.seteuid?.(65534)
  try {
    work()
  } finally {
    if (isRoot) process.seteuid?.(0)
    fs.chmodSync(`${root}/${folder}`, 0o755)
  }
}

test('a scan lists files, links and empty directories in manifest order', (t) => {
  const root = fill(temporaryFolder(), {
    'a/b': '1',
    'a.txt': '22',
    'a-b/c': '',
    'a/empty/': '',
    é: '',
    '\ue000': '',
    '😀': '',
    'z/y/x': '',
    '.dv/head': '',
    'z/.git/config': '',
  })
  fs.symlinkSync('nowhere', `${root}/link`)
  fs.chmodSync(`${root}/a.txt`, 0o755)
  const entries = [...scanTree(root)]
  const listed = entries.map(({ path }) => path)
  t.deepEqual(listed, ['a/b', 'a/empty', 'a-b/c', 'a.txt', 'link', 'z/y/x', 'é', '\ue000', '😀'])
  t.deepEqual(listed, listed.toSorted(comparePaths))
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  t.like(byPath.get('a.txt'), { kind: 'executable', size: 2 })
  t.like(byPath.get('link'), { kind: 'symlink', size: 7 })
  t.like(byPath.get('a/empty'), { kind: 'directory', size: 0 })
  const stats = fs.lstatSync(`${root}/a/b`, { bigint: true })
  t.like(byPath.get('a/b'), {
    kind: 'file',
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    inode: stats.ino,
  })
  t.deepEqual(scanPath(root, 'a/b'), byPath.get('a/b'))
  t.is(readSymlink(root, 'link'), 'nowhere')
})

test('a scan of any tree lists exactly its files, in order', (t) => {
  const name = fc.constantFrom('a', 'b', 'a.b', 'A', '-', 'a b', 'é', '日', '\uffff', '😀')
  const tree = fc.uniqueArray(
    fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/')),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(tree, (all) => {
      const files = all.filter((path) => !all.some((other) => other.startsWith(`${path}/`)))
      const root = fill(temporaryFolder(), Object.fromEntries(files.map((path) => [path, path])))
      t.deepEqual(paths(root), files.toSorted(comparePaths))
      fs.rmSync(root, { recursive: true })
    }),
    { numRuns: 30 },
  )
})

test('a directory with only ignored content is listed as empty', (t) => {
  const root = fill(temporaryFolder(), { '.dvignore': '*.tmp\n', 'd/a.tmp': '', 'd/e/b.tmp': '' })
  t.deepEqual(paths(root), ['.dvignore', 'd/e'])
  t.deepEqual(paths(root, { useIgnoreFiles: false }), ['.dvignore', 'd/a.tmp', 'd/e/b.tmp'])
})

test('only what the filter wants is listed, and what it cannot want is not read', (t) => {
  const root = fill(temporaryFolder(), {
    'a/x.csv': '',
    'a/y.txt': '',
    'b/x.csv': '',
    'b/c/': '',
    'c/d/e.csv': '',
  })
  t.deepEqual(paths(root, { include: compilePathspec(['a', 'c/**/*.csv']) }), [
    'a/x.csv',
    'a/y.txt',
    'c/d/e.csv',
  ])
  t.deepEqual(paths(root, { include: compilePathspec(['b/c']) }), ['b/c'])
  withoutAccess(root, 'b', () =>
    t.deepEqual(paths(root, { include: compilePathspec(['a']) }), ['a/x.csv', 'a/y.txt']),
  )
})

test('sockets and names that read as metadata are reported as skipped', async (t) => {
  const root = fill(temporaryFolder(), { a: '', '.GIT/config': '', 'd/': '' })
  const server = net.createServer().listen(`${root}/d/socket`)
  await new Promise((resolve) => server.once('listening', resolve))
  const skipped: SkippedEntry[] = []
  t.deepEqual(paths(root, { onSkipped: (entry: SkippedEntry) => skipped.push(entry) }), ['a', 'd'])
  t.deepEqual(skipped, [
    { path: '.GIT', reason: 'reserved name' },
    { path: 'd/socket', reason: 'special file' },
  ])
  await new Promise((resolve) => server.close(resolve))
})

test('a name that is not UTF-8 is an error that names it, unless it is ignored', (t) => {
  if (process.platform !== 'linux') return t.pass('this system has no such names')
  const root = fill(temporaryFolder(), { 'd/a': '', 'd/\ufffd': '' })
  fs.writeFileSync(
    Buffer.concat([Buffer.from(`${root}/d/bad`), Buffer.from([0xff]), Buffer.from('.bin')]),
    '',
  )
  const error = t.throws(() => paths(root), { code: 'DV_UNREPRESENTABLE_PATH' })
  t.true(error?.message.includes("'d/bad\\xff.bin'"))
  fill(root, { '.dvignore': '*.bin\n' })
  t.deepEqual(paths(root), ['.dvignore', 'd/a', 'd/\ufffd'])
})

test('a link to a target that is not UTF-8 is an error that names it', (t) => {
  if (process.platform !== 'linux') return t.pass('this system has no such names')
  const root = temporaryFolder()
  fs.symlinkSync(Buffer.from([0x61, 0xfe]), `${root}/link`)
  t.throws(() => readSymlink(root, 'link'), { code: 'DV_UNREPRESENTABLE_PATH', message: /'a\\xfe'/ })
})

test('a directory that cannot be read is an error that names it', (t) => {
  const root = fill(temporaryFolder(), { 'shut/a': '' })
  withoutAccess(root, 'shut', () => t.throws(() => paths(root), { code: 'DV_PERMISSION', message: /'shut'/ }))
})

/** A filter that wants everything and does something when it is asked about a path. */
function whenAsked(about: string, work: () => void): PathFilter {
  const matches = (path: string) => {
    if (path === about) work()
    return true
  }
  return { matches, couldMatchBelow: () => true }
}

test('what vanishes during a scan is as if it had not been there', (t) => {
  const root = fill(temporaryFolder(), { 'a/1': '', 'a/2': '', 'b/1': '', c: '' })
  const include = whenAsked('a/2', () => {
    fs.rmSync(`${root}/a/1`)
    fs.rmSync(`${root}/b`, { recursive: true })
  })
  t.deepEqual(paths(root, { include }), ['a/2', 'c'])
})

test('a file that makes way for a directory during a scan is as if it had not been there', (t) => {
  const root = fill(temporaryFolder(), { a: '', b: '' })
  const include = whenAsked('a', () => {
    fs.rmSync(`${root}/a`)
    fill(root, { 'a/1': '' })
  })
  t.deepEqual(paths(root, { include }), ['b'])
})

test('a scan stops when its signal says so', (t) => {
  const root = fill(temporaryFolder(), { 'a/1': '', 'b/1': '' })
  const controller = new AbortController()
  const include = whenAsked('a/1', () => controller.abort())
  t.throws(() => paths(root, { include, signal: controller.signal }), { code: 'DV_INTERRUPTED' })
})

test('a long scan, which threads help with, finds what single looks find', (t) => {
  const names = Array.from({ length: 9000 }, (_, i) => `${i % 7}/${i % 3 ? 'é' : 'x'}${i}`)
  const root = fill(temporaryFolder(), Object.fromEntries(names.map((name, i) => [name, '.'.repeat(i % 5)])))
  fs.chmodSync(`${root}/${names[8000]!}`, 0o755)
  const include = whenAsked(names[8990]!, () => fs.rmSync(`${root}/${names[8990]!}`))
  const entries = [...scanTree(root, { include })]
  const left = names.filter((name) => name !== names[8990])
  t.deepEqual(
    entries.map(({ path }) => path),
    left.toSorted(comparePaths),
  )
  t.deepEqual(
    entries,
    entries.map(({ path }) => scanPath(root, path)),
  )
})
