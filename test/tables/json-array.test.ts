// What is wrong with an array of objects is said of its line and column.
import test from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import { checkJsonArray } from '../../src/tables/json-array.js'
import { compared } from './helpers.js'

/** Undefined where nothing is wrong; in pieces, as files are read. */
async function faultIn(text: string, piece = 3): Promise<string | undefined> {
  const bytes = Buffer.from(text)
  async function* read() {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
  }
  try {
    await checkJsonArray({ path: 't.json', read })
    return undefined
  } catch (error) {
    if (isDvError(error, 'DV_BAD_TABLE')) return error.message
    throw error
  }
}

test('the first character that does not belong is named', async (t) => {
  const cases: [string, string][] = [
    [
      '[{"a": 1}\n {"a": 2}]',
      "Line 2, column 2 of 't.json': ',' or the end of what is open was wanted, where '{' stands",
    ],
    ['[{"a": 1},\n]', "Line 2, column 1 of 't.json': a value was wanted, where ']' stands"],
    ['[{"é": 01}]', "Line 1, column 8 of 't.json': '01' is no value of JSON"],
    ['[{"a": True}]', "Line 1, column 8 of 't.json': 'True' is no value of JSON"],
    ["[{'a': 1}]", "Line 1, column 3 of 't.json': a name in quotes or '}' was wanted, where ''' stands"],
    ['[{"a" 1}]', "Line 1, column 7 of 't.json': ':' was wanted, where '1' stands"],
    [
      '[{"a": "x\n"}]',
      "Line 1, column 10 of 't.json': a string goes over the end of a line, or has a control character",
    ],
    ['[{"a": "\\x"}]', "Line 1, column 10 of 't.json': a string has no '\\x'"],
    ['[{"a": "\\u12g4"}]', "Line 1, column 13 of 't.json': four digits were wanted behind \\u"],
    [
      '[{"a": [1}]',
      "Line 1, column 10 of 't.json': ',' or the end of what is open was wanted, where '}' stands",
    ],
    ['[{"a": 1}, 5]', "Line 1, column 12 of 't.json': an object was wanted"],
    [
      '[{"a": 1}',
      "Line 1, column 10 of 't.json': the text ends, where ',' or the end of what is open was wanted",
    ],
    ['[{"a": "x', "Line 1, column 10 of 't.json': the text ends within a string"],
    ['[{"a": 1}] x', "Line 1, column 12 of 't.json': nothing more was wanted, where 'x' stands"],
  ]
  for (const [text, wanted] of cases) t.is(await faultIn(text), wanted)
})

test('an array of objects is one for this reading as for JSON.parse, whatever is in it, or left out of it', async (t) => {
  const records = fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()))
  await fc.assert(
    fc.asyncProperty(records, fc.nat(), fc.nat(), async (list, at, piece) => {
      const text = JSON.stringify(list, undefined, at % 3)
      t.is(await faultIn(text, 1 + (piece % 9)), undefined)
      const cut = at % text.length
      const damaged = text.slice(0, cut) + text.slice(cut + 1)
      t.is((await faultIn(damaged)) === undefined, isArrayOfObjects(damaged), damaged)
    }),
    { numRuns: 300 },
  )
})

function isArrayOfObjects(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return (
      Array.isArray(value) &&
      value.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one))
    )
  } catch {
    return false
  }
}

test('a comparison names the place in the version that is damaged', async (t) => {
  const sound = '[\n{"id": 1, "v": "a"},\n{"id": 2, "v": "b"}\n]\n'
  const error = await t.throwsAsync(
    compared(t, { name: 't.json', before: sound, after: sound.replace('"b"', 'b') }),
  )
  t.true(isDvError(error, 'DV_BAD_TABLE'), String(error))
  t.is(error.message, "Line 3, column 16 of 't.json': 'b' is no value of JSON")
})
