// What a TIFF is as one array: the images of its OME-XML, or its pages.
import { badImage } from './errors.js'
import { stackOf } from './imagej.js'
import { type OmeImage, parseOme } from './ome.js'
import type { Source } from './source.js'
import { openTiff, pageOffsets, text, type TiffFile } from './tiff-file.js'
import { type Page, readPage, TAG } from './tiff-page.js'
import type { ImageShape } from './types.js'

/** Larger descriptions are not read. Bytes. */
const XML_BYTES_MAX = 64 * 1024 * 1024

export async function readTiffShape(source: Source): Promise<ImageShape> {
  const file = await openTiff(source)
  let first: Page | undefined
  let [pages, alike] = [0, true]
  for await (const offset of pageOffsets(file)) {
    const page = await readPage(file, offset)
    if (!first) {
      const images = await omeOf(file, page)
      if (images) return omeShape(page, images)
    }
    if (page.derived) continue
    first ??= page
    pages++
    alike &&= isAlike(first, page)
  }
  if (!first) throw badImage(source.name, 'all its pages are copies or masks of others')
  return pageShape(first, { pages: pages === 1 ? (await stackOf(file, first)).length : pages, alike })
}

/** The images of a page's OME-XML; undefined when it has none, or one that is of other pages: programs that do not
 * know it keep it when they cut or scale. */
export async function omeOf(file: TiffFile, page: Page): Promise<OmeImage[] | undefined> {
  const description = await text(file, page.directory, { tag: TAG.description, max: XML_BYTES_MAX })
  const images = description === undefined ? undefined : parseOme(description)
  const sizes = images?.[0]?.sizes
  const fits = sizes && sizes.X === page.width && sizes.Y === page.height && sizes.C % page.samples === 0
  return fits ? images : undefined
}

export function omeShape(page: Page, images: readonly OmeImage[]): ImageShape {
  const { axes, sizes } = images[0]!
  const extent = (axis: string) =>
    axis === 'C' ? sizes.C / page.samples : sizes[axis as keyof OmeImage['sizes']]
  const colors = page.samples > 1
  const shape = [...`${axes}YX`].map(extent)
  return {
    format: 'ome-tiff',
    shape: colors ? [...shape, page.samples] : shape,
    axes: `${axes}YX${colors ? 'S' : ''}`,
    type: page.type,
    planes: images.reduce((sum, one) => sum + planesOf(one, page), 0),
  }
}

function planesOf({ sizes }: OmeImage, { samples }: Page): number {
  return sizes.T * sizes.Z * Math.max(1, Math.floor(sizes.C / samples))
}

/** Pages that are alike are an axis of their own; of others the first is told. */
export function pageShape(page: Page, { pages, alike }: { pages: number; alike: boolean }): ImageShape {
  const { width, height, samples, type } = page
  const many = pages > 1 && alike
  const colors = samples > 1
  return {
    format: 'tiff',
    shape: [...(many ? [pages] : []), height, width, ...(colors ? [samples] : [])],
    axes: `${many ? 'I' : ''}YX${colors ? 'S' : ''}`,
    type,
    planes: pages,
  }
}

export function isAlike(a: Page, b: Page): boolean {
  return a.width === b.width && a.height === b.height && a.samples === b.samples && a.type === b.type
}
