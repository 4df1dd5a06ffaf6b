// Writes spec/vectors/packs.json, segments.json and collections.json from the compiled code:
//   node test/vectors/generate-packs.mjs [BUILD]
// Run by hand when the format changes on purpose; test/pack/vectors.test.ts and test/index/vectors.test.ts check them.
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const build = path.resolve(process.argv[2] ?? 'build')
const load = (name) => import(pathToFileURL(path.join(build, name)).href)
const pack = await load('src/pack/index.js')
const index = await load('src/index/index.js')
const { seal } = await load('src/codec/index.js')
const { checksum, hashChunk, hashObject, toHex } = await load('src/hash/index.js')
const { makeInput } = await load('test/vectors/inputs.js')

const text = (length, seed) => makeInput({ kind: 'text', seed, length })
const random = (length, seed) => makeInput({ kind: 'random', seed, length })
const idOf = (kind, bytes) => (kind === 'chunk' ? hashChunk(bytes) : hashObject(kind, bytes))
const hex = (bytes) => toHex(bytes)

const PACK = '00112233445566778899aabbccddeeff'

// Blocks
const floats = Buffer.from(Float32Array.from({ length: 2560 }, (_, i) => 20 + Math.sin(i / 400)).buffer)
const base = text(600, 1)
const base2 = text(500, 2)
const edited = Buffer.concat([base.subarray(0, 300), Buffer.from('edit'), base.subarray(300)])
const joined = Buffer.concat([base2.subarray(100), base.subarray(100)])

function full(name, items) {
  const raw = Buffer.concat(items.map(({ bytes }) => bytes))
  const block = pack.encodeBlock(
    items.map(({ kind, bytes }) => ({ kind, length: bytes.length })),
    raw,
  )
  return describe(name, block, items, [])
}

function delta(name, item, bases) {
  const described = bases.map((bytes) => ({ id: hashChunk(bytes), bytes }))
  return describe(
    name,
    pack.encodeDeltaBlock({ kind: item.kind, length: item.bytes.length }, item.bytes, described),
    [item],
    bases,
  )
}

function describe(name, block, items, bases) {
  const header = pack.decodeBlockHeader(block)
  return {
    name,
    codec: header.codec,
    filter: header.filter,
    headerLength: header.headerLength,
    items: items.map(({ kind, bytes }) => ({ kind, length: bytes.length, id: hex(idOf(kind, bytes)) })),
    bases: bases.map((bytes) => ({ id: hex(hashChunk(bytes)), bytes: hex(bytes) })),
    raw: hex(Buffer.concat(items.map(({ bytes }) => bytes))),
    block: hex(block),
  }
}

const chunk = (bytes) => ({ kind: 'chunk', bytes })
const blocks = [
  full('one chunk stored raw', [chunk(Buffer.from('a,b\n1,2\n'))]),
  full('one chunk compressed', [chunk(text(400, 3))]),
  full('several chunks, one of them empty', [
    chunk(text(200, 4)),
    chunk(Buffer.alloc(0)),
    chunk(text(90, 5)),
  ]),
  full(
    'objects of every kind',
    ['commit', 'tag', 'manifest', 'recipe', 'value'].map((kind, i) => ({
      kind,
      bytes: random(10 + i, 6 + i),
    })),
  ),
  full('float32 data in byte planes', [chunk(floats)]),
  delta('a chunk against one base', chunk(edited), [base]),
  delta('a chunk against two bases', chunk(joined), [base2, base]),
]

// A pack: two blocks of chunks, one of them a delta whose base lies in the same pack.
function packOf(contents) {
  const parts = [pack.encodePackHeader('data')]
  let at = parts[0].length
  const rows = []
  const items = []
  for (const { block, items: list, bases } of contents) {
    let offset = 0
    const bytes = Buffer.from(block, 'hex')
    for (const { kind, id, length } of list) {
      rows.push({
        id: Buffer.from(id, 'hex'),
        pack: PACK,
        blockOffset: at,
        blockLength: bytes.length,
        offset,
        length,
        bases: bases.map((b) => Buffer.from(b.id, 'hex')),
      })
      items.push({ kind, id, length, block: at, offset })
      offset += length
    }
    parts.push(bytes)
    at += bytes.length
  }
  const segment = index.encodeSegment(rows)
  parts.push(segment, pack.encodePackTrailer(segment.length))
  return { bytes: Buffer.concat(parts), footer: { offset: at, length: segment.length }, items, rows }
}

const baseBlock = full('', [chunk(base), chunk(Buffer.from('a,b\n1,2\n'))])
const whole = packOf([baseBlock, delta('', chunk(edited), [base])])
const places = [...new Set(whole.items.map((item) => item.block))]
const damage = (bytes, at, value) => {
  const copy = Buffer.from(bytes)
  copy[at] = value ?? copy[at] ^ 1
  return copy
}

/** A block header with one field changed and its checksum made right again. */
function resealed(block, change) {
  const bytes = Buffer.from(block, 'hex')
  const length = bytes.readUInt16LE(6)
  change(bytes)
  checksum(bytes.subarray(0, length - 4))
    .subarray(0, 4)
    .forEach((byte, i) => (bytes[length - 4 + i] = byte))
  return bytes
}

const raw = blocks[0].block
const rawBytes = Buffer.from(raw, 'hex')
const magic = Buffer.concat([Buffer.from('37a430ec', 'hex'), text(100, 1)])
const deltaOnMagic = resealed(delta('', chunk(edited), [base]).block, (bytes) =>
  hashChunk(magic).forEach((byte, i) => (bytes[bytes.readUInt16LE(6) - 36 + i] = byte)),
)
const damagedBlocks = [
  ['no block begins here', damage(rawBytes, 0)],
  ['a bit of the header is wrong', damage(rawBytes, 9)],
  ['the header is cut short', rawBytes.subarray(0, 10)],
  ['the payload is cut short', rawBytes.subarray(0, rawBytes.length - 1)],
  ['an unknown codec', resealed(raw, (bytes) => (bytes[4] = 3))],
  ['an unknown filter', resealed(raw, (bytes) => (bytes[5] = 2))],
  ['a filter on a raw block', resealed(raw, (bytes) => (bytes[5] = 1))],
  ['an item of an unknown kind', resealed(raw, (bytes) => (bytes[9] |= 7))],
  ['no items', resealed(raw, (bytes) => (bytes[8] = 0))],
  ['a raw block whose lengths differ', resealed(raw, (bytes) => (bytes[10] = 7))],
  ['bases where none may be', resealed(raw, (bytes) => (bytes[11] = 1))],
  ['a payload that is no zstd frame', resealed(raw, (bytes) => (bytes[4] = 1))],
  ['an item larger than a block may be', blockOfLength(2 ** 40)],
  ['a count that the header has no room for', resealed(raw, (bytes) => (bytes[8] = 100))],
].map(([name, bytes]) => ({ name, block: hex(bytes), error: 'DV_CORRUPT' }))

function blockOfLength(length) {
  const varint = []
  for (let rest = length * 8; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) {
      varint.push(rest)
      break
    }
    varint.push((rest % 128) | 128)
  }
  const head = Buffer.from([
    0x64,
    0x6b,
    0x42,
    0x31,
    0,
    0,
    8 + 1 + varint.length + 2 + 4,
    0,
    1,
    ...varint,
    0,
    0,
  ])
  return Buffer.concat([head, checksum(head).subarray(0, 4)])
}

const { bytes } = whole
const damagedPacks = [
  ['cut short', bytes.subarray(0, bytes.length - 1)],
  ['does not begin as a pack', damage(bytes, 0)],
  ['of an unknown kind', damage(bytes, 8, 3)],
  ['a reserved byte is not zero', damage(bytes, 9)],
  [
    'a footer longer than the pack',
    Buffer.concat([bytes.subarray(0, -16), pack.encodePackTrailer(bytes.length)]),
  ],
  ['a footer with a wrong bit', damage(bytes, whole.footer.offset + 70)],
].map(([name, bytes]) => ({ name, pack: hex(bytes), error: 'DV_CORRUPT' }))

write('packs.json', {
  blocks,
  damagedBlocks,
  damagedBases: [
    {
      name: 'a base that begins with the dictionary magic of zstd',
      block: hex(deltaOnMagic),
      bases: [{ id: hex(hashChunk(magic)), bytes: hex(magic) }],
      error: 'DV_CORRUPT',
    },
  ],
  packs: [
    {
      name: 'a block of two chunks and a delta',
      kind: 'data',
      pack: hex(bytes),
      footer: whole.footer,
      items: whole.items,
    },
  ],
  damagedPacks,
  salvage: [
    { name: 'whole', pack: hex(bytes), blocks: places },
    { name: 'the first header damaged', pack: hex(damage(bytes, places[0] + 6)), blocks: [places[1]] },
    { name: 'the second header damaged', pack: hex(damage(bytes, places[1] + 6)), blocks: [places[0]] },
    {
      name: 'cut within the second block',
      pack: hex(bytes.subarray(0, places[1] + 20)),
      blocks: [places[0]],
    },
    { name: 'the pack header gone', pack: hex(bytes.subarray(16)), blocks: places.map((at) => at - 16) },
  ],
})

// Segments
const idNumber = (i) => hashChunk(Buffer.from(`item ${i}`))
const rowNumber = (i) => ({
  id: idNumber(i),
  pack: i % 3 === 0 ? PACK : 'f'.repeat(32),
  blockOffset: 16 + Math.floor(i / 7) * 1000,
  blockLength: 900 + (Math.floor(i / 7) % 100),
  offset: (i % 7) * 300,
  length: 250 + (i % 50),
  bases: i % 5 === 4 ? [idNumber(i + 1000), idNumber(i + 2000)].slice(0, 1 + (i % 2)) : [],
})
const rows = (count) => Array.from({ length: count }, (_, i) => rowNumber(i))
const asRow = (row) => ({ ...row, id: hex(row.id), bases: row.bases.map(hex) })
const segment = (name, list) => ({ name, rows: list.map(asRow), segment: hex(index.encodeSegment(list)) })
const two = [rowNumber(0), { ...rowNumber(0), pack: 'f'.repeat(32), bases: [idNumber(9)] }]
const segments = [
  segment('empty', []),
  segment('one row', [rowNumber(0)]),
  segment('two copies of one item, one of them a delta', two),
  segment('64 rows: no filter, no fan-out', rows(64)),
  segment('130 rows: a filter and a fan-out of 2 bits', rows(130)),
]
const good = Buffer.from(segments[4].segment, 'hex')
const shape = index.decodeSegmentHeader(good)
const small = Buffer.from(segments[2].segment, 'hex')
const smallShape = index.decodeSegmentHeader(small)
const damagedSegments = [
  ['does not begin as a segment', damage(small, 0)],
  ['claims 2 billion rows', damage(small, 11, 0x7f)],
  ['claims other blocks', damage(small, 12)],
  ['a number of 7 bytes', damage(small, 21, 7)],
  ['a reserved byte is not zero', damage(small, 63)],
  ['a pack name with a wrong bit', damage(small, smallShape.packsAt)],
  ['a block with a wrong bit', damage(small, smallShape.blocksAt)],
  ['a fan-out with a wrong bit', damage(good, shape.fanOutAt)],
  ['a filter with a wrong bit', damage(good, shape.filterAt)],
  ['a row with a wrong bit', damage(small, smallShape.rowsAt + 40)],
  ['bases with a wrong bit', damage(small, smallShape.basesAt)],
  ['a checksum with a wrong bit', damage(small, small.length - 1)],
  ['cut short', small.subarray(0, small.length - 1)],
  ['followed by a byte', Buffer.concat([small, Buffer.alloc(1)])],
  ['shorter than a header', small.subarray(0, 63)],
].map(([name, bytes]) => ({ name, segment: hex(bytes), error: 'DV_CORRUPT' }))

const named = { key: `packs/${PACK}`, offset: 1234, length: 567, rows: 8 }
const roots = [
  { generation: 0, segments: [], collections: [], purged: [] },
  {
    generation: 3,
    segments: [named, { key: `segments/${'f'.repeat(32)}`, offset: 0, length: 9000, rows: 130 }],
    collections: [],
    purged: [PACK, 'e'.repeat(32)],
  },
  {
    generation: 4,
    segments: [named],
    collections: [
      { id: 'd'.repeat(32), state: 'deleting' },
      { id: PACK, state: 'marked' },
    ],
    purged: [],
  },
]
const root = index.encodeRoot(roots[1])
const damagedRoots = [
  ['a wrong bit', damage(root, 20)],
  ['cut short', root.subarray(0, root.length - 1)],
  ['another format', seal({ format: 2, generation: 0, segments: [] })],
  ['a key that leads elsewhere', seal({ format: 1, generation: 0, segments: [['packs/../refs', 0, 1, 1]] })],
  ['a length below zero', seal({ format: 1, generation: 0, segments: [[named.key, 0, -1, 1]] })],
  [
    'a record of a purge that leads elsewhere',
    seal({ format: 1, generation: 0, segments: [], purged: ['../refs'] }),
  ],
  [
    'a collection in no state',
    seal({ format: 1, generation: 0, segments: [], collections: [[PACK, 'done']] }),
  ],
  [
    'a collection without a name',
    seal({ format: 1, generation: 0, segments: [], collections: [['../refs', 'marked']] }),
  ],
].map(([name, bytes]) => ({ name, root: bytes.toString('latin1'), error: 'DV_CORRUPT' }))

write('segments.json', {
  segments,
  absent: Array.from({ length: 20 }, (_, i) => hex(idNumber(5000 + i))),
  damagedSegments,
  roots: roots.map((value) => ({ ...value, root: index.encodeRoot(value).toString('latin1') })),
  damagedRoots,
})

const doomed = [
  { key: `packs/${PACK}`, bytes: 50_000_000, garbage: 12_345_678 },
  { key: `packs/${'e'.repeat(32)}`, bytes: 4000, garbage: 4000 },
  { key: `segments/${'f'.repeat(32)}`, bytes: 9000, garbage: 9000 },
]
const tombstone = index.encodeTombstone(doomed)
const damagedTombstones = [
  ['a wrong bit', damage(tombstone, 20)],
  ['cut short', tombstone.subarray(0, tombstone.length - 1)],
  ['another format', seal({ format: 2, objects: [] })],
  ['a key that leads elsewhere', seal({ format: 1, objects: [['packs/../refs', 1, 1]] })],
  ['a ref', seal({ format: 1, objects: [['refs/heads/main', 1, 1]] })],
  ['more garbage than bytes', seal({ format: 1, objects: [[named.key, 1, 2]] })],
  [
    'one twice',
    seal({
      format: 1,
      objects: [
        [named.key, 1, 1],
        [named.key, 1, 1],
      ],
    }),
  ],
].map(([name, bytes]) => ({ name, record: bytes.toString('latin1'), error: 'DV_CORRUPT' }))

write('collections.json', {
  records: [[], doomed].map((objects) => ({
    objects,
    record: index.encodeTombstone(objects).toString('latin1'),
  })),
  damagedRecords: damagedTombstones,
})

function write(name, value) {
  fs.writeFileSync(path.join('spec/vectors', name), `${JSON.stringify(value, undefined, 1)}\n`)
}
