// Strips and tiles of a TIFF that are JPEGs, whose tables may be kept once for all. TIFF Technical Note 2
import { readJpegHeader } from './jpeg-header.js'
import { decodeJpeg } from './jpeg-pixels.js'
import { openSource } from './source.js'
import { bytesOf, type Directory, number, type TiffFile } from './tiff-file.js'
import { TAG } from './tiff-page.js'

export const JPEG = 7
const YCBCR = 6
const TABLES_BYTES_MAX = 64 * 1024

export interface JpegTables {
  /** A JPEG without a picture. */
  tables?: Buffer
  colorTransform: boolean
}

export async function jpegTables(file: TiffFile, directory: Directory): Promise<JpegTables> {
  const tables = await bytesOf(file, directory, { tag: TAG.jpegTables, max: TABLES_BYTES_MAX })
  const photometric = await number(file, directory, { tag: TAG.photometric, otherwise: 1 })
  return { ...(tables && { tables }), colorTransform: photometric === YCBCR }
}

/** Exactly `length` values; undefined where it is another picture than the page says. `across`: pixels of a row. */
export async function unpackJpeg(
  packed: Buffer,
  { tables, colorTransform }: JpegTables,
  { name, length, across }: { name: string; length: number; across: number },
): Promise<Buffer | undefined> {
  // Without the mark that ends the tables, and the one that begins the picture.
  const bytes = tables ? Buffer.concat([tables.subarray(0, -2), packed.subarray(2)]) : packed
  const read = async (offset: number, wanted: number) => bytes.subarray(offset, offset + wanted)
  const header = await readJpegHeader(openSource(read, bytes.length, name))
  const { width, height, components } = header
  if (components === 2 || components === 4 || width !== across || width * height * components < length)
    return undefined
  return Buffer.from(decodeJpeg(name, bytes, { ...header, colorTransform })).subarray(0, length)
}
