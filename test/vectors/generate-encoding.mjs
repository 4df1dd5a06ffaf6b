// Writes spec/vectors/encoding.json: node test/vectors/generate-encoding.mjs BUILD
// Frames are kept as written once: readers must accept them; a writer may compress otherwise.
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const build = path.resolve(process.argv[2] ?? 'build')
const load = (file) => import(pathToFileURL(path.join(build, file)).href)
const { makeInput } = await load('test/vectors/inputs.js')
const { Writer, seal, compress, splitPlanes } = await load('src/codec/index.js')
const { checksum, toHex } = await load('src/hash/index.js')

const hex = (bytes) => Buffer.from(bytes).toString('hex')
const written = (write) => hex(write(new Writer()).done())

const varint = [0, 1, 127, 128, 300, 16_383, 16_384, 2 ** 32, Number.MAX_SAFE_INTEGER].map((value) => ({
  value: String(value),
  hex: written((w) => w.varint(value)),
}))
const int64 = [0n, -1n, 1n, -64n, 64n, 1_000_000n, -(2n ** 63n), 2n ** 63n - 1n].map((value) => ({
  value: String(value),
  hex: written((w) => w.int64(value)),
}))
const string = ['', 'a', 'data/räume.csv', '🗃️', 'e\u0301'].map((value) => ({
  value,
  hex: written((w) => w.string(value)),
}))
const f64 = ['0', '-0', '1.5', '-2.25e-300', 'Infinity', 'NaN'].map((value) => ({
  value,
  hex: written((w) => w.f64(Number(value))),
}))
const sealed = [{}, { format: 1 }, { name: 'räume', list: [1, 'two', undefined ?? false] }].map((record) => ({
  record,
  hex: hex(seal(record)),
}))

const rows = { kind: 'text', seed: 3, length: 700 }
const edited = { kind: 'join', parts: [rows, { kind: 'repeat', hex: '6e65772a', length: 12 }, rows] }
const frame = (input, dictionary) => hex(compress(makeInput(input), dictionary && makeInput(dictionary)))
const zstd = [
  { input: { kind: 'byte', value: 97, length: 1 } },
  { input: { kind: 'byte', value: 0, length: 255 } },
  { input: { kind: 'byte', value: 0, length: 256 } },
  { input: { kind: 'byte', value: 7, length: 70_000 } },
  { input: { kind: 'counter', modulus: 251, length: 300_000 } },
  { input: { kind: 'random', seed: 1, length: 300 } },
  { input: rows },
  { input: edited, dictionary: rows },
].map(({ input, dictionary }) => ({
  input,
  ...(dictionary && { dictionary }),
  frame: frame(input, dictionary),
}))

const planes = ['', '01', '0102030405', '00000001000000020000000300000004aabb'].map((raw) => ({
  raw,
  split: hex(splitPlanes(Buffer.from(raw, 'hex'))),
}))

const good = Buffer.from(frame(rows), 'hex')
const patched = (change) => hex(change(Buffer.from(good)) ?? '')
const flip = (at, bit) =>
  patched((bytes) => {
    bytes[at] ^= 1 << bit
    return bytes
  })
const rle = (count) =>
  Buffer.concat([
    Buffer.from('28b52ffd6000', 'hex'),
    Buffer.from('00', 'hex'),
    ...Array.from({ length: count }, (_, i) => {
      const block = Buffer.alloc(4)
      block.writeUIntLE((256 << 3) | (1 << 1) | (i === count - 1 ? 1 : 0), 0, 3)
      return block
    }),
  ])
const notJson = Buffer.from('not json\n')
const sealedBody = Buffer.from(sealed[1].hex, 'hex')
const resealed = (body) => hex(Buffer.concat([body, Buffer.from(`${toHex(checksum(body))}\n`)]))

const damaged = [
  ['varint', '', 'nothing'],
  ['varint', '80', 'cut short'],
  ['varint', '8000', 'more bytes than needed'],
  ['varint', 'ffffffffffffff10', 'above 2^53 - 1'],
  ['varint', 'ffffffffffffffff7f', 'above 2^53 - 1'],
  ['varint', '0100', 'a byte too many'],
  ['int64', '8000', 'more bytes than needed'],
  ['int64', 'ffffffffffffffffff02', 'above 64 bits'],
  ['int64', 'ffffffffffffffffffff01', 'above 64 bits'],
  ['string', '05616263', 'cut short'],
  ['string', '02c328', 'not UTF-8'],
  ['string', '03eda080', 'half a surrogate pair'],
  ['string', 'ffffffffffffff0f61', 'a length beyond the end'],
  ['sealed', '', 'nothing'],
  ['sealed', hex(sealedBody.subarray(1)), 'the first byte is missing'],
  ['sealed', hex(sealedBody.subarray(0, -1)), 'the last byte is missing'],
  ['sealed', `${hex(sealedBody)}0a`, 'a byte too many'],
  ['sealed', resealed(notJson), 'not JSON, with a right checksum'],
  ['sealed', resealed(Buffer.from('[1]\n')), 'not an object, with a right checksum'],
  ['sealed', resealed(Buffer.from([0x22, 0xff, 0x22, 0x0a])), 'not UTF-8, with a right checksum'],
].map(([read, bytes, why]) => ({ read, hex: bytes, why, error: 'DV_CORRUPT' }))
const frames = [
  [flip(0, 0), 'not the magic number'],
  [flip(4, 5), 'not a single segment'],
  [flip(4, 2), 'the checksum flag'],
  [flip(4, 0), 'a dictionary id'],
  [flip(5, 0), 'another content size'],
  [hex(good.subarray(0, -1)), 'cut short'],
  [hex(good.subarray(0, 5)), 'cut short within the header'],
  [`${hex(good)}00`, 'a byte too many'],
  [hex(Buffer.concat([good, good])), 'two frames'],
].map(([bytes, why]) => ({ read: 'zstd', hex: bytes, length: rows.length, why, error: 'DV_CORRUPT' }))
frames.push(
  {
    read: 'zstd',
    hex: hex(good),
    length: rows.length + 1,
    why: 'another length wanted',
    error: 'DV_CORRUPT',
  },
  {
    read: 'zstd',
    hex: hex(rle(40)),
    length: 256,
    why: 'blocks give more than the frame states',
    error: 'DV_CORRUPT',
  },
  {
    read: 'zstd',
    hex: zstd.at(-1).frame,
    dictionary: { kind: 'repeat', hex: '37a430ec', length: 64 },
    length: makeInput(edited).length,
    why: 'a dictionary that begins with the dictionary magic',
    error: 'DV_CORRUPT',
  },
)

const sections = { varint, int64, string, f64, sealed, zstd, planes, damaged: [...damaged, ...frames] }
const text = Object.entries(sections)
  .map(([name, cases]) => `"${name}":[\n${cases.map((each) => JSON.stringify(each)).join(',\n')}\n]`)
  .join(',\n')
fs.writeFileSync(new URL('../../spec/vectors/encoding.json', import.meta.url), `{${text}}\n`)
