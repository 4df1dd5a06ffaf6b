import { hashChunk, type Id, toHex } from '../../src/hash/index.js'
import { encodeSegment, type Row, type SegmentRef } from '../../src/index/index.js'
import { newPackName } from '../../src/pack/index.js'
import type { Storage } from '../../src/storage/index.js'

/** The id that test data number `i` has. */
export function idNumber(i: number): Id {
  return hashChunk(Buffer.from(`item ${i}`))
}

/** A row of item `i`, different in every field from its neighbours'. */
export function rowNumber(i: number, pack = '0'.repeat(32)): Row {
  return {
    id: idNumber(i),
    pack,
    blockOffset: 16 + Math.floor(i / 7) * 1000,
    blockLength: 900 + (Math.floor(i / 7) % 100),
    offset: (i % 7) * 300,
    length: 250 + (i % 50),
    bases: i % 5 === 4 ? [idNumber(i + 1_000_000), idNumber(i + 2_000_000)].slice(0, 1 + (i % 2)) : [],
  }
}

export function rowsOf(from: number, to: number, pack?: string): Row[] {
  return Array.from({ length: to - from }, (_, i) => rowNumber(from + i, pack))
}

/** A row as plain data, to compare and to sort. */
export function plain(row: Row): string {
  const { id, pack, blockOffset, blockLength, offset, length, bases } = row
  return [toHex(id), pack, blockOffset, blockLength, offset, length, ...bases.map(toHex)].join(' ')
}

export function plainRows(rows: readonly Row[]): string[] {
  return rows.map(plain).sort()
}

/** Puts a segment by itself into a storage. */
export async function putSegment(storage: Storage, rows: readonly Row[]): Promise<SegmentRef> {
  const bytes = encodeSegment(rows)
  const key = `segments/${newPackName()}`
  await storage.put(key, bytes)
  return { key, offset: 0, length: bytes.length, rows: rows.length }
}

/** Replaces an immutable object by damaged bytes, as only a bad disk does. */
export async function overwrite(storage: Storage, key: string, bytes: Uint8Array): Promise<void> {
  await storage.delete(key)
  await storage.put(key, bytes)
}
