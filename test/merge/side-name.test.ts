import test from 'ava'
import fc from 'fast-check'
import { sideName } from '../../src/merge/index.js'

test('the side and its label stand before the extension', (t) => {
  t.is(sideName('d/a.csv', { side: 'ours', label: 'main' }), 'd/a.OURS-main.csv')
  t.is(sideName('a', { side: 'theirs', label: 'origin/main' }), 'a.THEIRS-origin-main')
  t.is(sideName('.env', { side: 'theirs', label: 'x' }), '.env.THEIRS-x')
  t.is(sideName('d/a.tar.gz', { side: 'ours', label: 'Größe' }), 'd/a.tar.OURS-Größe.gz')
})

test('a label without a safe character still makes a name', (t) => {
  t.is(sideName('a', { side: 'ours', label: '///' }), 'a.OURS-side')
})

test('a name in use gets a number', (t) => {
  const taken = (path: string) => path === 'a.OURS-m.x' || path === 'a.OURS-m-2.x'
  t.is(sideName('a.x', { side: 'ours', label: 'm', taken }), 'a.OURS-m-3.x')
})

test('names stay in their directory, within 255 bytes, free of what shells and file systems interpret', (t) => {
  const component = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 255 })
    .filter((name) => !name.includes('/'))
  fc.assert(
    fc.property(component, fc.string({ unit: 'grapheme' }), (name, label) => {
      const made = sideName(`d/${name}`, { side: 'ours', label })
      t.true(made.startsWith('d/'))
      t.is(made.split('/').length, 2)
      t.true(Buffer.byteLength(made.slice(2)) <= 255)
      t.regex(made, /\.OURS-[\p{L}\p{N}._-]+/u)
    }),
  )
})
