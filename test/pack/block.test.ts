import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { type DvError, isDvError } from '../../src/base/index.js'
import { hashChunk } from '../../src/hash/index.js'
import {
  areUsableBases,
  BASES_BYTES_MAX,
  BLOCK_ITEMS_MAX,
  BLOCK_RAW_MAX,
  blockLengthOf,
  CODEC,
  decodeBlock,
  decodeBlockHeader,
  encodeBlock,
  encodeDeltaBlock,
  FILTER,
  ITEM_KINDS,
} from '../../src/pack/index.js'
import { makeInput } from '../vectors/inputs.js'

const random = (length: number, seed = 7) => makeInput({ kind: 'random', seed, length })
const text = (length: number, seed = 7) => makeInput({ kind: 'text', seed, length })
const chunks = (...parts: Uint8Array[]) => parts.map(({ length }) => ({ kind: 'chunk' as const, length }))

const anyItem = fc.record({
  kind: fc.constantFrom(...ITEM_KINDS),
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(fc.nat(), fc.nat({ max: 9000 })).map(([seed, length]) => text(length, seed + 1)),
    fc.tuple(fc.nat(), fc.nat({ max: 9000 })).map(([seed, length]) => random(length, seed + 1)),
  ),
})

test('a block gives back its items, whatever they are', (t) => {
  fc.assert(
    fc.property(fc.array(anyItem, { minLength: 1, maxLength: 40 }), (items) => {
      const raw = Buffer.concat(items.map((item) => item.bytes))
      const described = items.map(({ kind, bytes }) => ({ kind, length: bytes.length }))
      const block = encodeBlock(described, raw)
      const header = decodeBlockHeader(block)
      t.deepEqual(header.items, described)
      t.is(blockLengthOf(header), block.length)
      t.is(header.rawLength, raw.length)
      t.deepEqual(Buffer.from(decodeBlock(block, header)), raw)
    }),
    { numRuns: 60 },
  )
})

test('a delta block gives back its item with its bases, and only with them', (t) => {
  fc.assert(
    fc.property(fc.nat({ max: 4000 }), fc.integer({ min: 1, max: 4 }), (at, count) => {
      const bases = Array.from({ length: count }, (_, i) => text(6000, i + 1))
      const edited = Buffer.concat([bases[0]!.subarray(0, at), Buffer.from('edit'), ...bases.slice(1)])
      const block = deltaOf(edited, bases)
      const header = decodeBlockHeader(block)
      t.is(header.codec, CODEC.zstdWithBases)
      t.deepEqual(
        header.bases.map((id) => Buffer.from(id)),
        bases.map((base) => Buffer.from(hashChunk(base))),
      )
      t.deepEqual(decodeBlock(block, header, bases), edited)
      t.true(
        isDvError(
          thrownBy(() => decodeBlock(block, header, [])),
          'DV_MISSING_OBJECT',
        ),
      )
    }),
    { numRuns: 20 },
  )
})

test('the result of a delta with wrong bases is never taken for the item', (t) => {
  const base = text(5000, 1)
  const edited = Buffer.concat([base.subarray(0, 2000), Buffer.from('!'), base.subarray(2000)])
  const block = deltaOf(edited, [base])
  let result: Uint8Array
  try {
    result = decodeBlock(block, decodeBlockHeader(block), [text(5000, 2)])
  } catch (error) {
    t.true(isDvError(error, 'DV_CORRUPT'))
    return
  }
  t.notDeepEqual(hashChunk(result), hashChunk(edited))
})

test('every flipped bit of a block header is refused', (t) => {
  const parts = [text(900, 1), text(1200, 2), random(30, 3)]
  const block = encodeBlock(chunks(...parts), Buffer.concat(parts))
  const delta = deltaOf(text(5000, 1), [text(5200, 1)])
  for (const bytes of [block, delta]) {
    const { headerLength } = decodeBlockHeader(bytes)
    for (let bit = 0; bit < headerLength * 8; bit++) {
      assertCorrupt(t, () => decodeBlockHeader(flipped(bytes, bit)), `bit ${bit}`)
    }
  }
})

test('a flipped bit of a payload gives DV_CORRUPT or bytes of the stated length, to be checked by their ids', (t) => {
  const raw = text(3000, 4)
  const block = encodeBlock(chunks(raw), raw)
  const header = decodeBlockHeader(block)
  let refused = 0
  for (let bit = header.headerLength * 8; bit < block.length * 8; bit += 3) {
    try {
      t.is(decodeBlock(flipped(block, bit), header).length, raw.length)
    } catch (error) {
      t.true(isDvError(error, 'DV_CORRUPT'))
      refused++
    }
  }
  t.true(refused > 0)
})

test('a block that is cut short anywhere is refused', (t) => {
  const raw = text(2000, 5)
  const block = encodeBlock(chunks(raw), raw)
  const header = decodeBlockHeader(block)
  for (let length = 0; length < block.length; length++) {
    const cut = block.subarray(0, length)
    assertCorrupt(t, () => decodeBlock(cut, length < header.headerLength ? decodeBlockHeader(cut) : header))
  }
})

test('incompressible data is stored raw and grows by no more than its header', (t) => {
  for (const length of [1, 15, 5000, 100_000]) {
    const raw = random(length)
    const block = encodeBlock(chunks(raw), raw)
    t.is(decodeBlockHeader(block).codec, CODEC.raw)
    t.true(block.length <= length + 24)
  }
})

test('float32 data is stored in byte planes, text is not', (t) => {
  const floats = Float32Array.from({ length: 16_000 }, (_, i) => 20 + Math.sin(i / 400) + noise(i) / 64)
  const numbers = Buffer.from(floats.buffer)
  for (const phase of [0, 1, 2, 3]) {
    const raw = numbers.subarray(phase)
    const block = encodeBlock(chunks(raw), raw)
    t.is(decodeBlockHeader(block).filter, FILTER.planes4, `phase ${phase}`)
    t.deepEqual(decodeBlock(block, decodeBlockHeader(block)), raw)
  }
  const words = text(64_000)
  t.is(decodeBlockHeader(encodeBlock(chunks(words), words)).filter, FILTER.none)
})

test('bases are usable within the caps and never when they begin with the dictionary magic of zstd', (t) => {
  const magic = Buffer.from('37a430ec', 'hex')
  t.true(areUsableBases([text(100)]))
  t.true(areUsableBases([text(100), Buffer.concat([magic, text(100)])]))
  t.false(areUsableBases([Buffer.concat([magic, text(100)])]))
  t.false(areUsableBases([magic.subarray(0, 1), magic.subarray(1), text(100)]))
  t.false(areUsableBases([]))
  t.false(areUsableBases([text(7)]))
  t.false(areUsableBases([text(10), text(10), text(10), text(10), text(10)]))
  t.true(areUsableBases([Buffer.alloc(BASES_BYTES_MAX)]))
  t.false(areUsableBases([Buffer.alloc(BASES_BYTES_MAX), Buffer.alloc(1)]))
})

test('a base that begins with the dictionary magic is refused when a block is read', (t) => {
  const base = text(4000)
  const block = deltaOf(text(4100), [base])
  const poisoned = Buffer.concat([Buffer.from('37a430ec', 'hex'), base.subarray(4)])
  assertCorrupt(t, () => decodeBlock(block, decodeBlockHeader(block), [poisoned]))
})

test('a writer refuses what a reader would refuse', (t) => {
  t.throws(() => encodeBlock([], Buffer.alloc(0)), { instanceOf: TypeError })
  t.throws(() => encodeBlock(chunks(text(5)), text(6)), { instanceOf: TypeError })
  const tooLong = Buffer.alloc(BLOCK_RAW_MAX + 1)
  t.throws(() => encodeBlock(chunks(tooLong), tooLong), { instanceOf: TypeError })
  const tooMany = Array.from({ length: BLOCK_ITEMS_MAX + 1 }, () => ({ kind: 'chunk' as const, length: 0 }))
  t.throws(() => encodeBlock(tooMany, Buffer.alloc(0)), { instanceOf: TypeError })
  t.throws(() => deltaOf(text(50), [Buffer.alloc(BASES_BYTES_MAX + 1)]), { instanceOf: TypeError })
})

function deltaOf(raw: Uint8Array, bases: readonly Uint8Array[]): Buffer {
  const described = bases.map((bytes) => ({ id: hashChunk(bytes), bytes }))
  return encodeDeltaBlock({ kind: 'chunk', length: raw.length }, raw, described)
}

function flipped(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[bit >> 3]! ^= 1 << (bit & 7)
  return copy
}

function noise(i: number): number {
  return ((Math.imul(i + 1, 2654435761) >>> 8) & 0xff) / 256
}

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

function assertCorrupt(t: ExecutionContext, work: () => unknown, message?: string): void {
  const error = thrownBy(work)
  t.is((error as DvError | undefined)?.code, 'DV_CORRUPT', message)
}
