import fs from 'node:fs'
import path from 'node:path'
import test from 'ava'
import {
  decodePackHeader,
  decodePackTrailer,
  encodePackHeader,
  encodePackTrailer,
  PACK_BYTES_MAX,
  PACK_HEADER_BYTES,
  PACK_TRAILER_BYTES,
  PackFile,
} from '../../src/pack/index.js'
import { temporaryFolder } from '../storage/temporary.js'
import { makeInput } from '../vectors/inputs.js'

test('a pack file holds what was appended, where append said', (t) => {
  const file = path.join(temporaryFolder(t), 'pack')
  const pack = new PackFile(file, 'data')
  const parts = [10, 300_000, 262_144, 0, 262_143, 2].map((length, i) =>
    makeInput({ kind: 'random', seed: i + 1, length }),
  )
  const places = parts.map((part) => pack.append(part))
  parts.forEach((part, i) => t.deepEqual(pack.read(places[i]!, part.length), part))
  const segment = Buffer.from('not a real segment')
  const { segmentOffset } = pack.finish(segment)
  const bytes = fs.readFileSync(file)
  t.is(decodePackHeader(bytes), 'data')
  const footer = decodePackTrailer(bytes.subarray(-PACK_TRAILER_BYTES), bytes.length)
  t.deepEqual(footer, { offset: segmentOffset, length: segment.length })
  t.deepEqual(bytes.subarray(footer.offset, footer.offset + footer.length), segment)
  parts.forEach((part, i) => t.deepEqual(bytes.subarray(places[i]!, places[i]! + part.length), part))
})

test('names of packs are 32 hex digits and never come twice', (t) => {
  const folder = temporaryFolder(t)
  const names = Array.from({ length: 50 }, (_, i) => {
    const pack = new PackFile(path.join(folder, `${i}`), 'node')
    pack.abort()
    return pack.name
  })
  t.is(new Set(names).size, 50)
  t.true(names.every((name) => /^[0-9a-f]{32}$/.test(name)))
})

test('abort removes the file, also a second time and after finish', (t) => {
  const file = path.join(temporaryFolder(t), 'pack')
  const pack = new PackFile(file, 'data')
  pack.append(Buffer.alloc(1000))
  pack.finish(Buffer.from('segment'))
  pack.abort()
  pack.abort()
  t.false(fs.existsSync(file))
})

test('a pack file that cannot be written says so by name, and stays unusable', (t) => {
  const folder = temporaryFolder(t)
  t.throws(() => new PackFile(path.join(folder, 'no', 'such', 'folder'), 'data'), { code: 'DV_NOT_FOUND' })
  const file = path.join(folder, 'taken')
  fs.writeFileSync(file, 'mine')
  t.throws(() => new PackFile(file, 'data'), { code: 'DV_IO' })
  t.is(fs.readFileSync(file, 'utf8'), 'mine')
})

test('every flipped bit of a pack header and of a trailer is refused', (t) => {
  for (const kind of ['data', 'node'] as const) {
    const header = encodePackHeader(kind)
    t.is(decodePackHeader(header), kind)
    for (let bit = 0; bit < PACK_HEADER_BYTES * 8; bit++) {
      const copy = Buffer.from(header)
      copy[bit >> 3]! ^= 1 << (bit & 7)
      // The kind is one of two: a flip of two bits changes it, one does not.
      t.throws(() => decodePackHeader(copy), { code: 'DV_CORRUPT' })
    }
  }
  const trailer = encodePackTrailer(300)
  const size = 10_000
  for (let bit = 0; bit < PACK_TRAILER_BYTES * 8; bit++) {
    const copy = Buffer.from(trailer)
    copy[bit >> 3]! ^= 1 << (bit & 7)
    if (bit >= 14) t.throws(() => decodePackTrailer(copy, size), { code: 'DV_CORRUPT' }, `bit ${bit}`)
    else t.notDeepEqual(decodePackTrailer(copy, size), decodePackTrailer(trailer, size))
  }
})

test('a trailer that names more than the pack holds is refused', (t) => {
  t.throws(() => decodePackTrailer(encodePackTrailer(1000), 1031), { code: 'DV_CORRUPT' })
  t.is(decodePackTrailer(encodePackTrailer(1000), 1032).offset, PACK_HEADER_BYTES)
  t.throws(() => decodePackTrailer(encodePackTrailer(0), 1000), { code: 'DV_CORRUPT' })
  t.throws(() => decodePackTrailer(encodePackTrailer(10), PACK_BYTES_MAX + 1), { code: 'DV_CORRUPT' })
  t.throws(() => decodePackTrailer(Buffer.alloc(3), 1000), { code: 'DV_CORRUPT' })
  t.throws(() => decodePackHeader(Buffer.alloc(3)), { code: 'DV_CORRUPT' })
})
