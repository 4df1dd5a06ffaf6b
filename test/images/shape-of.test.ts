import test from 'ava'
import { isDvError } from '../../src/base/index.js'
import { type ImageShape, isImageName, shapeOf } from '../../src/images/index.js'
import { EXPECTED, fixture, inMemory } from './fixtures.js'

function shape(bytes: Uint8Array): Promise<ImageShape> {
  const { read, size } = inMemory(bytes)
  return shapeOf(read, size, 'x.png')
}

for (const [name, { sha256: _, ...expected }] of Object.entries(EXPECTED)) {
  test(`${name} is told as the program that wrote it tells it`, async (t) => {
    t.true(isImageName(name))
    t.deepEqual(await shape(fixture(name)), expected)
  })
}

test('a header is read, not the file behind it', async (t) => {
  const bytes = Buffer.concat([fixture('stack.npy'), Buffer.alloc(8_000_000)])
  const { read, size, asked } = inMemory(bytes)
  await shapeOf(read, size, 'x.npy')
  t.true(asked() < 100_000)
})

test('what is no image, or ends too early, says which file it is', async (t) => {
  const wrong: [Buffer, RegExp][] = [
    [Buffer.alloc(0), /^'x.png' cannot be read as an image: it does not begin as/],
    [Buffer.from('id,name\n'), /does not begin as/],
    [fixture('rgb8.png').subarray(0, 20), /it ends at byte 20/],
    [fixture('baseline.jpg').subarray(0, 60), /it ends at byte 60/],
    [fixture('five.ome.tif').subarray(0, 9), /it ends at byte 9/],
    [fixture('stack.npy').subarray(0, 30), /it ends at byte 30/],
  ]
  for (const [bytes, message] of wrong) {
    const error = await t.throwsAsync(shape(bytes), { message })
    t.true(isDvError(error, 'DV_BAD_IMAGE'))
  }
})

test('headers that lie are refused', async (t) => {
  const png = fixture('rgb8.png')
  await t.throwsAsync(shape(changed(png, 16, [0, 0, 0, 0])), { message: /it is 0 × 11 pixels/ })
  await t.throwsAsync(shape(changed(png, 24, [3])), { message: /3 bits of color type 2/ })
  const npy = fixture('stack.npy').toString('latin1').replace('(3, 2, 5, 4)', '(9e9, 2, 4)')
  await t.throwsAsync(shape(Buffer.from(npy, 'latin1')), { message: /does not tell descr/ })
})

test('pages of a TIFF that go round in a circle are no endless file', async (t) => {
  // A header, and at byte 8 one page of 8 × 8 pixels that says it is followed by itself.
  const tags = [256, 257].map((tag) => [tag & 255, tag >> 8, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0])
  const bytes = Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0, 2, 0, ...tags.flat(), 8, 0, 0, 0])
  await t.throwsAsync(shape(bytes), { message: /go round in a circle/ })
  t.deepEqual(await shape(changed(bytes, 34, [0])), {
    ...{ format: 'tiff', shape: [8, 8], axes: 'YX', type: 'uint1', planes: 1 },
  })
})

function changed(bytes: Buffer, at: number, values: number[]): Buffer {
  const copy = Buffer.from(bytes)
  copy.set(values, at)
  return copy
}

test('XML of an image that was cut since is passed over', async (t) => {
  const text = fixture('five.ome.tif').toString('latin1').replace('SizeX="20"', 'SizeX="10"')
  t.deepEqual(await shape(Buffer.from(text, 'latin1')), {
    ...{ format: 'tiff', shape: [12, 16, 20], axes: 'IYX', type: 'uint16', planes: 12 },
  })
})
