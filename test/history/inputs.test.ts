import fs from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { type Input, INPUTS_KEY, inputsIn, inputTexts } from '../../src/history/index.js'
import type { Metadata, MetadataScalar } from '../../src/objects/index.js'

interface Vectors {
  inputs: { text: string; read: Input[] }[]
}

const { inputs } = JSON.parse(fs.readFileSync('spec/vectors/lock.json', 'utf8')) as Vectors

function metadataOf(values: readonly MetadataScalar[]): Metadata {
  return new Map([[INPUTS_KEY, { type: 'list' as const, value: [...values] }]])
}

const strings = (texts: readonly string[]) =>
  metadataOf(texts.map((value) => ({ type: 'string' as const, value })))

test('each text of the vectors says what they say, and what is none is passed over', (t) => {
  t.true(inputs.length > 5)
  for (const { text, read } of inputs) t.deepEqual(inputsIn(strings([text])), read, text)
  t.deepEqual(
    inputsIn(strings(inputs.map(({ text }) => text))),
    inputs.flatMap(({ read }) => read),
  )
})

test('what is written is read again', (t) => {
  const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`))
  const input = fc.record(
    {
      ...{ url: fc.string(), commit: digits(64), store: digits(32), id: digits(64) },
      ...{ revision: fc.string(), path: fc.string(), where: fc.string() },
    },
    { requiredKeys: ['url', 'commit'] },
  )
  fc.assert(
    fc.property(fc.array(input, { maxLength: 5 }), (all) =>
      t.deepEqual(inputsIn(strings(inputTexts(all))), all),
    ),
  )
})

test('other metadata of that name is none', (t) => {
  t.deepEqual(inputsIn(new Map()), [])
  t.deepEqual(inputsIn(new Map([[INPUTS_KEY, { type: 'string', value: inputs[0]!.text }]])), [])
  t.deepEqual(
    inputsIn(
      metadataOf([
        { type: 'boolean', value: true },
        { type: 'int64', value: 1n },
      ]),
    ),
    [],
  )
})
