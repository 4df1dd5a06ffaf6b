import fs from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import {
  blake3,
  hashChunk,
  hashObject,
  checksum,
  loadNative,
  loadWasm,
  toHex,
  type ObjectKind,
} from '../../src/hash/index.js'
import { makeInput, type InputSpec } from '../vectors/inputs.js'

interface Vectors {
  input: { kind: 'counter'; modulus: number }
  context: string
  cases: { length: number; hash: string; deriveKey: string }[]
  ids: { length: number; id: ObjectKind | 'chunk' | 'checksum'; hex: string }[]
}

const vectors = JSON.parse(fs.readFileSync('spec/vectors/blake3.json', 'utf8')) as Vectors
const inputOf = (length: number) => makeInput({ ...vectors.input, length } as InputSpec)
const implementations = [loadNative(), loadWasm()]

test('the published BLAKE3 vectors say what BLAKE3 itself publishes', (t) => {
  const published: Record<number, [hash: string, deriveKey: string]> = {
    0: [
      'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
      '2cc39783c223154fea8dfb7c1b1660f2ac2dcbd1c1de8277b0b0dd39b7e50d7d',
    ],
    1: [
      '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213',
      'b3e2e340a117a499c6cf2398a19ee0d29cca2bb7404c73063382693bf66cb06c',
    ],
    1024: [
      '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7',
      '7356cd7720d5b66b6d0697eb3177d9f8d73a4a5c5e968896eb6a689684302706',
    ],
    4097: [
      '9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995',
      'aca51029626b55fda7117b42a7c211f8c6e9ba4fe5b7a8ca922f34299500ead8',
    ],
  }
  for (const [length, [hash, deriveKey]] of Object.entries(published)) {
    const found = vectors.cases.find((each) => each.length === Number(length))
    t.deepEqual(found, { length: Number(length), hash, deriveKey })
  }
})

for (const implementation of implementations) {
  test(`${implementation.name} gives every published hash and derived key`, (t) => {
    for (const { length, hash, deriveKey } of vectors.cases) {
      const bytes = inputOf(length)
      t.is(toHex(implementation.hash(bytes)), hash)
      t.is(toHex(implementation.deriveKey(vectors.context, bytes)), deriveKey)
    }
  })

  test(`${implementation.name} hashes piece by piece as at once`, (t) => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 5 }), (pieces) => {
        const hasher = implementation.hasher()
        for (const piece of pieces) hasher.update(piece)
        t.is(toHex(hasher.digest()), toHex(implementation.hash(Buffer.concat(pieces))))
      }),
      { numRuns: 30 },
    )
  })
}

test('native and wasm agree on views into larger memory and on any context', (t) => {
  const [native, wasm] = implementations
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 2000 }),
      fc.nat(50),
      fc.string({ maxLength: 20 }),
      (bytes, skip, context) => {
        const view = bytes.subarray(Math.min(skip, bytes.length))
        t.is(toHex(native!.hash(view)), toHex(wasm!.hash(view)))
        t.is(toHex(native!.deriveKey(context, view)), toHex(wasm!.deriveKey(context, view)))
      },
    ),
    { numRuns: 50 },
  )
})

test('native is what runs where it can be loaded', (t) => {
  t.is(blake3.name, 'native')
})

test('ids of every kind and checksums are as published', (t) => {
  for (const { length, id, hex } of vectors.ids) {
    const bytes = inputOf(length)
    const actual =
      id === 'chunk' ? hashChunk(bytes) : id === 'checksum' ? checksum(bytes) : hashObject(id, bytes)
    t.is(toHex(actual), hex, `${id} of ${length} bytes`)
  }
})

test('the same bytes have a different id for each kind', (t) => {
  const ofThree = vectors.ids.filter((each) => each.length === 3)
  t.is(ofThree.length, 7)
  t.is(new Set(ofThree.map((each) => each.hex)).size, 7)
})
