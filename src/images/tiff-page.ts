// One page of a TIFF: how large it is, and how its pixels are stored.
import { badImage } from './errors.js'
import { type Directory, number, numbers, readDirectory, type TiffFile } from './tiff-file.js'

export interface Page {
  width: number
  height: number
  /** Of a pixel. */
  samples: number
  /** Of a sample. */
  bits: number
  /** As `ImageShape.type`. */
  type: string
  /** A smaller copy of another page, or a mask: not a picture of its own. */
  derived: boolean
  /** Bytes from the pixels that the page names to its own: of planes that have no page. */
  shift: number
  directory: Directory
}

export const TAG = {
  subfile: 254,
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  description: 270,
  stripOffsets: 273,
  samples: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  planar: 284,
  predictor: 317,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileBytes: 325,
  sampleFormat: 339,
  jpegTables: 347,
} as const

const SAMPLES_MAX = 65_535
const FORMATS: Record<number, string> = {
  1: 'uint',
  2: 'int',
  3: 'float',
  4: 'uint',
  5: 'complex',
  6: 'complex',
}

export async function readPage(file: TiffFile, offset: number): Promise<Page> {
  const directory = await readDirectory(file, offset)
  const { name } = file.source
  const one = (tag: number, otherwise: number) => number(file, directory, { tag, otherwise })
  const [width, height] = [await one(TAG.width, 0), await one(TAG.height, 0)]
  if (width === 0 || height === 0) throw badImage(name, `a page of it is ${width} × ${height} pixels`)
  const samples = await one(TAG.samples, 1)
  const depths = await numbers(file, directory, { tag: TAG.bits, max: SAMPLES_MAX })
  const bits = depths[0] ?? 1
  if (samples < 1 || bits < 1 || bits > 128 || depths.some((depth) => depth !== bits))
    throw badImage(name, `its pixels have ${samples} samples of ${depths.slice(0, 4).join(', ')} bits`)
  const format = FORMATS[await one(TAG.sampleFormat, 1)]
  if (!format) throw badImage(name, 'its samples are of no known format')
  const derived = ((await one(TAG.subfile, 0)) & 0b101) !== 0
  return { width, height, samples, bits, type: `${format}${bits}`, derived, shift: 0, directory }
}
