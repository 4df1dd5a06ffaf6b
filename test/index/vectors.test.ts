// Runs spec/vectors/segments.json.
import fs from 'node:fs'
import test from 'ava'
import {
  decodeRoot,
  encodeRoot,
  encodeSegment,
  type Row,
  segmentInMemory,
  type SegmentRef,
  verifySegment,
} from '../../src/index/index.js'
import { plainRows } from './builders.js'

type PlainRow = Omit<Row, 'id' | 'bases'> & { id: string; bases: string[] }

interface Vectors {
  segments: { name: string; rows: PlainRow[]; segment: string }[]
  absent: string[]
  damagedSegments: { name: string; segment: string; error: string }[]
  roots: { generation: number; segments: SegmentRef[]; root: string }[]
  damagedRoots: { name: string; root: string; error: string }[]
}

const vectors = JSON.parse(fs.readFileSync('spec/vectors/segments.json', 'utf8')) as Vectors
const bytesOf = (hex: string) => Buffer.from(hex, 'hex')
const rowOf = (row: PlainRow): Row => ({ ...row, id: bytesOf(row.id), bases: row.bases.map(bytesOf) })

for (const { name, rows: plain, segment } of vectors.segments) {
  test(`segment: ${name}`, async (t) => {
    const rows = plain.map(rowOf)
    const bytes = bytesOf(segment)
    verifySegment(bytes)
    t.is(encodeSegment(rows).toString('hex'), segment)
    const reader = segmentInMemory(bytes)
    const all: Row[] = []
    for await (const batch of reader.rows()) all.push(...batch)
    t.deepEqual(plainRows(all), plainRows(rows))
    for (const row of rows) {
      const copies = rows.filter((other) => Buffer.compare(other.id, row.id) === 0)
      t.deepEqual(plainRows(await reader.lookup(row.id)), plainRows(copies))
    }
    for (const id of vectors.absent) t.deepEqual(await reader.lookup(bytesOf(id)), [])
  })
}

for (const { name, segment, error } of vectors.damagedSegments) {
  test(`damaged segment: ${name}`, (t) => {
    t.throws(() => verifySegment(bytesOf(segment)), { code: error })
  })
}

for (const { generation, segments, root } of vectors.roots) {
  test(`root: generation ${generation}`, (t) => {
    const bytes = Buffer.from(root, 'latin1')
    t.deepEqual(decodeRoot(bytes), { generation, segments })
    t.deepEqual(encodeRoot({ generation, segments }), bytes)
  })
}

for (const { name, root, error } of vectors.damagedRoots) {
  test(`damaged root: ${name}`, (t) => {
    t.throws(() => decodeRoot(Buffer.from(root, 'latin1')), { code: error })
  })
}
