import fs from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { comparePaths, isDvError } from '../../src/base/index.js'
import {
  assertNoCollisions,
  checkTreePath,
  createShapeCheck,
  findCollisions,
  type NameRules,
  quotePath,
  whyNever,
  whyNotOn,
} from '../../src/files/index.js'

interface Vectors {
  paths: { path: string; allowed: boolean; windows: boolean }[]
  ruleSets: Record<string, Partial<NameRules>>
  collisions: { paths: string[]; collidesUnder: string[] }[]
}
const vectors = JSON.parse(fs.readFileSync('spec/vectors/paths.json', 'utf8')) as Vectors

function codeOf(work: () => void): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return isDvError(error) ? error.code : String(error)
  }
}

test('every path of the vectors is allowed or refused as they say, on each platform', (t) => {
  t.true(vectors.paths.length > 100)
  for (const { path, allowed, windows } of vectors.paths) {
    t.is(whyNever(path) === undefined, allowed, JSON.stringify(path))
    if (allowed) t.is(whyNotOn(path, 'win32') === undefined, windows, JSON.stringify(path))
    const onWindows = allowed ? 'DV_UNREPRESENTABLE_PATH' : 'DV_UNSAFE_PATH'
    t.is(
      codeOf(() => checkTreePath(path, 'win32')),
      windows ? undefined : onWindows,
      JSON.stringify(path),
    )
    t.is(
      codeOf(() => checkTreePath(path, 'linux')),
      allowed ? undefined : 'DV_UNSAFE_PATH',
      JSON.stringify(path),
    )
  }
})

test('an error about a path names it with control characters escaped', (t) => {
  const error = t.throws(() => checkTreePath('a/\u001b[31m/..', 'linux'), { code: 'DV_UNSAFE_PATH' })
  t.true(error?.message.includes("'a/\\x1b[31m/..'"))
  t.is(quotePath(Buffer.from([0x61, 0xff, 0xc3, 0xa9, 0xe2, 0x82])), "'a\\xffé\\xe2\\x82'")
})

test('no allowed path has a component that resolves elsewhere', (t) => {
  const piece = fc.constantFrom(
    '.',
    '..',
    '.git',
    '.dv',
    'a',
    ' ',
    '\0',
    '/',
    '\u200c',
    ':',
    '~1',
    'GIT',
    '\ud800',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const path = pieces.join('')
      if (whyNever(path) !== undefined) return
      for (const name of path.split('/')) t.false(['', '.', '..', '.dv', '.git'].includes(name.toLowerCase()))
      t.false(path.includes('\0'))
      t.is(Buffer.from(path, 'utf8').toString('utf8'), path)
    }),
  )
})

test('collisions are found under the rules the vectors say', (t) => {
  for (const [name, partial] of Object.entries(vectors.ruleSets)) {
    const rules = { caseInsensitive: false, normalizes: false, ...partial }
    for (const { paths, collidesUnder } of vectors.collisions) {
      const sorted = paths.toSorted(comparePaths)
      t.is(
        [...findCollisions(sorted, rules)].length > 0,
        collidesUnder.includes(name),
        `${name}: ${sorted.join(' ')}`,
      )
    }
  }
})

test('findCollisions() agrees with folding every prefix of every path', (t) => {
  const name = fc.constantFrom('a', 'A', 'b', 'B', 'é', 'e\u0301')
  const tree = fc.uniqueArray(fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/')))
  const rules = { caseInsensitive: true, normalizes: true }
  fc.assert(
    fc.property(tree, (paths) => {
      const byFolded = new Map<string, Set<string>>()
      for (const path of paths) {
        const names = path.split('/')
        for (let i = 1; i <= names.length; i++) {
          const prefix = names.slice(0, i).join('/')
          const folded = prefix.normalize('NFC').toLowerCase()
          byFolded.set(folded, (byFolded.get(folded) ?? new Set()).add(prefix))
        }
      }
      const expected = [...byFolded.values()].some((set) => set.size > 1)
      t.is([...findCollisions(paths.toSorted(comparePaths), rules)].length > 0, expected, paths.join(' '))
    }),
  )
})

test('a path with an empty component is refused, and ends the search', (t) => {
  const rules = { caseInsensitive: true, normalizes: true }
  for (const path of ['', '/', '/a', 'a/', 'a//b', '//'])
    t.throws(() => [...findCollisions(['a/a', path], rules)], { code: 'DV_UNSAFE_PATH' }, path)
})

test('a collision error names both paths', (t) => {
  const error = t.throws(
    () => assertNoCollisions(['Data/a.csv', 'data/b.csv'], { caseInsensitive: true, normalizes: false }),
    { code: 'DV_PATH_COLLISION' },
  )
  t.regex(error?.message ?? '', /'Data'.*'data'/)
})

test('a tree with entries below a file or link, out of order or twice is refused', (t) => {
  const shape = (...entries: [string, string][]) =>
    codeOf(() => {
      const check = createShapeCheck()
      for (const [path, kind] of entries) check(path, kind)
    })
  t.is(shape(['a', 'directory'], ['a/b', 'file'], ['a.txt', 'file']), undefined)
  t.is(shape(['a', 'symlink'], ['a/b', 'file']), 'DV_UNSAFE_PATH')
  t.is(shape(['a', 'file'], ['a/b/c', 'file']), 'DV_UNSAFE_PATH')
  t.is(shape(['a', 'file'], ['a', 'file']), 'DV_UNSAFE_PATH')
  t.is(shape(['b', 'file'], ['a', 'file']), 'DV_UNSAFE_PATH')
  t.is(shape(['a.txt', 'file'], ['a/b', 'file']), 'DV_UNSAFE_PATH')
})
