// Runs spec/vectors/segments.json and collections.json.
import fs from 'node:fs'
import test from 'ava'
import {
  decodeRoot,
  decodeTombstone,
  type Doomed,
  encodeRoot,
  encodeSegment,
  encodeTombstone,
  type IndexRoot,
  type Row,
  segmentInMemory,
  verifySegment,
} from '../../src/index/index.js'
import { plainRows } from './builders.js'

type PlainRow = Omit<Row, 'id' | 'bases'> & { id: string; bases: string[] }

interface Vectors {
  segments: { name: string; rows: PlainRow[]; segment: string }[]
  absent: string[]
  damagedSegments: { name: string; segment: string; error: string }[]
  roots: (IndexRoot & { root: string })[]
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

for (const { root, ...value } of vectors.roots) {
  test(`root: generation ${value.generation}`, (t) => {
    const bytes = Buffer.from(root, 'latin1')
    t.deepEqual(decodeRoot(bytes), value)
    t.deepEqual(encodeRoot(value), bytes)
  })
}

for (const { name, root, error } of vectors.damagedRoots) {
  test(`damaged root: ${name}`, (t) => {
    t.throws(() => decodeRoot(Buffer.from(root, 'latin1')), { code: error })
  })
}

interface CollectionVectors {
  records: { objects: Doomed[]; record: string }[]
  damagedRecords: { name: string; record: string; error: string }[]
}

const collections = JSON.parse(fs.readFileSync('spec/vectors/collections.json', 'utf8')) as CollectionVectors

for (const { objects, record } of collections.records) {
  test(`record of a collection: ${objects.length} objects`, (t) => {
    const bytes = Buffer.from(record, 'latin1')
    t.deepEqual(decodeTombstone(bytes), objects)
    t.deepEqual(encodeTombstone([...objects].reverse()), bytes)
  })
}

for (const { name, record, error } of collections.damagedRecords) {
  test(`damaged record of a collection: ${name}`, (t) => {
    t.throws(() => decodeTombstone(Buffer.from(record, 'latin1')), { code: error })
  })
}
