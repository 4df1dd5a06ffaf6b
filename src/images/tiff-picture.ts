// The planes of a TIFF: its pages, called as its OME-XML calls them, or by their number.
import { badImage } from './errors.js'
import { stackOf } from './imagej.js'
import type { OmeImage, PlaneRun } from './ome.js'
import type { Picture, PlaneRef } from './picture.js'
import type { Source } from './source.js'
import { openTiff, pageOffsets, type TiffFile } from './tiff-file.js'
import { readPage } from './tiff-page.js'
import { tiffPixels } from './tiff-pixels.js'
import { isAlike, omeOf, omeShape, pageShape } from './tiff-shape.js'

export async function openTiffPicture(source: Source): Promise<Picture> {
  const file = await openTiff(source)
  const offsets: number[] = []
  for await (const offset of pageOffsets(file)) offsets.push(offset)
  const first = await readPage(file, offsets[0]!)
  const images = await omeOf(file, first)
  if (!images) return pagesOf(file, offsets)
  const planes = [...omePlanes(images, { samples: first.samples, offsets })]
  return {
    shape: omeShape(first, images),
    planes: planes.map(({ key, offset }) => planeAt(file, offset, key)),
  }
}

async function pagesOf(file: TiffFile, offsets: readonly number[]): Promise<Picture> {
  const pages: number[] = []
  let alike = true
  let first: Awaited<ReturnType<typeof readPage>> | undefined
  for (const offset of offsets) {
    const page = await readPage(file, offset)
    if (page.derived) continue
    first ??= page
    alike &&= isAlike(first, page)
    pages.push(offset)
  }
  if (!first) throw badImage(file.source.name, 'all its pages are copies or masks of others')
  const stack = pages.length === 1 ? await stackOf(file, first) : []
  const planes =
    stack.length > 1
      ? stack.map((page, i) => ({ key: `page ${i + 1}`, open: async () => tiffPixels(file, page) }))
      : pages.map((offset, i) => planeAt(file, offset, pages.length > 1 ? `page ${i + 1}` : ''))
  return { shape: pageShape(first, { pages: planes.length, alike }), planes }
}

function planeAt(file: TiffFile, offset: number, key: string): PlaneRef {
  return { key, open: async () => tiffPixels(file, await readPage(file, offset)) }
}

interface Pages {
  /** Of a pixel: so many channels are in one page. */
  samples: number
  offsets: readonly number[]
}

/** The planes that are in this file: those of a data set may be in several. */
function* omePlanes(
  images: readonly OmeImage[],
  { samples, offsets }: Pages,
): Generator<{ key: string; offset: number }> {
  for (const [number, image] of images.entries()) {
    const title = images.length > 1 ? `image ${number} ` : ''
    const runs: PlaneRun[] = image.runs.length > 0 ? image.runs : [{ page: 0, first: { Z: 0, C: 0, T: 0 } }]
    for (const { page, first, count } of runs) {
      const channels = Math.max(1, Math.floor(image.sizes.C / samples))
      const sizes = { Z: image.sizes.Z, T: image.sizes.T, C: channels }
      const last = Math.min(offsets.length - page, count ?? Infinity)
      const places = placesFrom({ axes: image.axes, sizes }, { ...first, C: Math.floor(first.C / samples) })
      for (let i = 0; i < last; i++) {
        const place = places.next().value
        if (place === undefined) break
        yield { key: `${title}${place}`, offset: offsets[page + i]! }
      }
    }
  }
}

type Place = Record<'Z' | 'C' | 'T', number>

/** Names of planes, the last axis the fastest; in the name T, C and Z always stand in this order. */
function* placesFrom(
  { axes, sizes }: { axes: string; sizes: Place },
  first: Place,
): Generator<string, undefined> {
  const at = { ...first }
  const order = [...axes].reverse() as (keyof Place)[]
  for (let axis: keyof Place | undefined = order[0]; axis !== undefined;) {
    yield `T=${at.T} C=${at.C} Z=${at.Z}`
    axis = order.find((one) => {
      if (++at[one] < sizes[one]) return true
      at[one] = 0
      return false
    })
  }
  return undefined
}
