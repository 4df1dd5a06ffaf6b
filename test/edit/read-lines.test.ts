import test from 'ava'
import fc from 'fast-check'
import { type Line, readLines } from '../../src/edit/index.js'
import { metadataFromJson } from '../../src/objects/index.js'

async function read(parts: readonly Uint8Array[]): Promise<Line[]> {
  const lines: Line[] = []
  for await (const batch of readLines(
    (async function* () {
      yield* parts
    })(),
  ))
    lines.push(...batch)
  return lines
}

test('however the bytes are cut, the lines are the same', async (t) => {
  const text = [
    '{"op":"delete","path":"a"}',
    '',
    '{"op":"put","path":"ü","data":"x\\n"}\r',
    '{"op":"delete","path":"z"}',
  ]
  const bytes = Buffer.from(text.join('\n'))
  const whole = await read([bytes])
  t.deepEqual(
    whole.map(({ line }) => line),
    [1, 3, 4],
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length)), async (cuts) => {
      const ends = [...cuts, bytes.length].sort((a, b) => a - b)
      t.deepEqual(await read(ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end))), whole)
    }),
    { numRuns: 50 },
  )
})

test('bytes that are not UTF-8 are a bad line', async (t) => {
  const error = await t.throwsAsync(read([Buffer.from('\n'), Buffer.from([0x22, 0xff, 0x22])]))
  t.regex(error!.message, /^Line 2: it is not UTF-8/)
})

test('metadata has the type its JSON says', (t) => {
  const read = metadataFromJson({
    ...{ text: 'a', yes: true, whole: 3, half: 0.5, list: [1, 'b'] },
    ...{ long: { int64: '9007199254740993' }, one: { float64: 1 }, day: { date: '2026-01-31' } },
  })
  t.deepEqual(Object.fromEntries(read), {
    text: { type: 'string', value: 'a' },
    yes: { type: 'boolean', value: true },
    whole: { type: 'int64', value: 3n },
    half: { type: 'float64', value: 0.5 },
    list: {
      type: 'list',
      value: [
        { type: 'int64', value: 1n },
        { type: 'string', value: 'b' },
      ],
    },
    long: { type: 'int64', value: 9007199254740993n },
    one: { type: 'float64', value: 1 },
    day: { type: 'date', value: Date.UTC(2026, 0, 31) },
  })
  for (const bad of [null, {}, { int64: 1 }, { int64: '9223372036854775808' }, { date: 'soon' }, [[1]]])
    t.throws(() => metadataFromJson({ bad }), { instanceOf: TypeError }, JSON.stringify(bad))
})
