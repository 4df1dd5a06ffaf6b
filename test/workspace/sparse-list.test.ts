import test from 'ava'
import {
  addToSparse,
  compileSparse,
  leaveOut,
  NOTHING_HERE,
  orderedSparse,
} from '../../src/workspace/index.js'

function takes(list: readonly string[] | undefined): string {
  const paths = ['a/x', 'a/y', 'b/x', 'c']
  return paths.filter((path) => !list || compileSparse(list).matches(path)).join(' ')
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
