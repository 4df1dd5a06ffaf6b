// Tables that are none, as a user meets them: each failure has its code and its place, and changes nothing.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import type { DvError } from '../../src/base/index.js'
import { collect, testRepository } from '../helpers/repository.js'

const SOUND = 'id,v\n1,a\n2,b\n'

interface Case {
  what: string
  file?: string
  bytes: string | Buffer
  key?: string
  code: DvError['code']
  data: Record<string, unknown>
}

const CASES: Case[] = [
  {
    ...{ what: 'duplicate keys', bytes: 'id,v\n1,a\n2,b\n1,c\n', key: 'id' },
    ...{ code: 'DV_BAD_KEY', data: { row: 1, other: 3 } },
  },
  {
    ...{ what: 'a row without a key', bytes: 'id,v\n1,a\n,b\n', key: 'id' },
    ...{ code: 'DV_BAD_KEY', data: { row: 2 } },
  },
  {
    ...{ what: 'a key that is not there', bytes: 'id,v\n1,a\n', key: 'idd' },
    ...{ code: 'DV_UNKNOWN_COLUMN', data: { column: 'idd', nearest: ['id'] } },
  },
  {
    ...{ what: 'a row with too few cells', bytes: 'id,v\n1,a\n2\n' },
    ...{ code: 'DV_BAD_TABLE', data: { line: 3, column: 2, found: 1, wanted: 2 } },
  },
  {
    ...{ what: 'a row with too many', bytes: 'id,v\n1,a,b\n' },
    ...{ code: 'DV_BAD_TABLE', data: { line: 2, column: 5, found: 3, wanted: 2 } },
  },
  {
    ...{ what: 'another encoding', bytes: Buffer.from('id,v\n1,caf\xe9\n', 'latin1') },
    ...{ code: 'DV_BAD_ENCODING', data: { line: 2, column: 6 } },
  },
  {
    ...{ what: 'JSON of mixed types', file: 't.json', bytes: '[{"id": 1}, 5]' },
    ...{ code: 'DV_BAD_TABLE', data: { line: 1, column: 13 } },
  },
  {
    ...{ what: 'JSON that ends early', file: 't.json', bytes: '[{"id": 1},\n{"id": ' },
    ...{ code: 'DV_BAD_TABLE', data: { line: 2, column: 8 } },
  },
]

test('what is wrong with a table is told with its own code and place, and changes nothing', async (t) => {
  const json = '[{"id": 1}, {"id": 2}]'
  const made = await testRepository(t, { 't.csv': SOUND, 't.json': json })
  const { repository, root } = made
  const seen = () => [fs.readdirSync(root).sort(), fs.readdirSync(path.join(root, '.dv/tmp'))]
  for (const { what, file = 't.csv', bytes, key, code, data } of CASES) {
    made.write({ 't.csv': SOUND, 't.json': json, [file]: bytes })
    const before = seen()
    const options = { mergeBase: false, content: false, context: 3, paths: [file] }
    const rows = { summary: false, required: true, ...(key !== undefined && { key: [key] }) }
    const error = await t.throwsAsync(collect(repository.diff({ ...options, rows })), undefined, what)
    t.is((error as DvError).code, code, what)
    t.like((error as DvError).data, data, what)
    const output = { ...options, rows, format: 'parquet' as const, file: 'out.parquet' }
    await t.throwsAsync(repository.diffTableToFile(output), { code } as object, what)
    t.deepEqual(seen(), before, what)
  }
})

test('values of mixed types are compared, and differ by what they are', async (t) => {
  const made = await testRepository(t, { 't.json': '[{"id": 1, "v": "1"}, {"id": "x", "v": true}]' })
  made.write({ 't.json': '[{"id": 1, "v": 1}, {"id": "x", "v": true}]' })
  const rows = { summary: true, required: true }
  const options = { mergeBase: false, content: false, context: 3, paths: ['t.json'], rows }
  const records = await collect(made.repository.diff(options))
  t.like(
    records.find(({ type }) => type === 'rows'),
    { changed: 1, unchanged: 1 },
  )
})
