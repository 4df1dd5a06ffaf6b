import fs from 'node:fs'
import test from 'ava'
import { decompress, joinPlanes, Reader, seal, splitPlanes, unseal, Writer } from '../../src/codec/index.js'
import { makeInput, type InputSpec } from '../vectors/inputs.js'

interface Vectors {
  varint: { value: string; hex: string }[]
  int64: { value: string; hex: string }[]
  string: { value: string; hex: string }[]
  f64: { value: string; hex: string }[]
  sealed: { record: object; hex: string }[]
  zstd: { input: InputSpec; dictionary?: InputSpec; frame: string }[]
  planes: { raw: string; split: string }[]
  damaged: Damaged[]
}

interface Damaged {
  read: 'varint' | 'int64' | 'string' | 'sealed' | 'zstd'
  hex: string
  length?: number
  dictionary?: InputSpec
  why: string
  error: string
}

const vectors = JSON.parse(fs.readFileSync('spec/vectors/encoding.json', 'utf8')) as Vectors
const bytesOf = (hex: string) => Buffer.from(hex, 'hex')
const written = (writer: Writer) => writer.done().toString('hex')

function readWhole<T>(hex: string, read: (reader: Reader) => T): T {
  const reader = new Reader(bytesOf(hex), 'vector')
  const value = read(reader)
  reader.end()
  return value
}

test('numbers and texts are written and read as published', (t) => {
  for (const { value, hex } of vectors.varint) {
    t.is(written(new Writer().varint(Number(value))), hex)
    t.is(
      readWhole(hex, (reader) => reader.varint()),
      Number(value),
    )
  }
  for (const { value, hex } of vectors.int64) {
    t.is(written(new Writer().int64(BigInt(value))), hex)
    t.is(
      readWhole(hex, (reader) => reader.int64()),
      BigInt(value),
    )
  }
  for (const { value, hex } of vectors.string) {
    t.is(written(new Writer().string(value)), hex)
    t.is(
      readWhole(hex, (reader) => reader.string()),
      value,
    )
  }
  for (const { value, hex } of vectors.f64) {
    t.is(written(new Writer().f64(Number(value))), hex)
    t.is(
      readWhole(hex, (reader) => reader.f64()),
      Number(value),
    )
  }
})

test('sealed records are written and read as published', (t) => {
  for (const { record, hex } of vectors.sealed) {
    t.is(seal(record).toString('hex'), hex)
    t.deepEqual(unseal(bytesOf(hex), 'vector'), record)
  }
})

test('published frames give their input', (t) => {
  for (const { input, dictionary, frame } of vectors.zstd) {
    const raw = makeInput(input)
    t.deepEqual(decompress(bytesOf(frame), raw.length, dictionary && makeInput(dictionary)), raw)
  }
})

test('published planes are split and joined', (t) => {
  for (const { raw, split } of vectors.planes) {
    t.is(splitPlanes(bytesOf(raw)).toString('hex'), split)
    t.is(joinPlanes(bytesOf(split)).toString('hex'), raw)
  }
})

function readDamaged({ read, hex, length = 0, dictionary }: Damaged): unknown {
  if (read === 'sealed') return unseal(bytesOf(hex), 'vector')
  if (read === 'zstd') return decompress(bytesOf(hex), length, dictionary && makeInput(dictionary))
  return readWhole<unknown>(hex, (reader) => reader[read]())
}

for (const damaged of vectors.damaged) {
  test(`a damaged ${damaged.read} (${damaged.why}, ${damaged.hex.length / 2} bytes) is refused`, (t) => {
    t.throws(() => readDamaged(damaged), { code: damaged.error })
  })
}
