import fs from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import { eachWord, WORD_BYTES_MAX, wordsOf } from '../../src/search/words.js'
import { referenceWords } from './reference.js'

interface Vectors {
  words: { text: string; words: [word: string, position: number][] }[]
}

const vectors = JSON.parse(fs.readFileSync('spec/vectors/search.json', 'utf8')) as Vectors

function found(text: string | Uint8Array): [string, number][] {
  const words: [string, number][] = []
  eachWord(text, 0, (bytes, start, end, at) =>
    words.push([Buffer.from(bytes.subarray(start, end)).toString('utf8'), at]),
  )
  return words
}

for (const { text, words } of vectors.words)
  test(`the words of ${JSON.stringify(text.slice(0, 40))} are those of the vector`, (t) =>
    t.deepEqual(found(text), words))

const ascii = fc.string({ unit: fc.constantFrom(...'abzAZ09_-. ,\n"'), maxLength: 90 })

test('words of ASCII, taken from bytes, are those that the rules for all text give', (t) => {
  fc.assert(fc.property(ascii, (text) => t.deepEqual(found(Buffer.from(text)), referenceWords(text))))
})

test('words of any text are those of the reference', (t) => {
  const unit = fc.oneof(
    fc.constantFrom(...'aZ9_ ', 'é', 'ﬁ', '顕', 'か', 'ß', 'Ж', 'ж', '𝔸', '\u0301'),
    fc.string({ maxLength: 1 }),
  )
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 40 }), (text) => t.deepEqual(found(text), referenceWords(text))),
  )
})

test('a word is cut between characters', (t) => {
  const [[word]] = found(`x${'é'.repeat(50)}`) as [[string, number]]
  t.is(Buffer.byteLength(word), WORD_BYTES_MAX - 1)
  t.false(word.includes('\ufffd'))
})

test('what a user types in camel case is looked for as its parts, one behind the other', (t) => {
  t.deepEqual(wordsOf('trainLoss'), ['train', 'loss'])
  t.deepEqual(wordsOf('train_loss'), ['train', 'loss'])
  t.deepEqual(wordsOf('HTTPServer2'), ['http', 'server2'])
})
