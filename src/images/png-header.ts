// PNG: chunks, of which the first says all but whether there is transparency. https://www.w3.org/TR/png-3/
import { badImage } from './errors.js'
import type { Source } from './source.js'
import type { ImageShape } from './types.js'

export interface PngHeader {
  width: number
  height: number
  /** Bits of a stored sample. */
  depth: number
  color: Color
  interlaced: boolean
  /** Where the pixels are: the first of these chunks. */
  data: number
  palette?: Buffer
  transparency?: Buffer
}

export const COLOR = { gray: 0, rgb: 2, palette: 3, grayAlpha: 4, rgba: 6 } as const
type Color = (typeof COLOR)[keyof typeof COLOR]

const DEPTHS: Record<Color, readonly number[]> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
}
/** Samples stored of a pixel. */
export const STORED: Record<Color, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** Chunks before the pixels: profiles, texts. */
const CHUNKS_MAX = 1000
const SIGNATURE_BYTES = 8

export async function readPngHeader(source: Source): Promise<PngHeader> {
  const start = await source.read(0, SIGNATURE_BYTES + 25)
  if (start.readUInt32BE(8) !== 13 || start.toString('latin1', 12, 16) !== 'IHDR')
    throw badImage(source.name, 'a PNG begins with the chunk IHDR')
  const [width, height, depth, color] = [
    start.readUInt32BE(16),
    start.readUInt32BE(20),
    start[24]!,
    start[25] as Color,
  ]
  const [compression, filter, interlace] = start.subarray(26, 29)
  if (width === 0 || height === 0) throw badImage(source.name, `it is ${width} × ${height} pixels`)
  if (!DEPTHS[color]?.includes(depth) || compression !== 0 || filter !== 0 || interlace! > 1)
    throw badImage(source.name, `no PNG has ${depth} bits of color type ${color} so encoded`)
  const header = { width, height, depth, color, interlaced: interlace === 1, data: 0 }
  return untilData(source, header)
}

/** The palette and the transparency stand between the header and the pixels. */
async function untilData(source: Source, header: PngHeader): Promise<PngHeader> {
  let offset = SIGNATURE_BYTES + 25
  for (let n = 0; n < CHUNKS_MAX; n++) {
    const { type, length } = await chunkAt(source, offset)
    if (type === 'IDAT') {
      if (header.color === COLOR.palette && !header.palette) throw badImage(source.name, 'it has no palette')
      return { ...header, data: offset }
    }
    if (type === 'IEND') break
    if (length <= 768 && type === 'PLTE') header.palette = Buffer.from(await source.read(offset + 8, length))
    if (length <= 256 && type === 'tRNS' && transparencyFits(header, length))
      header.transparency = Buffer.from(await source.read(offset + 8, length))
    offset += 12 + length
  }
  throw badImage(source.name, 'it has no pixels')
}

function transparencyFits({ color }: PngHeader, length: number): boolean {
  if (color === COLOR.palette) return true
  return (color === COLOR.gray && length === 2) || (color === COLOR.rgb && length === 6)
}

export async function chunkAt(source: Source, offset: number): Promise<{ type: string; length: number }> {
  const head = await source.read(offset, 8)
  return { length: head.readUInt32BE(0), type: head.toString('latin1', 4, 8) }
}

/** Samples of a pixel as it is shown: colors of the palette, transparency as one more. */
export function pngChannels({ color, transparency }: PngHeader): number {
  const colors = color === COLOR.palette ? 3 : STORED[color]
  return colors + (transparency ? 1 : 0)
}

export function pngShape(header: PngHeader): ImageShape {
  const { width, height, depth, color } = header
  const channels = pngChannels(header)
  return {
    format: 'png',
    shape: channels === 1 ? [height, width] : [height, width, channels],
    axes: channels === 1 ? 'YX' : 'YXS',
    type: `uint${color === COLOR.palette ? 8 : depth}`,
    planes: 1,
  }
}
