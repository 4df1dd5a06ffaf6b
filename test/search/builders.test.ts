// Segments that threads make are those of one thread, whatever comes in between.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { Builders } from '../../src/search/builders.js'
import type { Document } from '../../src/search/document.js'
import { BatchWriter, readBatch } from '../../src/search/document-batch.js'
import { search, SearchFolder } from '../../src/search/index.js'
import { Segment } from '../../src/search/segment.js'
import { readRef } from '../../src/refs/index.js'
import { temporaryFolder, testRepository } from '../helpers/repository.js'

const piece = fc.record(
  {
    text: fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 20 })),
    key: fc.string({ unit: 'grapheme' }),
    keyOnly: fc.constant(true),
    joined: fc.constant(true),
  },
  { requiredKeys: ['text'] },
)
const document = fc.record(
  {
    key: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    pieces: fc.array(piece, { maxLength: 3 }),
    text: fc.string({ unit: 'grapheme', minLength: 1 }),
  },
  { requiredKeys: ['key', 'pieces'] },
)

test('documents come out of a batch as they were put in', (t) => {
  const bytesOf = (text: Uint8Array | string) => Buffer.from(text).toString('hex')
  const plain = ({ key, pieces, text }: Document) => ({
    key: bytesOf(key),
    text: text === undefined ? undefined : bytesOf(text),
    pieces: [...pieces].map((one) => ({ ...one, text: bytesOf(one.text) })),
  })
  fc.assert(
    fc.property(fc.array(document), (documents) => {
      const batch = new BatchWriter()
      for (const one of documents) batch.add(one)
      t.deepEqual([...readBatch(batch.take())].map(plain), documents.map(plain))
    }),
  )
})

function documentOf(n: number): Document {
  const key = Buffer.alloc(16, `${n * 7919}`)
  return {
    key,
    pieces: [{ text: `cell ${n % 10} plate${n}` }, { text: `${n % 3}`, key: 'plate' }],
    text: `dir/${n}`,
  }
}

test('a segment by a thread has the bytes of one made here, and documents that follow go into the next', async (t) => {
  const folder = temporaryFolder(t)
  const here = new Builders()
  const threads = new Builders({ batch: 300, words: 100 })
  t.teardown(() => threads.close())
  const made: Promise<void>[] = []
  for (let segment = 0; segment < 5; segment++) {
    for (let n = 0; n < 40; n++) {
      await here.add(documentOf(segment * 40 + n))
      await threads.add(documentOf(segment * 40 + n))
    }
    await here.end(path.join(folder, `here-${segment}`))
    made.push(threads.end(path.join(folder, `thread-${segment}`)))
  }
  await Promise.all(made)
  for (let segment = 0; segment < 5; segment++) {
    const bytes = fs.readFileSync(path.join(folder, `thread-${segment}`))
    t.deepEqual(bytes, fs.readFileSync(path.join(folder, `here-${segment}`)))
    const read = new Segment(path.join(folder, `thread-${segment}`))
    t.is(read.docs, 40)
    t.is(read.text(3), `dir/${segment * 40 + 3}`)
    read.close()
  }
})

test('what a thread cannot write is a failure of whoever waits for it', async (t) => {
  const folder = temporaryFolder(t)
  const builders = new Builders({ batch: 1, words: 100 })
  t.teardown(() => builders.close())
  await builders.add(documentOf(1))
  await t.throwsAsync(builders.end(path.join(folder, 'missing/segment')), { code: 'DV_NOT_FOUND' })
})

test('many segments by threads, of several searches at once, give the answer of one', async (t) => {
  const files = Array.from({ length: 120 }, (_, n) => [
    `d${n % 7}/cell${n}.txt`,
    `cell ${n} of ${n % 5}\n`.repeat(n % 4),
  ])
  const made = await testRepository(t, Object.fromEntries(files))
  const { store, storage } = await made.internals()
  const { target: commit } = (await readRef(storage, 'refs/heads/main'))!.value
  const folder = new SearchFolder(path.join(temporaryFolder(t), 'index'))
  const work = { store, commit, folder, purged: '', seen: '', limit: 1000 }
  const limits = { batch: 500, words: 100 }
  const questions = ['cell', 'cell -3', '"of 2"', 'cell1*', 'extension:txt']
  const first = await Promise.all(questions.map((question) => search({ ...work, question, limits })))
  for (const [i, question] of questions.entries()) {
    const wanted = await made.repository.search({ question, limit: 1000 })
    t.true(wanted.total > 0)
    t.deepEqual(first[i], wanted)
    t.deepEqual(await search({ ...work, question }), wanted)
  }
})
