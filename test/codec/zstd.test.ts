import test from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import {
  compress,
  decompress,
  isUsableDictionary,
  loadBindingZstd,
  loadNodeZstd,
  reclaimZstdMemory,
  useZstd,
} from '../../src/codec/index.js'
import { generator, makeInput } from '../vectors/inputs.js'

// Node's own zstd exists in newer versions only: there both are tested, and against each other.
const available = [loadBindingZstd(), loadNodeZstd()].filter((each) => each !== undefined)
const rows = makeInput({ kind: 'text', seed: 1, length: 20_000 })
const dictionary = rows.subarray(0, 12_000)
const inputs = [1, 255, 256, 65_791, 65_792, 131_072, 131_073, 300_000].flatMap((length) => [
  makeInput({ kind: 'text', seed: 2, length }),
  makeInput({ kind: 'byte', value: 0, length }),
  makeInput({ kind: 'random', seed: 3, length }),
])

test.afterEach.always(() => useZstd(undefined))

for (const writer of available) {
  for (const reader of available) {
    test.serial(
      `what ${writer.name} compressed ${reader.name} decompresses, with and without a dictionary`,
      (t) => {
        for (const raw of inputs) {
          for (const base of [undefined, dictionary]) {
            useZstd(writer)
            const frame = compress(raw, { dictionary: base })
            useZstd(reader)
            t.true(decompress(frame, raw.length, base).equals(raw))
          }
        }
      },
    )
  }

  test.serial(
    `frames of ${writer.name} are single segments that state their size, without checksum or dictionary id`,
    (t) => {
      useZstd(writer)
      for (const raw of inputs) {
        const frame = compress(raw, { dictionary })
        t.is(frame.readUInt32LE(0), 0xfd2fb528)
        t.is(frame[4]! & 0x3f, 0x20)
        const width = 1 << (frame[4]! >> 6)
        t.is(frame.readUIntLE(5, width) + (width === 2 ? 256 : 0), raw.length)
      }
    },
  )

  test.serial(
    `${writer.name}: a frame is refused unless it is whole, alone and of the length wanted`,
    (t) => {
      useZstd(writer)
      const frame = compress(rows)
      for (const length of [0, rows.length - 1, rows.length + 1, 2 ** 40]) {
        t.throws(() => decompress(frame, length), { code: 'DV_CORRUPT' })
      }
      for (let length = 0; length < frame.length; length++) {
        t.throws(() => decompress(frame.subarray(0, length), rows.length), { code: 'DV_CORRUPT' })
      }
      for (const more of [Buffer.from([0]), frame, Buffer.from('502a4d1800000000', 'hex')]) {
        t.throws(() => decompress(Buffer.concat([frame, more]), rows.length), { code: 'DV_CORRUPT' })
      }
    },
  )

  test.serial(
    `${writer.name}: flipped bits give the right number of bytes or DV_CORRUPT, never a crash`,
    (t) => {
      useZstd(writer)
      const next = generator(99)
      for (const base of [undefined, dictionary]) {
        const frame = compress(rows, { dictionary: base })
        for (let round = 0; round < 1500; round++) {
          const bytes = Buffer.from(frame)
          const at = (next() * 256 + next()) % (round % 2 === 0 ? Math.min(40, frame.length) : frame.length)
          bytes[at]! ^= 1 << (next() & 7)
          try {
            t.is(decompress(bytes, rows.length, base).length, rows.length)
          } catch (error) {
            t.true(isDvError(error, 'DV_CORRUPT'), String(error))
          }
        }
      }
    },
  )

  test.serial(`${writer.name}: a small frame that unfolds to gigabytes is refused without unfolding`, (t) => {
    useZstd(writer)
    const before = process.memoryUsage().rss
    for (const stated of [256, 131_072, 131_073, 1_000_000]) {
      t.throws(() => decompress(repeatedBlocks(20_000, stated), stated), { code: 'DV_CORRUPT' })
    }
    t.true(process.memoryUsage().rss - before < 200e6)
  })

  test.serial(`${writer.name}: random bytes are no frame`, (t) => {
    useZstd(writer)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(1000), (bytes, length) => {
        t.throws(() => decompress(bytes, length), { code: 'DV_CORRUPT' })
      }),
    )
  })

  test.serial(
    `${writer.name}: a dictionary with the dictionary magic is never used, and refused when read`,
    (t) => {
      useZstd(writer)
      const hostile = Buffer.concat([Buffer.from('37a430ec', 'hex'), Buffer.alloc(100)])
      t.false(isUsableDictionary(hostile))
      t.throws(() => compress(rows, { dictionary: hostile }), { instanceOf: TypeError })
      t.throws(() => decompress(compress(rows), rows.length, hostile), { code: 'DV_CORRUPT' })
    },
  )

  test.serial(`${writer.name}: the wrong dictionary never gives another length`, (t) => {
    useZstd(writer)
    const frame = compress(rows, { dictionary })
    for (const other of [
      undefined,
      Buffer.alloc(0),
      Buffer.from('x'),
      makeInput({ kind: 'random', seed: 5, length: 12_000 }),
    ]) {
      try {
        t.is(decompress(frame, rows.length, other).length, rows.length)
      } catch (error) {
        t.true(isDvError(error, 'DV_CORRUPT'), String(error))
      }
    }
  })
}

/** A frame that states `stated` bytes and holds `count` blocks of 128 KiB of one byte each. */
function repeatedBlocks(count: number, stated: number): Buffer {
  const frame = Buffer.alloc(9 + 4 * count)
  frame.writeUInt32LE(0xfd2fb528, 0)
  frame[4] = 0xa0
  frame.writeUInt32LE(stated, 5)
  for (let i = 0; i < count; i++) {
    frame.writeUIntLE((131_072 << 3) | (1 << 1) | (i === count - 1 ? 1 : 0), 9 + 4 * i, 3)
  }
  return frame
}

test('short bytes and near misses of the magic are usable dictionaries', (t) => {
  t.true(isUsableDictionary(Buffer.alloc(0)))
  t.true(isUsableDictionary(Buffer.from('37a430', 'hex')))
  t.true(isUsableDictionary(Buffer.from('37a430ed00', 'hex')))
})

test.serial('a long loop that pauses when asked to keeps the memory of the binding bounded', async (t) => {
  useZstd(loadBindingZstd())
  const raw = makeInput({ kind: 'text', seed: 4, length: 131_072 })
  const frame = compress(raw)
  const before = process.memoryUsage().rss
  let pauses = 0
  for (let i = 0; i < 2000; i++) {
    decompress(frame, raw.length)
    const pause = reclaimZstdMemory()
    if (pause === undefined) continue
    pauses++
    await pause
  }
  t.true(pauses > 10)
  t.true(process.memoryUsage().rss - before < 250e6)
})

test.serial(
  'output of any length is one frame, also where it ends with a piece of the implementation',
  (t) => {
    for (const implementation of available) {
      useZstd(implementation)
      // Random bytes among letters, so that the compressed lengths pass over every multiple of 16 KiB.
      for (let noise = 16_200; noise < 16_420; noise++) {
        const bytes = Buffer.concat([
          makeInput({ kind: 'random', seed: 4, length: noise }),
          Buffer.alloc(50_000, 'a'),
        ])
        t.true(decompress(compress(bytes), bytes.length).equals(bytes))
      }
    }
  },
)
