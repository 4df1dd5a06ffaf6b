import test from 'ava'
import fc from 'fast-check'
import { alignLines, decodeText, isText, splitLines, type TextDiff, textHunks } from '../../src/diff/index.js'

const lines = fc.array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n', 'd\r\n', 'e\n'), { maxLength: 20 })
const text = fc.tuple(lines, fc.constantFrom('', 'x', 'é')).map(([all, last]) => all.join('') + last)

/** Applies hunks to a text, checking that what they say was there was there. */
function patch(t: { is(a: unknown, b: unknown): unknown }, before: string, { hunks }: TextDiff): string {
  const old = splitLines(before)
  const result: string[] = []
  let at = 0
  for (const hunk of hunks) {
    const start = hunk.beforeLines === 0 ? hunk.beforeStart : hunk.beforeStart - 1
    result.push(...old.slice(at, start))
    t.is(result.length, hunk.afterLines === 0 ? hunk.afterStart : hunk.afterStart - 1)
    at = start
    for (const line of hunk.lines) {
      const whole = line.text + (line.noNewline ? '' : '\n')
      if (line.kind !== 'added') t.is(old[at++], whole)
      if (line.kind !== 'removed') result.push(whole)
    }
    t.is(at - start, hunk.beforeLines)
  }
  return [...result, ...old.slice(at)].join('')
}

test('hunks applied to the old text give the new one, whatever the context', (t) => {
  fc.assert(
    fc.property(text, text, fc.nat(4), (before, after, context) => {
      t.is(patch(t, before, textHunks(before, after, { context })), after)
    }),
    { numRuns: 1000 },
  )
})

test('lines between two runs are equal, and equal texts have no run', (t) => {
  fc.assert(
    fc.property(lines, lines, (a, b) => {
      let [i, j] = [0, 0]
      for (const run of alignLines(a, b)) {
        t.deepEqual(a.slice(i, run.aStart), b.slice(j, run.bStart))
        t.true(run.aLength + run.bLength > 0)
        ;[i, j] = [run.aStart + run.aLength, run.bStart + run.bLength]
      }
      t.deepEqual(a.slice(i), b.slice(j))
      t.deepEqual(alignLines(a, a), [])
    }),
    { numRuns: 500 },
  )
})

test('a table with edits all over is aligned edit by edit', (t) => {
  const before = Array.from({ length: 20_000 }, (_, at) => `${at},x\n`)
  const after = before.map((line, at) => (at % 4 === 1 ? `changed,${at}\n` : line))
  t.is(alignLines(before, after).length, 5000)
})

test('two long texts without a unique line in common still get an answer', (t) => {
  const before = Array.from({ length: 30_000 }, (_, at) => `${at % 7}\n`)
  const after = Array.from({ length: 30_000 }, (_, at) => `${(at * 5) % 11}\n`)
  const runs = alignLines(before, after)
  const kept = before.length - runs.reduce((sum, run) => sum + run.aLength, 0)
  t.is(kept, after.length - runs.reduce((sum, run) => sum + run.bLength, 0))
})

test('a hunk has its line numbers and context; distant changes have hunks of their own', (t) => {
  const before = Array.from({ length: 20 }, (_, at) => `${at + 1}\n`)
  const after = before.with(4, 'five\n').toSpliced(18, 1)
  const diff = textHunks(before.join(''), after.join(''), { context: 1 })
  t.deepEqual([diff.addedLines, diff.removedLines], [1, 2])
  t.deepEqual(diff.hunks, [
    {
      beforeStart: 4,
      beforeLines: 3,
      afterStart: 4,
      afterLines: 3,
      lines: [
        { kind: 'context', text: '4' },
        { kind: 'removed', text: '5' },
        { kind: 'added', text: 'five' },
        { kind: 'context', text: '6' },
      ],
    },
    {
      beforeStart: 18,
      beforeLines: 3,
      afterStart: 18,
      afterLines: 2,
      lines: [
        { kind: 'context', text: '18' },
        { kind: 'removed', text: '19' },
        { kind: 'context', text: '20' },
      ],
    },
  ])
})

test('a missing line feed at the end is a difference, and is said', (t) => {
  const [hunk] = textHunks('a\nb', 'a\nb\n', { context: 0 }).hunks
  t.deepEqual(hunk!.lines, [
    { kind: 'removed', text: 'b', noNewline: true },
    { kind: 'added', text: 'b' },
  ])
})

test('a new text is one hunk that begins at line 0 of the old side', (t) => {
  t.like(textHunks('', 'a\n').hunks[0], { beforeStart: 0, beforeLines: 0, afterStart: 1, afterLines: 1 })
})

test('isText() takes UTF-8 without NUL, also when the probe cuts a character', (t) => {
  t.true(isText(Buffer.from('')))
  t.true(isText(Buffer.from(`${'x'.repeat(8191)}é${'x'.repeat(10)}`)))
  t.true(isText(Buffer.from(`${'x'.repeat(8189)}😀${'x'.repeat(10)}`)))
  t.false(isText(Buffer.from('a\0b')))
  t.false(isText(Buffer.from([0x61, 0xff, 0x62])))
  t.false(isText(Buffer.from([0x61, 0xc3])))
})

test('decodeText() keeps every byte of a text, and gives nothing for what is none', (t) => {
  const marked = '\ufeffa\r\nb'
  t.is(decodeText(Buffer.from(marked)), marked)
  t.is(decodeText(Buffer.concat([Buffer.alloc(9000, 'x'), Buffer.from([0xff])])), undefined)
  t.is(decodeText(Buffer.alloc(8 * 1024 * 1024 + 1, 'x')), undefined)
})
