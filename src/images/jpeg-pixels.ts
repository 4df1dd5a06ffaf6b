// The pixels of a JPEG, which is decoded whole: how many there may be is known before.
import type * as Jpeg from 'jpeg-js'
import { load } from '../base/index.js'
import { badImage } from './errors.js'
import { type JpegHeader, jpegShape } from './jpeg-header.js'
import type { Pixels } from './picture.js'
import type { Source } from './source.js'

const PIXELS_MAX = 100_000_000
const FILE_BYTES_MAX = 256 * 1024 * 1024
/** A progressive JPEG is some ten scans over all of it; one of thousands is made to keep readers busy. */
const SCANS_MAX = 200
/** Pixels that a byte may stand for: each block of 64 takes a bit at least. */
const RATIO_MAX = 1024
const MEMORY_MIB = 1024

/** Of four components, ink, the colors that these give. */
export function jpegPixels(source: Source, header: JpegHeader): Pixels {
  const { width, height, components } = header
  const { type } = jpegShape(header)
  const channels = components === 1 ? 1 : 3
  const extents = channels === 1 ? [height, width] : [height, width, channels]
  return {
    ...{ extents, type, count: width * height, channels },
    async *read() {
      if (source.size > FILE_BYTES_MAX) throw tooLarge(source.name, header)
      yield decodeJpeg(source.name, await source.read(0, source.size), header)
    },
  }
}

/** Values of all pixels: one of gray, else red, green and blue. `colorTransform`: whether they were told apart by
 * brightness; absent: as the JPEG says. */
export function decodeJpeg(
  name: string,
  bytes: Buffer,
  { width, height, components, precision, colorTransform }: JpegHeader & { colorTransform?: boolean },
): Uint8Array {
  if (precision !== 8) throw badImage(name, `samples of ${precision} bits are not decoded`)
  if (width * height > PIXELS_MAX) throw tooLarge(name, { width, height })
  if (width * height > bytes.length * RATIO_MAX)
    throw badImage(name, 'its pixels are more than its bytes can hold')
  if (scans(bytes) > SCANS_MAX) throw badImage(name, `it has more than ${SCANS_MAX} scans`)
  const limits = { maxResolutionInMP: PIXELS_MAX / 1e6, maxMemoryUsageInMB: MEMORY_MIB }
  const form = { useTArray: true as const, formatAsRGBA: false, tolerantDecoding: false }
  try {
    const { decode } = load<typeof Jpeg>('jpeg-js')
    const transform = colorTransform === undefined ? {} : { colorTransform }
    const colors = decode(bytes, { ...form, ...limits, ...transform }).data
    return components === 1 ? everyThird(colors) : colors
  } catch (error) {
    throw badImage(name, error instanceof Error ? error.message : 'it cannot be decoded')
  }
}

function tooLarge(name: string, { width, height }: Pick<JpegHeader, 'width' | 'height'>): Error {
  return badImage(name, `${width} × ${height} pixels are more than are decoded at once`)
}

function scans(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf('ffda', 0, 'hex'); at >= 0; at = bytes.indexOf('ffda', at + 2, 'hex')) count++
  return count
}

/** Gray is decoded to three equal colors. */
function everyThird(colors: Uint8Array): Uint8Array {
  const gray = new Uint8Array(colors.length / 3)
  for (let i = 0; i < gray.length; i++) gray[i] = colors[i * 3]!
  return gray
}
