// Headers of pictures and arrays.
import fs from 'node:fs'
import { shapeOf } from '../../../src/images/index.js'
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
const XML = /<\?xml.*<\/OME>/s.exec(sample('five.ome.tif').toString('latin1'))![0]

export const imageTargets: readonly Target[] = [
  {
    name: 'image-header',
    seeds: SEEDS.map(sample),
    parse: (bytes) =>
      shapeOf(async (offset, length) => bytes.subarray(offset, offset + length), bytes.length, 'x'),
  },
  { name: 'ome-xml', seeds: [Buffer.from(XML)], parse: (bytes) => parseOme(bytes.toString('utf8')) },
]
