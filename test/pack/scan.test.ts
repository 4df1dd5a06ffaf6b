import test from 'ava'
import fc from 'fast-check'
import {
  blockLengthOf,
  decodeBlockHeader,
  encodeBlock,
  encodePackHeader,
  scanBlocks,
} from '../../src/pack/index.js'
import { makeInput } from '../vectors/inputs.js'

const text = (length: number, seed: number) => makeInput({ kind: 'text', seed, length })
const random = (length: number, seed: number) => makeInput({ kind: 'random', seed, length })

/** A pack of blocks without a footer, and where each block lies. */
function packOf(contents: readonly Uint8Array[]): { pack: Buffer; places: { from: number; to: number }[] } {
  const parts: Uint8Array[] = [encodePackHeader('data')]
  let at = parts[0]!.length
  const places = contents.map((raw) => {
    const block = encodeBlock([{ kind: 'chunk', length: raw.length }], raw)
    parts.push(block)
    const from = at
    at += block.length
    return { from, to: at }
  })
  return { pack: Buffer.concat(parts), places }
}

const offsets = (pack: Uint8Array) => [...scanBlocks(pack)].map((block) => block.offset)

test('a scan finds every block of a whole pack, in order', (t) => {
  const { pack, places } = packOf([text(500, 1), random(700, 2), text(9000, 3)])
  const found = [...scanBlocks(pack)]
  t.deepEqual(
    found.map(({ offset, header }) => ({ from: offset, to: offset + blockLengthOf(header) })),
    places,
  )
})

test('a scan of a damaged pack finds all blocks that are whole', (t) => {
  const { pack, places } = packOf(
    Array.from({ length: 8 }, (_, i) => (i % 2 ? random : text)(400 + i, i + 1)),
  )
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          at: fc.nat({ max: pack.length - 1 }),
          bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      (damages) => {
        const copy = Buffer.from(pack)
        for (const { at, bytes } of damages) copy.set(bytes.subarray(0, copy.length - at), at)
        const found = new Set(offsets(copy))
        for (const { from, to } of places)
          if (copy.subarray(from, to).equals(pack.subarray(from, to)))
            t.true(found.has(from), `block at ${from}`)
      },
    ),
    { numRuns: 200 },
  )
})

test('a header that claims more than the pack has hides nothing behind it', (t) => {
  const { pack, places } = packOf([text(500, 1), random(700, 2), text(900, 3)])
  const copy = Buffer.from(pack)
  copy.writeUInt16LE(0xffff, places[0]!.from + 6)
  t.deepEqual(
    offsets(copy),
    places.slice(1).map(({ from }) => from),
  )
})

test('a scan of a pack cut short finds the blocks before the cut', (t) => {
  const { pack, places } = packOf([text(500, 1), random(200, 2), text(900, 3)])
  for (let length = 0; length <= pack.length; length++) {
    const whole = places.filter((place) => place.to <= length).map((place) => place.from)
    t.deepEqual(offsets(pack.subarray(0, length)), whole)
  }
})

test('a pack stored within a pack hides no block, also when the block that holds it is damaged', (t) => {
  const inner = packOf([random(3000, 9)]).pack.subarray(0, 2000)
  const { pack, places } = packOf([
    text(300, 1),
    Buffer.concat([random(5000, 2), inner]),
    text(600, 3),
    text(600, 4),
  ])
  t.deepEqual(
    offsets(pack),
    places.map((place) => place.from),
  )
  const damaged = Buffer.from(pack)
  damaged[places[1]!.from + 9]! ^= 1
  const found = offsets(damaged)
  for (const i of [0, 2, 3]) t.true(found.includes(places[i]!.from))
  t.false(found.includes(places[1]!.from))
})

test('bytes that look like the beginnings of blocks are passed over', (t) => {
  const hostile = Buffer.alloc(200_000)
  for (let at = 0; at + 8 < hostile.length; at += 8) hostile.set(Buffer.from('646b42310100ffff', 'hex'), at)
  t.deepEqual(offsets(hostile), [])
})

/** Blocks of raw bytes that begin every 21 bytes, each of which claims all that follows, behind a gap. */
function overlapping(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  const block = encodeBlock([{ kind: 'chunk', length: 250_000 }], random(250_000, 1))
  const header = block.subarray(0, decodeBlockHeader(block).headerLength)
  for (let at = 100; at + 300_000 < length; at += 21) bytes.set(header, at)
  return bytes
}

test('what blocks that overlap by the thousand give is a few times the pack at most', (t) => {
  const { pack, places } = packOf([text(500, 1), random(700, 2)])
  const hostile = overlapping(2_000_000)
  const found = [...scanBlocks(Buffer.concat([pack, hostile]))]
  const bytes = found.reduce((sum, { header }) => sum + blockLengthOf(header), 0)
  t.true(found.length > 50)
  t.true(bytes <= 20 * hostile.length, `${bytes} bytes in ${found.length} blocks`)
  t.deepEqual(
    found.slice(0, 2).map(({ offset }) => offset),
    places.map(({ from }) => from),
  )
})
