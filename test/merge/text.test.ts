import test from 'ava'
import fc from 'fast-check'
import { mergeText } from '../../src/merge/index.js'

const labels = { ours: 'main', theirs: 'dev' }
const merge = (base: string, ours: string, theirs: string) => mergeText([base, ours, theirs], { labels })
const text = fc
  .array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n', 'd\r\n', 'e'), { maxLength: 8 })
  .map((lines) => lines.join(''))

test('a side that changed nothing leaves the other as it is', (t) => {
  fc.assert(
    fc.property(text, text, (base, side) => {
      t.deepEqual(merge(base, side, base), { text: side, conflicts: 0 })
      t.deepEqual(merge(base, base, side), { text: side, conflicts: 0 })
      t.deepEqual(merge(base, side, side), { text: side, conflicts: 0 })
    }),
    { numRuns: 500 },
  )
})

test('merging is the same from either side, up to the labels and their order', (t) => {
  fc.assert(
    fc.property(text, text, text, (base, ours, theirs) => {
      const [one, two] = [merge(base, ours, theirs), merge(base, theirs, ours)]
      t.is(one.conflicts, two.conflicts)
      if (one.conflicts === 0) t.is(one.text, two.text)
      const mine = mergeText([base, ours, theirs], { labels, favour: 'ours' })
      const swapped = mergeText([base, theirs, ours], { labels, favour: 'theirs' })
      t.deepEqual(mine, swapped)
      t.is(mine.conflicts, 0)
    }),
    { numRuns: 500 },
  )
})

test('edits of different places are both applied', (t) => {
  const edit = fc.record({
    remove: fc.integer({ min: 0, max: 2 }),
    add: fc.array(fc.string({ unit: fc.constantFrom(...'xyz') })),
  })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), edit), { maxLength: 5 }),
      fc.constantFrom('\n', '\r\n'),
      (edits, end) => {
        // Each edit has lines of its own, and an unchanged line lies between two.
        const [base, ours, theirs, both] = [[], [], [], []] as string[][]
        edits.forEach(([mine, { remove, add }], at) => {
          const old = Array.from({ length: remove }, (_, i) => `old ${at} ${i}`)
          const fresh = add.map((word) => `new ${at} ${word}`)
          base!.push(...old, `kept ${at}`)
          ours!.push(...(mine ? fresh : old), `kept ${at}`)
          theirs!.push(...(mine ? old : fresh), `kept ${at}`)
          both!.push(...fresh, `kept ${at}`)
        })
        const join = (lines: string[] | undefined) => lines!.map((line) => line + end).join('')
        t.deepEqual(merge(join(base), join(ours), join(theirs)), { text: join(both), conflicts: 0 })
      },
    ),
    { numRuns: 500 },
  )
})

test('a conflict carries both sides between markers, without what they share', (t) => {
  t.deepEqual(merge('1\n2\n3\n', '1\na\nx\n3\n', '1\na\ny\n3\n'), {
    text: '1\na\n<<<<<<< main\nx\n=======\ny\n>>>>>>> dev\n3\n',
    conflicts: 1,
  })
})

test('markers take the line ending of the file', (t) => {
  t.is(merge('1\r\n', 'x\r\n', 'y\r\n').text, '<<<<<<< main\r\nx\r\n=======\r\ny\r\n>>>>>>> dev\r\n')
})

test('a last line without an end is kept so, and does not swallow a marker', (t) => {
  t.deepEqual(merge('1\n2\n3', '0\n2\n3', '1\n2\n4'), { text: '0\n2\n4', conflicts: 0 })
  t.is(merge('1', 'x', 'y').text, '<<<<<<< main\nx\n=======\ny\n>>>>>>> dev\n')
})

test('changes that touch each other conflict, those with a line between do not', (t) => {
  t.is(merge('1\n2\n3\n', 'x\n2\n3\n', '1\n2\ny\n').conflicts, 0)
  t.is(merge('1\n2\n', 'x\n2\n', '1\ny\n').conflicts, 1)
})

test('a label cannot break out of its line', (t) => {
  const merged = mergeText(['1\n', '2\n', '3\n'], { labels: { ours: 'a\nb', theirs: 'c' } })
  t.true(merged.text.startsWith('<<<<<<< a b\n'))
})
