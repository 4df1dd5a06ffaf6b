import fs from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import fastGlob from 'fast-glob'
import { comparePaths } from '../../src/base/index.js'
import { isGlob } from '../../src/workspace/glob.js'
import { compilePathspec, globWorkdir } from '../../src/workspace/index.js'
import { fill, temporaryFolder } from '../helpers/temporary.js'

interface Vectors {
  tree: string[]
  vectors: { patterns: string[]; paths: string[] }[]
}
const { tree, vectors } = JSON.parse(fs.readFileSync('spec/vectors/globs.json', 'utf8')) as Vectors
const sorted = tree.toSorted(comparePaths)

/** What a walk of a manifest would give: directories that cannot match are not entered. */
function walkList(paths: readonly string[], patterns: string[]): string[] {
  const spec = compilePathspec(patterns)
  return paths.filter((path) => {
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      if (!spec.couldMatchBelow(path.slice(0, end))) return false
    }
    return spec.matches(path)
  })
}

test('patterns mean the same files on disk, on a list of paths, and in the vectors', async (t) => {
  t.true(vectors.length >= 30)
  const root = fill(temporaryFolder(), Object.fromEntries(tree.map((path) => [path, ''])))
  for (const { patterns, paths } of vectors) {
    t.deepEqual(await globWorkdir(root, patterns), paths, `on disk: ${patterns.join(' ')}`)
    t.deepEqual(sorted.filter(compilePathspec(patterns).matches), paths, `in a list: ${patterns.join(' ')}`)
    t.deepEqual(walkList(sorted, patterns), paths, `in a walk: ${patterns.join(' ')}`)
  }
})

test('any pattern of usual parts means the same on disk and on a list', async (t) => {
  const part = fc.constantFrom(
    '*',
    '**',
    'data',
    '202?',
    '*.csv',
    '{raw,2023}',
    'img_*',
    '[a-d]*',
    '.*',
    'images',
    '!(cat)',
    '*.{png,csv}',
    'v1.*',
  )
  const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
  const patterns = fc.array(
    fc.tuple(fc.boolean(), pattern).map(([not, text]) => (not && text[0] !== '!' ? `!${text}` : text)),
    { minLength: 1, maxLength: 3 },
  )
  const root = fill(temporaryFolder(), Object.fromEntries(tree.map((path) => [path, ''])))
  await fc.assert(
    fc.asyncProperty(patterns, async (given) => {
      const expected = await globWorkdir(root, given)
      t.deepEqual(walkList(sorted, given), expected, given.join(' '))
    }),
    { numRuns: 300 },
  )
})

test('no pattern means everything', (t) => {
  const spec = compilePathspec([])
  t.true(spec.matches('a/b'))
  t.true(spec.couldMatchBelow('a'))
})

test('a plain path with signs of its own is taken by the letter too', (t) => {
  const spec = compilePathspec(['odd/[1]'])
  t.deepEqual(['odd/[1]', 'odd/[1]/x', 'odd/1', 'odd/2'].map(spec.matches), [true, true, true, false])
})

test('links and empty folders: links are found and not followed', async (t) => {
  const root = fill(temporaryFolder(), { 'a/x': '', 'empty/': '', '.dv/head': '', 'a/.git/config': '' })
  fs.symlinkSync('a', `${root}/link`)
  t.deepEqual(await globWorkdir(root, ['**']), ['a/x', 'link'])
})

test('patterns that lead out, are empty or explode are refused', (t) => {
  const bombs = ['{a,b}'.repeat(40), '{1..1000}{1..1000}{1..1000}', '('.repeat(5000)]
  bombs.push('\x02.{\ufffd..3}.3}', '{\u0100..\uffff}')
  for (const pattern of ['', '/etc/*', '../x', 'a/../../x', 'a\0b', '!', '!/x', ...bombs]) {
    t.throws(() => compilePathspec([pattern]), { code: 'DV_BAD_PATTERN' }, pattern.slice(0, 30))
  }
})

test('odd but lawful patterns do not throw', (t) => {
  for (const pattern of [
    '{a..z}/日本',
    '{1..3}日',
    '[',
    '{',
    '}',
    '(',
    ')',
    '\\',
    '[]',
    '[!]',
    '{,}',
    '**{',
    '+(',
    '!(',
    '[[:alpha:]]*',
    '{a',
    'a,b}',
  ]) {
    t.is(typeof compilePathspec([pattern]).matches('a'), 'boolean', pattern)
  }
})

test('a glob is what fast-glob takes for one', (t) => {
  const character = fc.constantFrom(...'ab/,|.!?*+@()[]{}\\$^-'.split(''))
  const pattern = fc.string({ unit: character, minLength: 1, maxLength: 8 })
  fc.assert(fc.property(pattern, (text) => isGlob(text) === fastGlob.isDynamicPattern(text)))
  t.pass()
})
