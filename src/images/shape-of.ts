// What an image is, told from its header alone: a few reads, however large it is. By how it begins, not by its name.
import { badImage } from './errors.js'
import { jpegShape, readJpegHeader } from './jpeg-header.js'
import { npyShape, readNpyHeader } from './npy-header.js'
import { pngShape, readPngHeader } from './png-header.js'
import { openSource, type Source } from './source.js'
import { readTiffShape } from './tiff-shape.js'
import type { ImageShape, ReadAt } from './types.js'

/** `size`: bytes of the file; `name`: for messages. DV_BAD_IMAGE where it is no image, or one whose header is damaged. */
export async function shapeOf(readAt: ReadAt, size: number, name: string): Promise<ImageShape> {
  const source = openSource(readAt, size, name)
  switch (await magicOf(source)) {
    case 'png':
      return pngShape(await readPngHeader(source))
    case 'jpeg':
      return jpegShape(await readJpegHeader(source))
    case 'npy':
      return npyShape(await readNpyHeader(source))
    case 'tiff':
      return readTiffShape(source)
  }
}

const MAGIC = {
  png: ['89504e470d0a1a0a'],
  jpeg: ['ffd8ff'],
  npy: ['934e554d5059'],
  /** Little and big endian, BigTIFF of both. */
  tiff: ['49492a00', '4d4d002a', '49492b00', '4d4d002b'],
} as const

/** DV_BAD_IMAGE where it begins as none. */
export async function magicOf(source: Source): Promise<keyof typeof MAGIC> {
  const start = (await source.read(0, Math.min(8, source.size))).toString('hex')
  for (const [kind, magics] of Object.entries(MAGIC))
    if (magics.some((magic) => start.startsWith(magic))) return kind as keyof typeof MAGIC
  throw badImage(source.name, 'it does not begin as a PNG, JPEG, TIFF or NPY does')
}
