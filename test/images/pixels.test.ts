import { createHash } from 'node:crypto'
import test from 'ava'
import { openPicture } from '../../src/images/index.js'
import { bytesOf, type Samples } from '../../src/images/samples.js'
import { EXPECTED, fixture, inMemory } from './fixtures.js'

async function valuesOf(bytes: Uint8Array): Promise<Samples[]> {
  const { read, size } = inMemory(bytes)
  const { planes, turned } = await openPicture(read, size, 'x.tif')
  const pieces: Samples[] = []
  for (const plane of turned?.().planes ?? planes)
    for await (const piece of (await plane.open()).read()) pieces.push(piece)
  return pieces
}

/** Floats of 16 bits are read as such of 32. */
const WIDENED = /float16|half/

for (const [name, { sha256, format }] of Object.entries(EXPECTED)) {
  if (sha256 === undefined || WIDENED.test(name)) continue
  test(`the pixels of ${name} (${format}) are those that were written`, async (t) => {
    const hash = createHash('sha256')
    for (const piece of await valuesOf(fixture(name))) hash.update(bytesOf(piece))
    t.is(hash.digest('hex'), sha256)
  })
}

test('floats of 16 bits are what they are in NumPy', async (t) => {
  const halves = Buffer.from(new Uint16Array([0, 0x3c00, 0xc000, 0x3555, 0x7bff, 1, 0x7c00, 0xfe00]).buffer)
  const { writeNpy } = await import('./write.js')
  const [values] = await valuesOf(writeNpy({ description: '<f2', shape: [8], bytes: halves }))
  t.deepEqual([...values!], [0, 1, -2, 0.333251953125, 65504, 2 ** -24, Infinity, NaN])
})

/** How far the values of one are from those of another: at most, and in the middle. */
async function distance(name: string, other: string) {
  const [a, b] = [await all(name), await all(other)]
  if (a.length !== b.length) return { most: Infinity, mean: Infinity }
  const off = a.map((value, i) => Math.abs(value - b[i]!))
  return { most: Math.max(...off), mean: off.reduce((sum, one) => sum + one, 0) / off.length }
}

async function all(name: string): Promise<number[]> {
  return (await valuesOf(fixture(name))).flatMap((piece) => [...piece].map(Number))
}

for (const name of ['baseline.jpg', 'jpeg-tiled.tif', 'jpeg-strips.tif']) {
  test(`${name} is decoded to nearly what was encoded`, async (t) => {
    const { most, mean } = await distance(name, 'smooth-color.npy')
    // Programs differ in how they spread the colors of a block over its pixels.
    t.true(most <= (name === 'baseline.jpg' ? 12 : 60), `${most}`)
    t.true(mean < 4, `${mean}`)
  })
}

test('gray is one value, whether in a JPEG or in a TIFF; a progressive JPEG is the same as a plain one', async (t) => {
  t.deepEqual(await distance('progressive.jpg', 'baseline.jpg'), { most: 0, mean: 0 })
  const { most } = await distance('gray.jpg', 'jpeg-gray.tif')
  t.true(most <= 8, `${most}`)
  t.is((await all('gray.jpg')).length, 40 * 50)
  t.is((await all('cmyk.jpg')).length, 40 * 50 * 3)
})
