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

test('a JPEG is decoded to nearly what was encoded, and a progressive one to the same', async (t) => {
  const [wanted] = await valuesOf(fixture('smooth-color.npy'))
  const [baseline] = await valuesOf(fixture('baseline.jpg'))
  const [progressive] = await valuesOf(fixture('progressive.jpg'))
  t.is(baseline!.length, wanted!.length)
  const off = [...(baseline as Uint8Array)].map((value, i) => Math.abs(value - Number(wanted![i])))
  t.true(Math.max(...off) <= 12)
  t.true(off.reduce((sum, one) => sum + one, 0) / off.length < 2)
  t.deepEqual(progressive, baseline)
  t.is((await valuesOf(fixture('gray.jpg')))[0]!.length, 40 * 50)
  t.is((await valuesOf(fixture('cmyk.jpg')))[0]!.length, 40 * 50 * 3)
})
