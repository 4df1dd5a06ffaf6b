import test from 'ava'
import fc from 'fast-check'
import { comparePaths } from '../../src/base/index.js'
import { boundsOf, entryRow, isTrue, metadataKeys, parseExpression } from '../../src/expression/index.js'
import type { Entry, MetadataValue } from '../../src/objects/index.js'

const directory: Entry = { kind: 'directory' }

function means(where: string, path: string, metadata: [string, MetadataValue][] = []): boolean {
  return isTrue(parseExpression(where), entryRow(path, directory, new Map(metadata)))
}

test('a place that is wrong is shown, and words that were mistyped are guessed', (t) => {
  const shown = t.throws(() => parseExpression('size > 1 AND plate = = 5'))
  t.is(
    shown.message,
    "The expression is wrong at character 22: '=' stands where a column, a value or NOT was wanted",
  )
  t.is((shown as unknown as { hint: string }).hint, 'size > 1 AND plate =  >>> = 5')
  const guessed = t.throws(() => parseExpression("path LKIE 'x'")) as unknown as { hint: string }
  t.is(guessed.hint, 'did you mean LIKE?')
})

test('the keys that an expression names are told once each, columns not', (t) => {
  t.deepEqual(metadataKeys(parseExpression("size > 1 AND (a = 1 OR 'x' IN b) AND NOT a IN (c, meta.size)")), [
    ...['a', 'b', 'c', 'size'],
  ])
})

test('numbers compare by value whatever their types, NaN is above all', (t) => {
  const number = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ type: 'int64' as const, value })),
    fc.double().map((value) => ({ type: 'float64' as const, value })),
    fc.integer().map((value) => ({ type: 'float64' as const, value })),
    fc.integer().map((value) => ({ type: 'int64' as const, value: BigInt(value) })),
  )
  fc.assert(
    fc.property(number, number, (a, b) => {
      const row: [string, MetadataValue][] = [
        ['a', a],
        ['b', b],
      ]
      const answers = ['a < b', 'a = b', 'a > b'].map((where) => means(where, 'x', row))
      t.is(answers.filter(Boolean).length, 1)
      const [x, y] = [Number(a.value), Number(b.value)]
      if (x < y) t.false(answers[2])
      if (Number.isNaN(x)) t.is(answers[1], Number.isNaN(y))
    }),
  )
})

test('LIKE means what its regular expression does', (t) => {
  const letters = fc.string({ unit: fc.constantFrom(...'ab%_é😀'), maxLength: 8 })
  fc.assert(
    fc.property(letters, letters, (text, pattern) => {
      const form = [...pattern].map((c) => (c === '%' ? '[^]*' : c === '_' ? '[^]' : c)).join('')
      t.is(
        means(`a LIKE '${pattern}'`, 'x', [['a', { type: 'string', value: text }]]),
        new RegExp(`^${form}$`, 'u').test(text),
      )
    }),
  )
})

test('a pattern of many runs takes no longer for a text it almost fits', (t) => {
  const text = 'a'.repeat(20_000)
  t.false(means(`a LIKE '${'%a'.repeat(200)}b'`, 'x', [['a', { type: 'string', value: text }]]))
})

const name = fc.constantFrom('a', 'b', 'ab', 'a-', 'é')
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
const test1 = fc.oneof(
  path.map((p) => `path = '${p}'`),
  path.map((p) => `'${p}' = path`),
  fc
    .array(path, { minLength: 1, maxLength: 3 })
    .map((all) => `path IN (${all.map((p) => `'${p}'`).join(', ')})`),
  fc.tuple(path, fc.constantFrom('%', '', '_%')).map(([p, end]) => `path LIKE '${p}${end}'`),
  path.map((p) => `path ILIKE '${p}%'`),
  path.map((p) => `directory = '${p}'`),
  fc.tuple(path, fc.constantFrom('%', '')).map(([p, end]) => `directory LIKE '${p}${end}'`),
  path.map((p) => `path > '${p}'`),
  name.map((n) => `name = '${n}'`),
)
const { where } = fc.letrec<{ where: string }>((tie) => ({
  where: fc.oneof(
    { depthSize: 'small' },
    test1,
    fc.tuple(tie('where'), tie('where')).map(([a, b]) => `(${a} AND ${b})`),
    fc.tuple(tie('where'), tie('where')).map(([a, b]) => `(${a} OR ${b})`),
    tie('where').map((a) => `NOT ${a}`),
  ),
}))

test('nothing outside the bounds of an expression is meant by it; they stand in order, none within another', (t) => {
  fc.assert(
    fc.property(where, fc.array(path, { maxLength: 20 }), (text, paths) => {
      const bounds = boundsOf(parseExpression(text))
      if (!bounds) return
      const holds = (one: string) => bounds.some((b) => (b.isWhole ? one === b.text : one.startsWith(b.text)))
      for (const one of paths) if (means(text, one)) t.true(holds(one), `${text}: ${one}`)
      for (const [i, bound] of bounds.entries()) {
        if (i > 0) t.true(comparePaths(bounds[i - 1]!.text, bound.text) < 0)
        const within = bounds.filter((b) => b !== bound && !b.isWhole && bound.text.startsWith(b.text))
        t.deepEqual(within, [])
      }
    }),
  )
})

test('what an expression says of paths bounds them', (t) => {
  const bounds = (text: string) =>
    boundsOf(parseExpression(text))?.map((b) => (b.isWhole ? b.text : `${b.text}…`))
  t.deepEqual(bounds("path LIKE 'plates/p3%' AND size > 5"), ['plates/p3…'])
  t.deepEqual(bounds("directory = 'b' OR path IN ('c', 'a/x')"), ['a/x', 'b/…', 'c'])
  t.deepEqual(bounds("path LIKE 'a%' AND path LIKE 'ab%'"), ['ab…'])
  t.deepEqual(bounds("path LIKE 'a%' AND path LIKE 'b%'"), [])
  t.is(bounds("path LIKE 'a%' OR size > 5"), undefined)
  t.is(bounds("NOT path LIKE 'a%'"), undefined)
})
