// Python's zarr, fsspec and pandas on a version that is served. .ci/readers installs them.
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { testRepository } from '../helpers/repository.js'
import { declareMissing } from '../servers/programs.js'
import { serving } from './world.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PYTHON = process.env['DV_PYTHON'] ?? path.join(ROOT, '.servers/python/bin/python')

/** 4 × 4 numbers, 0 to 15, in chunks of 2 × 2. */
const chunks = [0, 2, 8, 10].map((first) =>
  Buffer.from(Int32Array.of(first, first + 1, first + 4, first + 5).buffer),
)
const version2 = {
  'v2.zarr/.zarray': JSON.stringify({
    ...{ zarr_format: 2, shape: [4, 4], chunks: [2, 2], dtype: '<i4', compressor: null, fill_value: 0 },
    ...{ order: 'C', filters: null },
  }),
  'v2.zarr/.zattrs': '{"unit": "mm"}',
  ...Object.fromEntries(chunks.map((bytes, i) => [`v2.zarr/${i >> 1}.${i & 1}`, bytes])),
}
const version3 = {
  'v3.zarr/zarr.json': JSON.stringify({
    ...{ zarr_format: 3, node_type: 'array', shape: [4, 4], data_type: 'int32', fill_value: 0 },
    chunk_grid: { name: 'regular', configuration: { chunk_shape: [2, 2] } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    codecs: [{ name: 'bytes', configuration: { endian: 'little' } }],
    attributes: { unit: 'mm' },
  }),
  ...Object.fromEntries(chunks.map((bytes, i) => [`v3.zarr/c/${i >> 1}/${i & 1}`, bytes])),
}
const table = ['n,square', ...Array.from({ length: 1000 }, (_, n) => `${n},${n * n}`), ''].join('\n')

if (!fs.existsSync(PYTHON))
  declareMissing("Python's zarr is not here: '.ci/readers' installs it, DV_PYTHON names a Python with it")
else
  test('a Zarr, of version 2 or 3, and a table open at a tag, whatever the branch has become', async (t) => {
    const made = await testRepository(t, { ...version2, ...version3, 'table.csv': table })
    await made.repository.createTag({ name: 'v1', force: false })
    made.write({ 'v2.zarr/.zarray': 'no array', 'v3.zarr/zarr.json': undefined, 'table.csv': 'n,square\n' })
    await made.commit('Spoilt')
    const { server } = await serving(t, await made.api.publish({}))
    const { stdout } = await promisify(execFile)(PYTHON, [
      path.join(ROOT, 'test/server/readers.py'),
      `${server.url}v1`,
    ])
    const array = { shape: [4, 4], unit: 'mm', part: [6, 10] }
    t.deepEqual(JSON.parse(stdout), {
      arrays: { 'v2.zarr': array, 'v3.zarr': array },
      sum: 332833500,
      range: table.slice(2, 8),
      size: table.length,
    })
  })
