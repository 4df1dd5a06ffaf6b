// What differs between two pictures: a law over random ones, cases over those that other programs wrote.
import { deflateSync } from 'node:zlib'
import test from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import { comparePictures, openPicture, type PixelCounts, type PlaneChange } from '../../src/images/index.js'
import { fixture, inMemory } from './fixtures.js'
import { pngOf, writeNpy, writePng, writeTiff } from './write.js'

async function open(bytes: Uint8Array) {
  const { read, size } = inMemory(bytes)
  return openPicture(read, size, 'x.tif')
}

async function compare(before: Uint8Array, after: Uint8Array) {
  const comparison = await comparePictures(await open(before), await open(after))
  if (!comparison) return undefined
  const planes: PlaneChange[] = []
  for await (const plane of comparison.planes()) planes.push(plane)
  const { counts, compared, changed, added, removed } = comparison
  return { planes, counts, compared, changed, added, removed }
}

/** An array of planes of 3 × 5 pixels, and changes of it: at which places, and by how much. */
const ARRAYS = fc
  .record({
    planes: fc.integer({ min: 1, max: 4 }),
    channels: fc.constantFrom(1 as const, 3 as const),
    seed: fc.nat(255),
    changes: fc.uniqueArray(
      fc.record({ place: fc.nat(14), plane: fc.nat(3), by: fc.integer({ min: 1, max: 255 }) }),
      {
        selector: ({ place, plane }) => `${plane} ${place}`,
        maxLength: 12,
      },
    ),
  })
  .map(({ planes, channels, seed, changes }) => {
    const before = Uint8Array.from({ length: planes * 15 * channels }, (_, i) => (i * 31 + seed) & 255)
    const after = before.slice()
    const made = changes.filter(({ plane }) => plane < planes)
    let largest = 0
    for (const { place, plane, by } of made) {
      const at = (plane * 15 + place) * channels
      after[at] = (before[at]! + by) & 255
      largest = Math.max(largest, Math.abs(after[at]! - before[at]!))
    }
    return {
      planes,
      channels,
      before,
      after,
      wanted: { changed: made.length, largest, planes: planesOf(made) },
    }
  })

function planesOf(made: readonly { plane: number }[]): number {
  return new Set(made.map(({ plane }) => plane)).size
}

function told({ changed, channels }: PixelCounts, planes: number) {
  return { changed, largest: Math.max(...channels.map(({ largest }) => Number(largest))), planes }
}

test('an array of which k pixels changed is said to have k changed pixels, in PNG', async (t) => {
  await fc.assert(
    fc.asyncProperty(ARRAYS, async ({ planes, channels, before, after, wanted }) => {
      const png = (bytes: Uint8Array, level: number) =>
        writePng({ width: 5, height: 3 * planes, channels, bytes }, level)
      const found = (await compare(png(before, 0), png(after, 9)))!
      t.deepEqual(told(found.counts, wanted.planes), wanted)
    }),
  )
})

test('and in TIFF, page by page, however it is cut into strips', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      ARRAYS,
      fc.integer({ min: 1, max: 3 }),
      async ({ planes, channels, before, after, wanted }, rows) => {
        const tiff = (bytes: Uint8Array, rowsPerStrip: number, compression: 1 | 8) => {
          const size = 15 * channels
          const page = { width: 5, height: 3, samples: channels, bits: 8, rowsPerStrip, compression }
          return writeTiff(
            Array.from({ length: planes }, (_, i) => ({
              ...page,
              bytes: bytes.subarray(i * size, (i + 1) * size),
            })),
          )
        }
        const found = (await compare(tiff(before, rows, 8), tiff(after, 4 - rows, 1)))!
        t.deepEqual(told(found.counts, found.changed), wanted)
        t.is(found.compared, planes)
        t.is(found.planes.length, wanted.planes)
      },
    ),
  )
})

test('and in NPY, whichever axis is the fastest', async (t) => {
  await fc.assert(
    fc.asyncProperty(ARRAYS, fc.boolean(), fc.boolean(), async ({ planes, before, after }, a, b) => {
      const count = planes * 15
      // Fortran's order of an array is the C order of the array with its axes the other way round.
      const npy = (bytes: Uint8Array, fortran: boolean) =>
        writeNpy({
          ...{ description: '<i2', shape: [planes, 3, 5], fortran },
          bytes: fortran
            ? turned(new Int16Array(bytes.subarray(0, count)), planes)
            : asBytes(new Int16Array(bytes.subarray(0, count))),
        })
      const changed = [...before.subarray(0, count)].filter((value, i) => value !== after[i]).length
      const found = (await compare(npy(before, a), npy(after, b)))!
      t.is(found.counts.changed, changed)
      t.is(found.counts.pixels, count)
      const places = [...before.subarray(0, count)].flatMap((value, i) =>
        value === after[i] ? [] : Math.floor(i / 15),
      )
      if (!a || !b) t.is(found.changed, new Set(places).size)
    }),
  )
})

function asBytes(values: Int16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

function turned(values: Int16Array, planes: number): Uint8Array {
  const out = new Int16Array(values.length)
  for (let plane = 0; plane < planes; plane++)
    for (let row = 0; row < 3; row++)
      for (let column = 0; column < 5; column++)
        out[plane + planes * (row + 3 * column)] = values[(plane * 3 + row) * 5 + column]!
  return asBytes(out)
}

test('planes of two OME-TIFFs are paired by what they are, not by their order', async (t) => {
  const found = (await compare(fixture('five.ome.tif'), fixture('other-order.ome.tif')))!
  t.is(found.compared, 12)
  t.deepEqual([found.changed, found.counts.changed, found.counts.pixels], [0, 0, 12 * 16 * 20])
})

test('an array in Fortran order has the same values as one in C order', async (t) => {
  const { shape } = await open(fixture('fortran.npy'))
  t.deepEqual(shape.shape, [5, 4, 3])
  const [plane] = (await open(fixture('fortran.npy'))).turned!().planes
  const values: number[] = []
  for await (const piece of (await plane!.open()).read()) values.push(...(piece as Float64Array))
  const other = writeNpy({
    description: '<f8',
    shape: [5, 4, 3],
    bytes: new Uint8Array(Float64Array.from(values).buffer),
  })
  const found = (await compare(fixture('fortran.npy'), other))!
  t.deepEqual([found.compared, found.changed, found.counts.pixels], [5, 0, 60])
})

test('no number is equal to no number, and far from none', async (t) => {
  const npy = (values: number[]) =>
    writeNpy({
      description: '<f4',
      shape: [values.length],
      bytes: new Uint8Array(Float32Array.from(values).buffer),
    })
  const { counts } = (await compare(npy([NaN, NaN, 0, 1, -0]), npy([NaN, 1, 2.5, 1, 0])))!
  t.deepEqual([counts.changed, counts.channels[0]!.largest], [2, 2.5])
  const far = (await compare(npy([0]), npy([Infinity])))!
  t.is(far.counts.channels[0]!.largest, Infinity)
})

test('differences of 64 bits are exact', async (t) => {
  const npy = (value: bigint) =>
    writeNpy({ description: '<i8', shape: [1], bytes: new Uint8Array(BigInt64Array.of(value).buffer) })
  const { counts } = (await compare(npy(-(2n ** 63n)), npy(2n ** 63n - 1n)))!
  t.is(counts.channels[0]!.largest, 2n ** 64n - 1n)
})

test('pictures of another shape or type have no pixels in common', async (t) => {
  const page = { width: 2, height: 2, samples: 1, bits: 8, rowsPerStrip: 2, bytes: new Uint8Array(8) }
  t.is(await compare(writeTiff([page]), writeTiff([{ ...page, width: 4 }])), undefined)
  t.is(await compare(writeTiff([page]), writeTiff([{ ...page, bits: 16 }])), undefined)
  t.is(await compare(fixture('one.npy'), fixture('stack.npy')), undefined)
  t.is(await compare(fixture('gray8.png'), fixture('rgb8.png')), undefined)
})

test('pages that only one version has are told, and those of both compared', async (t) => {
  const page = (fill: number) => ({
    ...{ width: 2, height: 2, samples: 1, bits: 8, rowsPerStrip: 1 },
    bytes: new Uint8Array(4).fill(fill),
  })
  const found = (await compare(writeTiff([page(1), page(2)]), writeTiff([page(1), page(5), page(3)])))!
  t.deepEqual([found.compared, found.changed, found.added, found.removed], [2, 1, ['page 3'], []])
  t.deepEqual(
    found.planes.map(({ plane }) => plane),
    ['page 2'],
  )
})

test('a page of another shape among others is told as such', async (t) => {
  const page = { width: 2, height: 2, samples: 1, bits: 8, rowsPerStrip: 1, bytes: new Uint8Array(16) }
  const found = (await compare(writeTiff([page, page]), writeTiff([page, { ...page, width: 3 }])))!
  t.deepEqual(found.planes, [{ plane: 'page 2' }])
  t.is(found.changed, 1)
})

test('a comparison that is given up ends soon, however large the arrays are', async (t) => {
  const head = writeNpy({ description: '|u1', shape: [1_000_000, 10_000_000], bytes: new Uint8Array(0) })
  const read = async (offset: number, length: number) => {
    const bytes = Buffer.alloc(length)
    if (offset === 0) head.copy(bytes)
    return bytes
  }
  const picture = () => openPicture(read, head.length + 1e13, 'x.npy')
  const given = new AbortController()
  const comparison = (await comparePictures(await picture(), await picture(), { signal: given.signal }))!
  setTimeout(() => given.abort(new Error('given up')), 60)
  await t.throwsAsync(comparison.planes().next(), { message: 'given up' })
})

const BAD: [what: string, bytes: () => Buffer, message: RegExp][] = [
  [
    'a PNG that announces more than it has',
    () => pngOf({ width: 30_000, height: 2_000_000_000, color: 6 }, deflateSync(Buffer.alloc(100))),
    /its pixels are more than its bytes can hold/,
  ],
  [
    'a PNG whose rows alone would fill the memory',
    () => pngOf({ width: 100_000_000, height: 1, color: 6 }, deflateSync(Buffer.alloc(500_000_000))),
    /a row of it takes 400000000 bytes/,
  ],
  [
    'a PNG of fewer rows than it announces',
    () => pngOf({ width: 10, height: 9, color: 0 }, deflateSync(Buffer.alloc(11 * 4 + 3))),
    /its pixels end, or are damaged, in row 5 of 9/,
  ],
  ['a PNG that was cut', () => fixture('filtered.png').subarray(0, 120), /it ends at byte 120/],
  ['a JPEG that was cut', () => fixture('baseline.jpg').subarray(0, 900), /cannot be read as an image/],
  [
    'a JPEG that announces more pixels than are decoded',
    () => {
      const bytes = Buffer.from(fixture('baseline.jpg'))
      bytes.writeUInt32BE(0xffffffff, bytes.indexOf('ffc0', 0, 'hex') + 5)
      return bytes
    },
    /65535 × 65535 pixels are more than are decoded at once/,
  ],
  [
    'an array that announces more than it has',
    () => writeNpy({ description: '<f8', shape: [1_000_000, 1_000_000], bytes: new Uint8Array(8) }),
    /it has 8 bytes of values, where its shape takes 8000000000000/,
  ],
  [
    'a TIFF whose strip inflates to less than its rows',
    () => writeTiff([{ ...TIFF, compression: 8, tags: { 257: 2000, 278: 2000 } }]),
    /strip or tile 1 of it is damaged, or too short/,
  ],
  [
    'a TIFF whose strip could not hold its rows, however packed',
    () => writeTiff([{ ...TIFF, tags: { 259: 5, 256: 20_000, 257: 20_000, 278: 20_000 } }]),
    /strip or tile 1 of it is damaged, or too short/,
  ],
  [
    'a TIFF of one strip that would fill the memory',
    () => writeTiff([{ ...TIFF, tags: { 256: 100_000, 257: 100_000, 278: 100_000 } }]),
    /a row of its strips or tiles takes 10000000000 bytes/,
  ],
  [
    'a TIFF whose strips are outside',
    () => writeTiff([{ ...TIFF, tags: { 273: 100_000 } }]),
    /it ends at byte \d+, where more is said to be/,
  ],
  [
    'a TIFF whose strips take more than there is',
    () => writeTiff([{ ...TIFF, tags: { 279: 100_000 } }]),
    /its strips or tiles take more bytes than it has/,
  ],
  [
    'a TIFF that is compressed in a way that is not known',
    () => writeTiff([{ ...TIFF, tags: { 259: 50000 } }]),
    /compressed in a way that is not decoded \(Zstandard\)/,
  ],
]

const TIFF = { width: 2, height: 2, samples: 1, bits: 8, rowsPerStrip: 2, bytes: new Uint8Array(4) }

for (const [what, make, message] of BAD) {
  test.serial(`${what}: no memory is taken, and the file is named`, async (t) => {
    const bytes = make()
    const before = process.memoryUsage().arrayBuffers
    const error = await compare(bytes, bytes).catch((found: unknown) => found)
    t.true(process.memoryUsage().arrayBuffers - before < 30_000_000)
    t.true(isDvError(error, 'DV_BAD_IMAGE'), String(error))
    t.regex((error as Error).message, message)
  })
}

test.serial('a PNG that inflates to far more than it announces is read as far as that', async (t) => {
  const bytes = pngOf({ width: 3, height: 2, color: 0 }, deflateSync(Buffer.alloc(100_000_000)))
  const before = process.memoryUsage().arrayBuffers
  t.is((await compare(bytes, bytes))!.counts.pixels, 6)
  t.true(process.memoryUsage().arrayBuffers - before < 30_000_000)
})
