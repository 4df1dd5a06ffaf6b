import fs from 'node:fs'
import { createRequire } from 'node:module'
import test from 'ava'
import fc from 'fast-check'
import type { Ignore, Options } from 'ignore'
import { attributesOf, compilePattern, parseAttributes } from '../../src/attributes/index.js'
import { isDvError } from '../../src/base/index.js'

interface Vectors {
  patterns: { pattern: string; matches: string[]; not: string[] }[]
  resolution: { files: Record<string, string>; paths: Record<string, object> }[]
  errors: { text: string; line: number; column: number }[]
}
const VECTORS = JSON.parse(fs.readFileSync('spec/vectors/attributes.json', 'utf8')) as Vectors
const ignore = createRequire(import.meta.url)('ignore') as (options: Options) => Ignore

test('patterns mean what the vectors say', (t) => {
  for (const { pattern, matches, not } of VECTORS.patterns) {
    const means = compilePattern(pattern)
    for (const path of matches) t.true(means(path), `${pattern} means ${path}`)
    for (const path of not) t.false(means(path), `${pattern} does not mean ${path}`)
  }
})

test('the last line of the nearest file decides, for each attribute by itself', async (t) => {
  for (const { files, paths } of VECTORS.resolution) {
    const rulesIn = async (directory: string) =>
      parseAttributes(Buffer.from(files[directory] ?? ''), `${directory}/.dvattributes`)
    for (const [path, wanted] of Object.entries(paths))
      t.deepEqual(await attributesOf(path, rulesIn), wanted, path)
  }
})

test('what is wrong is told with its line and column', (t) => {
  for (const { text, line, column } of VECTORS.errors) {
    const error = t.throws(() => parseAttributes(Buffer.from(text), 'd/.dvattributes'), undefined, text)
    t.true(isDvError(error, 'DV_BAD_ATTRIBUTES'))
    t.deepEqual(isDvError(error) && error.data, { path: 'd/.dvattributes', line, column }, text)
  }
  const long = t.throws(() => parseAttributes(Buffer.alloc(65_537, '#'), '.dvattributes'))
  t.true(isDvError(long, 'DV_BAD_ATTRIBUTES'))
  t.regex(t.throws(() => parseAttributes(Buffer.from('a dirver=csv'), 'f')).message, /did you mean 'driver'/)
})

test('patterns mean what the same lines of a .dvignore do', (t) => {
  // Within a name two stars are one here; what they are to .dvignore depends on what stands around.
  const part = fc
    .string({ unit: fc.constantFrom('a', 'b', '*', '?', '[ab]', '[!a]'), minLength: 1, maxLength: 4 })
    .filter((text) => !text.includes('**'))
  const pattern = fc
    .tuple(
      fc.boolean(),
      fc.array(fc.oneof(part, fc.constant('**')), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
    )
    .map(
      ([isAnchored, parts, isDirectory]) =>
        `${isAnchored ? '/' : ''}${parts.join('/')}${isDirectory ? '/' : ''}`,
    )
  const name = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 })
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'))
  fc.assert(
    fc.property(pattern, fc.array(path, { minLength: 1, maxLength: 5 }), (line, paths) => {
      const matcher = ignore({ ignoreCase: false }).add(line)
      const means = compilePattern(line)
      for (const one of paths) t.is(means(one), matcher.ignores(one), `${line} and ${one}`)
    }),
    { numRuns: 2000 },
  )
})
