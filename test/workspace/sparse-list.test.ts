import test from 'ava'
import fc from 'fast-check'
import {
  addToSparse,
  compilePathspec,
  compileSparse,
  leaveOut,
  NOTHING_HERE,
  orderedSparse,
} from '../../src/workspace/index.js'

const PATHS = ['a/x', 'a/y', 'b/x', 'c']

function isIn(list: readonly string[] | undefined, path: string): boolean {
  return !list || compileSparse(list).matches(path)
}

function takes(list: readonly string[] | undefined): string {
  return PATHS.filter((path) => isIn(list, path)).join(' ')
}

test('a list is read from its beginning: what comes later counts', (t) => {
  t.is(takes(NOTHING_HERE), '')
  t.is(takes(['a']), 'a/x a/y')
  t.is(takes(['a', '!a/y']), 'a/x')
  t.is(takes(['!a']), 'b/x c')
  t.is(takes(['!a', 'a/y']), 'a/y b/x c')
  t.is(takes(['a', '!a/y', '**/y']), 'a/x a/y')
  t.is(takes(['!**', 'b', '!b/x', 'c']), 'c')
})

test('typed in any order, what is left out is left out', (t) => {
  t.deepEqual(orderedSparse(['!a/y', 'a']), ['a', '!a/y'])
})

test('adding takes in, leaving out takes away, and the one undoes the other', (t) => {
  t.is(takes(addToSparse(NOTHING_HERE, ['a'])), 'a/x a/y')
  t.is(takes(addToSparse(['a'], ['c'])), 'a/x a/y c')
  t.is(takes(leaveOut(undefined, ['a'])), 'b/x c')
  t.is(takes(leaveOut(['a', 'c'], ['a/y'])), 'a/x c')
  t.is(addToSparse(['!a'], ['a']), undefined)
  t.is(takes(addToSparse(['!a', '!c'], ['a'])), 'a/x a/y b/x')
  t.is(takes(addToSparse(['a', '!a/y'], ['a/y'])), 'a/x a/y')
  t.is(takes(leaveOut(addToSparse(['!a'], ['a/x']), ['a/x'])), 'b/x c')
})

test('the ignore file at the top is there whatever a list says', (t) => {
  t.true(compileSparse(NOTHING_HERE).matches('.dvignore'))
  t.false(compileSparse(NOTHING_HERE).matches('a/.dvignore'))
})

test('the one undoes the other also in the list of a lazy clone', (t) => {
  t.deepEqual(leaveOut(NOTHING_HERE, ['a']), NOTHING_HERE)
  t.is(takes(addToSparse(leaveOut(NOTHING_HERE, ['a']), ['a'])), 'a/x a/y')
  t.deepEqual(leaveOut(['a'], ['a']), NOTHING_HERE)
  t.is(takes(addToSparse(leaveOut(['a'], ['a']), ['a'])), 'a/x a/y')
})

const somePatterns = (sign: fc.Arbitrary<string>) =>
  fc.array(
    fc.tuple(sign, fc.constantFrom('a', 'a/x', '**/x', '**', 'c', 'none')).map(([not, path]) => not + path),
    { maxLength: 4 },
  )

test('whatever the list, adding takes in just that, leaving out takes away just that', (t) => {
  const step = fc.tuple(fc.boolean(), somePatterns(fc.constant('')))
  fc.assert(
    fc.property(somePatterns(fc.constantFrom('', '!')), fc.array(step, { maxLength: 6 }), (begin, steps) => {
      let list: readonly string[] | undefined = begin
      for (const [isAdded, patterns] of steps) {
        if (patterns.length === 0) continue
        const meant = (path: string) => compilePathspec(patterns).matches(path)
        const before = list
        if (!isAdded) list = leaveOut(list, patterns)
        else if (list) list = addToSparse(list, patterns)
        for (const path of PATHS) {
          const expected = isAdded ? isIn(before, path) || meant(path) : isIn(before, path) && !meant(path)
          t.is(isIn(list, path), expected, `${path}: ${before} ${isAdded ? '+' : '-'} ${patterns}`)
        }
      }
    }),
  )
})
