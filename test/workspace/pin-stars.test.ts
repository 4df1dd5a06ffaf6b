import test from 'ava'
import fc from 'fast-check'
import { load } from '../../src/base/index.js'
import { hasManyStars, pinStars, widened } from '../../src/workspace/pin-stars.js'
import { compilePathspec, globWorkdir } from '../../src/workspace/index.js'
import { fill, temporaryFolder } from '../helpers/temporary.js'

const micromatch = load<{ makeRe(pattern: string, options: object): RegExp | false }>('micromatch')
const OPTIONS = { dot: true, posix: true, strictSlashes: false, nobrace: false, nocase: false, noext: false }
const expressionOf = (pattern: string) => micromatch.makeRe(pattern, OPTIONS) || /(?!)/
const matches = (pattern: string, path: string) => pinStars(expressionOf(pattern)).test(path)

test('a pattern with pinned stars matches what it matched before', (t) => {
  const part = fc.constantFrom(...['*', '*', '**', '?', 'a', 'b', 'ab', '/', '.', '[ab]', '[!a]', '{a,b*}'])
  const group = fc.constantFrom(
    ...['@(', '!(', '+(', '*(', ')', '|', '\\*', '\\[', '+', '[', ']', '\u{1f600}'],
  )
  const pattern = fc.array(fc.oneof({ weight: 4, arbitrary: part }, group), { minLength: 1, maxLength: 9 })
  const path = fc.string({ unit: fc.constantFrom(...'ab/.*[+\u{1f600}'), minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(pattern, fc.array(path, { minLength: 20, maxLength: 20 }), (parts, paths) => {
      let expression: RegExp
      try {
        expression = expressionOf(parts.join(''))
      } catch {
        return
      }
      const pinned = pinStars(expression)
      for (const path of paths) t.is(pinned.test(path), expression.test(path), `${parts.join('')} ${path}`)
    }),
    { numRuns: 2000 },
  )
})

test('what a star stands before must be whole, and may come several times', (t) => {
  t.true(matches('*ab*c*', 'aabxc'))
  t.true(matches('*ab*ab*c', 'ababab-c'))
  t.false(matches('*ab*ab*c', 'ab-abb'))
  t.regex(pinStars(expressionOf('*a*b*')).source, /\(\?!a\)/)
})

test('twenty stars in one part are gone through', async (t) => {
  const name = 'a'.repeat(255)
  const root = fill(temporaryFolder(), {
    [`data/${name}`]: '',
    [`data/b${name.slice(1)}`]: '',
    'data/c/x': '',
  })
  const stars = '*a'.repeat(20)
  const paths = [`data/${name}`, `data/b${name.slice(1)}`, 'data/c/x']
  for (const [patterns, meant] of [
    [[`data/${stars}*b`], []],
    [[`data/b${stars}*`], [`data/b${name.slice(1)}`]],
    [[`{data/b${stars}*,data/c/*}`], [`data/b${name.slice(1)}`, 'data/c/x']],
    [['data/**', `!data/${stars}*`], ['data/c/x']],
  ] as const) {
    t.deepEqual(paths.filter(compilePathspec(patterns).matches), meant)
    t.deepEqual(await globWorkdir(root, patterns), meant)
  }
})

test('a hundred classes behind a star are gone through', (t) => {
  const filter = compilePathspec([`data/*${'f]?'.repeat(100)}`, `data/*x${'[a-c]'.repeat(100)}`])
  t.true(filter.matches(`data/-${'f]a'.repeat(100)}`))
  t.true(filter.matches(`data/-x${'b'.repeat(100)}`))
  t.false(filter.matches(`data/-${'f]'.repeat(100)}`))
})

test('a widened pattern means at least what it meant', (t) => {
  t.is(widened('data/*.csv'), 'data/*.csv')
  t.is(widened('data/x/*a*b*c*d/e'), 'data/x/**')
  t.is(widened('{a,b}/*a*b*c*d'), '**')
  t.false(hasManyStars('a/**/b/*c*d*/*e*f*'))
  t.true(hasManyStars('a/*b*c*d*'))
})
