// Headers of pictures and arrays.
import fs from 'node:fs'
import { openPicture, shapeOf } from '../../../src/images/index.js'
import { parseOme } from '../../../src/images/ome.js'
import type { Target } from './index.js'

const SEEDS = [
  'palette4-transparent.png',
  'progressive.jpg',
  'bigtiff.tif',
  'two-images.ome.tif',
  'fortran.npy',
]
const sample = (name: string) => fs.readFileSync(`test/fixtures/images/${name}`)
const PIXELS = [
  ...['palette4-transparent.png', 'gray2-interlaced.png', 'strips-packbits.tif', 'tiled-lzw16.tif'],
  ...[
    'tiled-planar.tif',
    'float32-predictor.tif',
    'five.ome.tif',
    'bilevel.tif',
    'fortran.npy',
    'gray.jpg',
    'jpeg-gray.tif',
    'imagej-one-page.tif',
  ],
]
const XML = /<\?xml.*<\/OME>/s.exec(sample('five.ome.tif').toString('latin1'))![0]

export const imageTargets: readonly Target[] = [
  {
    name: 'image-header',
    seeds: SEEDS.map(sample),
    parse: (bytes) =>
      shapeOf(async (offset, length) => bytes.subarray(offset, offset + length), bytes.length, 'x'),
  },
  {
    name: 'image-pixels',
    longest: 16_384,
    seeds: PIXELS.map(sample),
    async parse(bytes) {
      const read = async (offset: number, length: number) => bytes.subarray(offset, offset + length)
      const { planes, turned } = await openPicture(read, bytes.length, 'x')
      for (const plane of [...planes.slice(0, 2), ...(turned?.().planes ?? [])]) {
        const pixels = await plane.open()
        // What takes memory and time because it is large is no finding: that is bounded elsewhere.
        if (pixels.count * pixels.channels > 100_000) continue
        for await (const piece of pixels.read()) if (piece.length === 0) throw new Error('it never ends')
      }
    },
  },
  { name: 'ome-xml', seeds: [Buffer.from(XML)], parse: (bytes) => parseOme(bytes.toString('utf8')) },
]
