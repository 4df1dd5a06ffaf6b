import fs from 'node:fs'
import test from 'ava'
import {
  addSegments,
  changeRoot,
  chooseMerge,
  type IndexRoot,
  mergeSegments,
  openSegment,
  readRoot,
  type Row,
} from '../../src/index/index.js'
import { forward, memoryStorage } from '../../src/storage/index.js'
import { overwrite, plainRows, putSegment, rowsOf } from './builders.js'

async function allRows(storage: ReturnType<typeof memoryStorage>, ref: IndexRoot['segments'][number]) {
  const reader = await openSegment(storage, ref)
  const rows: Row[] = []
  for await (const batch of reader.rows()) rows.push(...batch)
  return { reader, rows }
}

test('a merged segment holds the rows, bases and packs of all its inputs', async (t) => {
  const storage = memoryStorage()
  // Sizes on both sides of the filter and of a fan-out, an empty one, and rows that are in two inputs.
  const inputs = [rowsOf(0, 1500, 'a'.repeat(32)), rowsOf(1500, 1501, 'b'.repeat(32)), [], rowsOf(1400, 1700)]
  const refs = []
  for (const rows of inputs) refs.push(await putSegment(storage, rows))
  const merged = await mergeSegments(storage, refs)
  t.is(merged.rows, 1801)
  const { reader, rows } = await allRows(storage, merged)
  t.deepEqual(plainRows(rows), plainRows(inputs.flat()))
  const sorted = rows.map((row) => Buffer.from(row.id))
  t.true(sorted.every((id, i) => i === 0 || Buffer.compare(sorted[i - 1]!, id) <= 0))
  for (const row of inputs.flat()) {
    const same = inputs.flat().filter((other) => Buffer.compare(other.id, row.id) === 0)
    t.deepEqual(plainRows(await reader.lookup(row.id)), plainRows(same))
  }
})

test('a merge during which the store was collected is dropped: its result may be gone', async (t) => {
  const inner = memoryStorage()
  let isCollected = false
  const storage = {
    ...forward(inner),
    async putFile(name: string, path: string) {
      await inner.putFile(name, path)
      isCollected = true
      await changeRoot(inner, (root) => ({ ...root, generation: root.generation + 1 }))
      await inner.delete(name)
    },
  }
  for (let i = 0; i < 8; i++)
    await addSegments(storage, [await putSegment(inner, rowsOf(i * 10, i * 10 + 10))])
  t.true(isCollected)
  const { root } = await readRoot(inner)
  t.is(root.segments.length, 8)
  for (const { key } of root.segments) t.truthy(await inner.size(key))
})

test('merging merged segments changes nothing either', async (t) => {
  const storage = memoryStorage()
  const parts = Array.from({ length: 6 }, (_, i) => rowsOf(i * 100, i * 100 + 90, `${i}`.repeat(32)))
  const refs = []
  for (const rows of parts) refs.push(await putSegment(storage, rows))
  const halves = [await mergeSegments(storage, refs.slice(0, 3)), await mergeSegments(storage, refs.slice(3))]
  const { rows } = await allRows(storage, await mergeSegments(storage, halves))
  t.deepEqual(plainRows(rows), plainRows(parts.flat()))
})

test('a damaged segment is not merged: its damage would get a checksum that matches', async (t) => {
  const storage = memoryStorage()
  const refs = [await putSegment(storage, rowsOf(0, 200)), await putSegment(storage, rowsOf(200, 400))]
  const bytes = Buffer.from(await storage.get(refs[1]!.key))
  bytes[bytes.length - 100]! ^= 4
  await overwrite(storage, refs[1]!.key, bytes)
  await t.throwsAsync(mergeSegments(storage, refs), { code: 'DV_CORRUPT' })
})

test('a merge that fails leaves no temporary file', async (t) => {
  const storage = memoryStorage()
  const paths: string[] = []
  const failing = {
    ...storage,
    temporaryPath: () => {
      paths.push(storage.temporaryPath())
      return paths[paths.length - 1]!
    },
    putFile: () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' })),
  }
  const refs = [await putSegment(storage, rowsOf(0, 10))]
  await t.throwsAsync(mergeSegments(failing, refs), { code: 'DV_DISK_FULL' })
  t.is(paths.length, 2, 'the copy of the segment, and the merged one')
  for (const path of paths) t.false(fs.existsSync(path))
})

test('eight segments of a tier are merged, the lowest tier first, and never too many at once', (t) => {
  const refs = (count: number, rows: number) =>
    Array.from({ length: count }, (_, i) => ({ key: `segments/${rows}-${i}`, offset: 0, length: 1, rows }))
  t.is(chooseMerge([]), undefined)
  t.is(chooseMerge([...refs(7, 10), ...refs(7, 600), ...refs(7, 5000)]), undefined)
  t.deepEqual(chooseMerge([...refs(7, 600), ...refs(8, 512)]), refs(8, 512))
  t.deepEqual(chooseMerge([...refs(9, 5000), ...refs(8, 513)]), refs(8, 513))
  t.is(chooseMerge(refs(2000, 400))!.length, 64)
  t.is(chooseMerge(refs(50, 2 ** 23)), undefined)
  const large = chooseMerge(refs(64, 2 ** 22))!
  t.is(large.length, 8)
})
