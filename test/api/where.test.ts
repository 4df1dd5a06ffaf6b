// --where on what only reads: ls, du and get.
import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import type { Reader } from '../../src/api/index.js'
import { type DvError, isDvError } from '../../src/base/index.js'
import { plates } from '../helpers/plates.js'
import { collect } from '../helpers/repository.js'

async function meant(reader: Reader, where: string, operand = 'data:'): Promise<string[]> {
  const entries = await collect(reader.ls({ operands: [operand], recursive: false, where }))
  return entries.map((entry) => entry.path)
}

const FILES_35 = ['plates/p35/A01.tif', 'plates/p35/A02.tif']

test('ls lists what an expression means, with what directories hand down', async (t) => {
  const { repository } = await plates(t)
  t.deepEqual(await meant(repository, 'plate = 35'), ['plates/p35', ...FILES_35])
  t.deepEqual(await meant(repository, "line = 'AICS-23' AND plate > 35"), [
    'plates/p36',
    'plates/p36/notes.txt',
  ])
  t.deepEqual(await meant(repository, "plate IS NULL AND kind = 'file'"), ['README.md', 'labels.csv'])
  t.deepEqual(await meant(repository, "note LIKE 'nn%'"), ['plates/p36/notes.txt'])
  t.deepEqual(await meant(repository, "'ctrl' IN tags OR extension = 'md'"), [
    'README.md',
    'plates/p35/A01.tif',
  ])
})

test('paths, patterns and expressions narrow each other, and directories above still hand down', async (t) => {
  const { repository } = await plates(t)
  t.deepEqual(await meant(repository, "line = 'AICS-23'", 'data:plates/p35'), ['plates/p35', ...FILES_35])
  t.deepEqual(await meant(repository, 'plate = 36', 'data:**/*.tif'), ['plates/p36/A01.tif'])
  t.deepEqual(await meant(repository, "plate = 35 AND path LIKE 'plates/p35/A0%'"), FILES_35)
  t.deepEqual(await meant(repository, "line = 'AICS-23' AND path = 'plates/p35/A02.tif'"), [FILES_35[1]!])
  t.deepEqual(await meant(repository, "path LIKE 'plates/p36%'", 'data:plates/p35'), [])
  t.deepEqual(await meant(repository, 'plate = 35', 'data:plates/p35/A01.tif'), [FILES_35[0]!])
})

test('a key that nothing has is an error with the nearest names, one that is only elsewhere is not', async (t) => {
  const { repository } = await plates(t)
  const error = await t.throwsAsync(meant(repository, 'plte = 35'), { code: 'DV_UNKNOWN_COLUMN' } as object)
  t.is(error.message, "No entry has the metadata 'plte' (9 were looked at)")
  t.is((error as DvError).hint, "did you mean 'plate'?")
  t.deepEqual((error as DvError).data['nearest'], ['plate'])
  t.deepEqual(await meant(repository, "reviewed AND path LIKE 'plates/p36%'"), [])
  t.deepEqual(await meant(repository, "plate = 1 OR line = 'x'"), [])
  const other = await t.throwsAsync(meant(repository, 'nme = 1', 'HEAD:'))
  t.true(isDvError(other, 'DV_UNKNOWN_COLUMN') && other.hint === "did you mean 'name'?")
  await t.throwsAsync(meant(repository, 'plate =='), { code: 'DV_BAD_EXPRESSION' } as object)
})

test('du counts what is meant, directory by directory', async (t) => {
  const { repository } = await plates(t)
  const { rows, total } = await repository.du({ operands: ['data:'], depth: 2, where: "extension = 'tif'" })
  t.deepEqual(rows, [
    { path: 'plates/p35', files: 2, bytes: 24 },
    { path: 'plates/p36', files: 1, bytes: 9 },
    { path: 'plates', files: 3, bytes: 33 },
    { path: '', files: 3, bytes: 33 },
  ])
  t.deepEqual(total, { files: 3, bytes: 33 })
  const none = await repository.du({ operands: ['data:'], depth: 1, where: 'size > 1000' })
  t.deepEqual(none.rows, [{ path: '', files: 0, bytes: 0 }])
  const below = await repository.du({ operands: ['data:plates'], depth: 1, where: 'plate = 35' })
  t.deepEqual(
    below.rows.map((row) => row.path),
    ['plates/p35', 'plates'],
  )
})

test('get writes what is meant, and nothing when the expression is wrong', async (t) => {
  const { repository, root } = await plates(t)
  const destination = path.join(root, '../out')
  const get = (where: string) => repository.get({ address: 'data:', destination, force: false, where })
  await t.throwsAsync(get('plte = 35'), { code: 'DV_UNKNOWN_COLUMN' } as object)
  await t.throwsAsync(get('plate = 99'), { code: 'DV_NO_MATCH' } as object)
  t.false(fs.existsSync(destination))
  t.deepEqual((await get("plate = 35 AND kind = 'file'")).written, { files: 2, bytes: 24 })
  t.deepEqual(fs.readdirSync(destination, { recursive: true }).sort(), ['plates', 'plates/p35', ...FILES_35])
  const { kept, written } = await get("extension = 'tif'")
  t.deepEqual([kept.files, written.files], [2, 1])
})
