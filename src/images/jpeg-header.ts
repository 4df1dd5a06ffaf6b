// JPEG: segments up to the one that begins the frame. ITU-T T.81
import { badImage } from './errors.js'
import type { Source } from './source.js'
import type { ImageShape } from './types.js'

export interface JpegHeader {
  width: number
  height: number
  components: number
  /** Bits of a sample. */
  precision: number
}

/** Segments before the frame: profiles, thumbnails, comments. */
const SEGMENTS_MAX = 1000

export async function readJpegHeader(source: Source): Promise<JpegHeader> {
  let offset = 2
  for (let n = 0; n < SEGMENTS_MAX; n++) {
    const head = await source.read(offset, 2)
    const marker = head[1]!
    if (head[0] !== 0xff) throw badImage(source.name, `byte ${offset} of it begins no segment of a JPEG`)
    // Bytes of 0xff may fill the room before a marker.
    if (marker === 0xff) offset += 1
    else if (isFrame(marker)) return frameAt(source, offset)
    else if (isAlone(marker)) offset += 2
    else {
      const length = (await source.read(offset + 2, 2)).readUInt16BE(0)
      if (length < 2 || marker === END || marker === SCAN) break
      offset += 2 + length
    }
  }
  throw badImage(source.name, 'it has no frame')
}

const [SCAN, END] = [0xda, 0xd9]

/** SOF0 to SOF15; among their codes are those of Huffman tables, of extensions and of arithmetic coding. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

function isAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)
}

async function frameAt(source: Source, offset: number): Promise<JpegHeader> {
  const frame = await source.read(offset + 4, 6)
  const header = {
    precision: frame[0]!,
    height: frame.readUInt16BE(1),
    width: frame.readUInt16BE(3),
    components: frame[5]!,
  }
  const { width, height, components, precision } = header
  // A height of 0 is told behind the first scan, which no reader in use understands.
  if (width === 0 || height === 0) throw badImage(source.name, `it is ${width} × ${height} pixels`)
  if (components < 1 || components > 4 || precision < 2 || precision > 16)
    throw badImage(source.name, `it has ${components} components of ${precision} bits`)
  return header
}

export function jpegShape({ width, height, components, precision }: JpegHeader): ImageShape {
  return {
    format: 'jpeg',
    shape: components === 1 ? [height, width] : [height, width, components],
    axes: components === 1 ? 'YX' : 'YXS',
    type: `uint${precision}`,
    planes: 1,
  }
}
