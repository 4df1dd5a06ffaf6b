// A picture of any known kind, ready to be read.
import { badImage } from './errors.js'
import { jpegShape, readJpegHeader } from './jpeg-header.js'
import { jpegPixels } from './jpeg-pixels.js'
import { npyShape, readNpyHeader } from './npy-header.js'
import { npyPixels } from './npy-pixels.js'
import type { Picture, Pixels } from './picture.js'
import { pngShape, readPngHeader } from './png-header.js'
import { pngPixels } from './png-pixels.js'
import { magicOf } from './shape-of.js'
import { openSource } from './source.js'
import { openTiffPicture } from './tiff-picture.js'
import type { ImageShape, ReadAt } from './types.js'

/** `size`: bytes of the file; `name`: for messages. DV_BAD_IMAGE where it is no image, or its header is damaged. */
export async function openPicture(readAt: ReadAt, size: number, name: string): Promise<Picture> {
  const source = openSource(readAt, size, name)
  switch (await magicOf(source)) {
    case 'png': {
      const header = await readPngHeader(source)
      return onePlane(pngShape(header), pngPixels(source, header))
    }
    case 'jpeg': {
      const header = await readJpegHeader(source)
      return onePlane(jpegShape(header), jpegPixels(source, header))
    }
    case 'npy': {
      const header = await readNpyHeader(source)
      const pixels = npyPixels(source, header)
      if (!pixels) throw badImage(name, `values of the type '${npyShape(header).type}' are not compared`)
      const isTurnable = header.fortran && header.shape.filter((extent) => extent > 1).length > 1
      const turned = isTurnable ? npyPixels(source, header, true) : undefined
      return {
        ...onePlane(npyShape(header), pixels),
        ...(turned && { turned: () => onePlane(npyShape(header), turned) }),
      }
    }
    case 'tiff':
      return openTiffPicture(source)
  }
}

function onePlane(shape: ImageShape, pixels: Pixels): Picture {
  return { shape, planes: [{ key: '', open: async () => pixels }] }
}
