// dv diff of pictures and notebooks, as a user would ask for it.
import fs from 'node:fs'
import test from 'ava'
import type { DiffOptions, DiffRecord } from '../../src/api/index.js'
import { collect, testRepository, type TestRepository } from '../helpers/repository.js'
import { writeNpy, writePng } from '../images/write.js'

const DIFF: DiffOptions = {
  ...{ mergeBase: false, paths: [], content: true, context: 3 },
  rows: { summary: false, required: false },
}

async function diff(
  { repository }: TestRepository,
  options: Partial<DiffOptions> = {},
): Promise<DiffRecord[]> {
  return collect(repository.diff({ ...DIFF, ...options }))
}

const fixture = (name: string) => fs.readFileSync(`test/fixtures/images/${name}`)

function gray(fill: number, changed = 0): Buffer {
  return writePng({
    width: 4,
    height: 2,
    channels: 1,
    bytes: new Uint8Array(8).fill(fill).fill(fill + 3, 0, changed),
  })
}

const SHAPE = { format: 'png', shape: [2, 4], axes: 'YX', type: 'uint8', planes: 1 }

test('a picture is compared with the working directory, pixel by pixel', async (t) => {
  const made = await testRepository(t, { 'a.png': gray(7) })
  made.write({ 'a.png': gray(7, 2) })
  const size = (bytes: Buffer) => bytes.length
  const records = await diff(made, { paths: ['a.png'] })
  t.deepEqual(records.slice(1, -1), [
    {
      ...{ type: 'change', status: 'modified', path: 'a.png', kind: 'file' },
      ...{ before: size(gray(7)), after: size(gray(7, 2)) },
    },
    { type: 'image', path: 'a.png', before: SHAPE, after: SHAPE, compared: true } as DiffRecord,
    { type: 'plane', plane: '', pixels: 8, unit: 'pixel', changed: 2, largest: 3 },
    {
      ...{ type: 'pixels', planes: { compared: 1, changed: 1, added: 0, removed: 0 } },
      ...{ pixels: 8, unit: 'pixel', changed: 2, largest: 3 },
    },
  ])
})

test('pictures of a folder between two commits: one that is damaged does not stop the others', async (t) => {
  const cut = fixture('filtered.png').subarray(0, 120)
  const made = await testRepository(t, {
    'p/1.png': gray(1),
    'p/2.png': fixture('filtered.png'),
    'p/3.png': gray(3),
    'p/4.png': gray(4),
  })
  made.write({ 'p/1.png': gray(2), 'p/2.png': cut, 'p/3.png': 'no picture', 'p/4.png': gray(9) })
  await made.commit('Change')
  const records = await diff(made, { from: 'HEAD~1', to: 'HEAD', paths: ['p'] })
  t.deepEqual(
    records.map(({ type }) => type).join(' '),
    'diff change image plane pixels change image unread change change image plane pixels summary',
  )
  const unread = records.find((record) => record.type === 'unread')
  t.like(unread, { path: 'p/2.png', code: 'DV_BAD_IMAGE' })
  t.regex(unread!.message, /^'HEAD:p\/2\.png' cannot be read as an image: it ends at byte 120/)
  const third = records.filter((record) => record.type === 'change')[2]!
  t.is(third.content?.type, 'bytes')
})

test('pictures that nobody named are told by their bytes', async (t) => {
  const made = await testRepository(t, { 'a.png': gray(7) })
  made.write({ 'a.png': gray(8) })
  const records = await diff(made)
  t.deepEqual(
    records.map(({ type }) => type),
    ['diff', 'change', 'summary'],
  )
  t.is(records.find((record) => record.type === 'change')?.content?.type, 'bytes')
})

test('a picture that moved and changed is compared with what it was', async (t) => {
  const values = (changed: number) => {
    const numbers = Float64Array.from({ length: 4000 }, (_, i) => (i < changed ? -1 : Math.sqrt(i)))
    return writeNpy({ description: '<f8', shape: [4, 1000], bytes: new Uint8Array(numbers.buffer) })
  }
  const made = await testRepository(t, { 'old.npy': values(0) })
  made.write({ 'old.npy': undefined, 'new.npy': values(0) })
  await made.commit('Move')
  const records = await diff(made, { from: 'HEAD~1', to: 'HEAD', paths: ['*.npy'] })
  t.deepEqual(
    records.flatMap((record) => (record.type === 'pixels' ? [record.changed, record.pixels] : [])),
    [0, 4000],
  )
})

test('sums alone, where only they are wanted', async (t) => {
  const made = await testRepository(t, { 'a.ome.tif': fixture('five.ome.tif') })
  made.write({ 'a.ome.tif': fixture('other-order.ome.tif') })
  const rows = { summary: true, required: false }
  const records = await diff(made, { paths: ['a.ome.tif'], rows })
  t.deepEqual(
    records.slice(2, -1).map(({ type }) => type),
    ['image', 'pixels'],
  )
  t.like(records.at(-2), { changed: 0, planes: { compared: 12, changed: 0, added: 0, removed: 0 } })
})

function notebook(...cells: object[]): string {
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }, undefined, 1)
}

const plot = (bytes: number) => ({
  ...{ cell_type: 'code', id: 'plot', source: ['plot(x)'], execution_count: bytes },
  outputs: [{ output_type: 'display_data', data: { 'image/png': Buffer.alloc(bytes).toString('base64') } }],
})

test('a notebook is told by its cells, named or not', async (t) => {
  const before = notebook(
    { cell_type: 'code', id: 'a', source: ['x = 1\n', 'y = 2'], outputs: [] },
    plot(900),
  )
  const after = notebook(
    { cell_type: 'code', id: 'a', source: ['x = 1\n', 'y = 3'], outputs: [] },
    plot(1200),
  )
  const made = await testRepository(t, { 'a.ipynb': before })
  made.write({ 'a.ipynb': after })
  const records = await diff(made)
  t.deepEqual(records.slice(2, -1), [
    { type: 'notebook', path: 'a.ipynb' },
    {
      ...{ type: 'cell', change: 'changed', before: 1, after: 1, kind: 'code', id: 'a' },
      source: [
        {
          ...{ beforeStart: 1, beforeLines: 2, afterStart: 1, afterLines: 2 },
          lines: [' x = 1', '-y = 2', '+y = 3'],
        },
      ],
    },
    {
      ...{ type: 'cell', change: 'changed', before: 2, after: 2, kind: 'code', id: 'plot' },
      outputs: { before: [{ kind: 'image/png', bytes: 900 }], after: [{ kind: 'image/png', bytes: 1200 }] },
    },
    { type: 'cells', added: 0, removed: 0, changed: 2, moved: 0, unchanged: 0 },
  ])
  t.is(records.find((record) => record.type === 'change')?.content, undefined)
})

test('a notebook with marks of a merge in it is text', async (t) => {
  const made = await testRepository(t, { 'a.ipynb': notebook() })
  made.write({ 'a.ipynb': '<<<<<<< ours\n{}\n' })
  const records = await diff(made)
  t.deepEqual(
    records.map(({ type }) => type),
    ['diff', 'change', 'summary'],
  )
  t.is(records.find((record) => record.type === 'change')?.content?.type, 'text')
})

test('attributes say what a file is, whatever it is called', async (t) => {
  const attributes = '*.dat driver=image\n*.png driver=binary\nold.ipynb driver=text\n'
  const before = { 'a.dat': gray(1), 'b.png': gray(1), 'old.ipynb': notebook(), 'new.ipynb': notebook() }
  const made = await testRepository(t, { '.dvattributes': attributes, ...before })
  const after = notebook({ cell_type: 'raw', source: 'x' })
  made.write({ 'a.dat': gray(2), 'b.png': gray(2), 'old.ipynb': after, 'new.ipynb': after })
  const kinds = (records: DiffRecord[]) => records.map(({ type }) => type).join(' ')
  const all = 'diff change image plane pixels change change notebook cell cells change summary'
  t.is(kinds(await diff(made, { paths: ['.'] })), all)
  t.is(kinds(await diff(made)), 'diff change change change notebook cell cells change summary')
  made.write({ '.dvattributes': '*.dat driver=picture\n' })
  const records = await diff(made, { paths: ['a.dat'] })
  t.is(records.find((record) => record.type === 'change')?.content?.type, 'bytes')
})
