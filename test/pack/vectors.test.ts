// Runs spec/vectors/packs.json.
import fs from 'node:fs'
import test from 'ava'
import { hashChunk, hashObject, toHex } from '../../src/hash/index.js'
import { segmentInMemory, type Row, verifySegment } from '../../src/index/index.js'
import {
  CODEC,
  decodeBlock,
  decodeBlockHeader,
  decodePackHeader,
  decodePackTrailer,
  encodeBlock,
  type ItemKind,
  PACK_TRAILER_BYTES,
  scanBlocks,
} from '../../src/pack/index.js'

interface Item {
  kind: ItemKind
  length: number
  id: string
}

interface BlockVector {
  name: string
  codec: number
  filter: number
  headerLength: number
  items: Item[]
  bases: { id: string; bytes: string }[]
  raw: string
  block: string
}

interface Vectors {
  blocks: BlockVector[]
  damagedBlocks: { name: string; block: string; error: string }[]
  damagedBases: { name: string; block: string; bases: { bytes: string }[]; error: string }[]
  packs: {
    name: string
    kind: string
    pack: string
    footer: { offset: number; length: number }
    items: (Item & { block: number; offset: number })[]
  }[]
  damagedPacks: { name: string; pack: string; error: string }[]
  salvage: { name: string; pack: string; blocks: number[] }[]
}

const vectors = JSON.parse(fs.readFileSync('spec/vectors/packs.json', 'utf8')) as Vectors
const bytesOf = (hex: string) => Buffer.from(hex, 'hex')
const idOf = (kind: ItemKind, bytes: Uint8Array) =>
  kind === 'chunk' ? hashChunk(bytes) : hashObject(kind, bytes)

for (const vector of vectors.blocks) {
  test(`block: ${vector.name}`, (t) => {
    const block = bytesOf(vector.block)
    const header = decodeBlockHeader(block)
    t.is(header.codec, vector.codec)
    t.is(header.filter, vector.filter)
    t.is(header.headerLength, vector.headerLength)
    t.deepEqual(
      header.bases.map(toHex),
      vector.bases.map(({ id }) => id),
    )
    const raw = Buffer.from(
      decodeBlock(
        block,
        header,
        vector.bases.map(({ bytes }) => bytesOf(bytes)),
      ),
    )
    t.is(raw.toString('hex'), vector.raw)
    let at = 0
    for (const [i, { kind, length }] of header.items.entries()) {
      t.deepEqual({ kind, length, id: toHex(idOf(kind, raw.subarray(at, at + length))) }, vector.items[i])
      at += length
    }
    const items = header.items.map(({ kind, length }) => ({ kind, length }))
    // What zstd makes of the bytes may differ from one version to another.
    if (header.codec === CODEC.raw) t.is(encodeBlock(items, raw).toString('hex'), vector.block)
  })
}

for (const { name, block, error } of vectors.damagedBlocks) {
  test(`damaged block: ${name}`, (t) => {
    const read = () => decodeBlock(bytesOf(block), decodeBlockHeader(bytesOf(block)))
    t.throws(read, { code: error })
  })
}

for (const { name, block, bases, error } of vectors.damagedBases) {
  test(`bases: ${name}`, (t) => {
    const read = () => {
      const header = decodeBlockHeader(bytesOf(block))
      return decodeBlock(
        bytesOf(block),
        header,
        bases.map(({ bytes }) => bytesOf(bytes)),
      )
    }
    t.throws(read, { code: error })
  })
}

/** Everything a reader checks of a pack before it trusts its footer. */
function openPack(pack: Buffer) {
  const kind = decodePackHeader(pack)
  const footer = decodePackTrailer(pack.subarray(-PACK_TRAILER_BYTES), pack.length)
  const segment = pack.subarray(footer.offset, footer.offset + footer.length)
  verifySegment(segment)
  return { kind, footer, reader: segmentInMemory(segment) }
}

for (const vector of vectors.packs) {
  test(`pack: ${vector.name}`, (t) => {
    const pack = bytesOf(vector.pack)
    const { kind, footer, reader } = openPack(pack)
    t.is<string, string>(kind, vector.kind)
    t.deepEqual(footer, vector.footer)
    t.is(reader.shape.rows, vector.items.length)
    for (const { id, block, offset, length } of vector.items) {
      const [row] = reader.lookup(bytesOf(id)) as Row[]
      t.deepEqual([row!.blockOffset, row!.offset, row!.length], [block, offset, length])
    }
  })
}

for (const { name, pack, error } of vectors.damagedPacks) {
  test(`damaged pack: ${name}`, (t) => {
    t.throws(() => openPack(bytesOf(pack)), { code: error })
  })
}

for (const { name, pack, blocks } of vectors.salvage) {
  test(`salvage: ${name}`, (t) => {
    t.deepEqual(
      [...scanBlocks(bytesOf(pack))].map(({ offset }) => offset),
      blocks,
    )
  })
}
