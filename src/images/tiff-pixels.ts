// The pixels of one page of a TIFF, a row of strips or tiles at a time.
import { badImage } from './errors.js'
import { type Pixels, PLANE_BYTES_MAX } from './picture.js'
import { type Layout, layoutOf, type Samples, samplesOf, unpack } from './samples.js'
import { addUp, compressionName, isUnpacked, joinFloats, type RowForm, unpackBlock } from './tiff-blocks.js'
import { number, numbers, type TiffFile } from './tiff-file.js'
import { JPEG, type JpegTables, jpegTables, unpackJpeg } from './tiff-jpeg.js'
import { type Page, TAG } from './tiff-page.js'

/** How a page is cut into strips or tiles: both are blocks. A strip is a tile as wide as the page. */
interface Blocks {
  tiled: boolean
  width: number
  height: number
  across: number
  down: number
  /** Of all blocks, row by row; where samples lie apart, of the first sample, then the next. */
  offsets: number[]
  bytes: number[]
}

interface Form {
  page: Page
  layout: Layout
  blocks: Blocks
  compression: number
  /** Of blocks that are JPEGs. */
  jpeg?: JpegTables
  predictor: number
  /** Whether a block has one sample of each pixel, and not all. */
  apart: boolean
}

/** DV_BAD_IMAGE where its values are no numbers. */
export function tiffPixels(file: TiffFile, page: Page): Pixels {
  const { width, height, samples, type } = page
  const layout = layoutOf(type)
  if (!layout) throw badImage(file.source.name, `values of the type '${type}' are not compared`)
  return {
    extents: samples > 1 ? [height, width, samples] : [height, width],
    ...{ type, count: width * height, channels: samples * layout.parts },
    read: () => bands(file, page, layout),
  }
}

async function* bands(file: TiffFile, page: Page, layout: Layout): AsyncGenerator<Samples> {
  const form = await formOf(file, page, layout)
  const { blocks } = form
  for (let row = 0; row < blocks.down; row++) {
    const rows = Math.min(blocks.height, page.height - row * blocks.height)
    yield await band(file, form, { row, rows })
  }
}

async function formOf(file: TiffFile, page: Page, layout: Layout): Promise<Form> {
  const one = (tag: number, otherwise: number) => number(file, page.directory, { tag, otherwise })
  const { name } = file.source
  const compression = await one(TAG.compression, 1)
  const isJpeg = compression === JPEG && page.type === 'uint8'
  if (!isJpeg && !isUnpacked(compression))
    throw badImage(
      name,
      `its pixels are compressed in a way that is not decoded (${compressionName(compression)})`,
    )
  const predictor = await one(TAG.predictor, 1)
  if (predictor > 3 || (predictor === 3) !== (layout.form === 'float' && predictor > 1) || layout.bits < 8)
    throw badImage(name, `its values are predicted in a way that is not decoded (${predictor})`)
  if (page.bits % 8 !== 0 && ((await one(TAG.fillOrder, 1)) !== 1 || predictor !== 1))
    throw badImage(name, `its samples of ${page.bits} bits are stored in a way that is not decoded`)
  const apart = page.samples > 1 && (await one(TAG.planar, 1)) === 2
  const blocks = await blocksOf(file, page, apart ? page.samples : 1)
  const jpeg = isJpeg ? await jpegTables(file, page.directory) : undefined
  return { page, layout, blocks, compression, predictor, apart, ...(jpeg && { jpeg }) }
}

async function blocksOf(file: TiffFile, page: Page, times: number): Promise<Blocks> {
  const { directory } = page
  const one = (tag: number, otherwise: number) => number(file, directory, { tag, otherwise })
  const tiled = directory.tags.has(TAG.tileOffsets)
  const width = tiled ? await one(TAG.tileWidth, 0) : page.width
  const height = tiled
    ? await one(TAG.tileHeight, 0)
    : Math.min(page.height, await one(TAG.rowsPerStrip, page.height))
  if (width === 0 || height === 0) throw badImage(file.source.name, 'its tiles have no extent')
  const [across, down] = [Math.ceil(page.width / width), Math.ceil(page.height / height)]
  const max = across * down * times
  const offsets = await numbers(file, directory, { tag: tiled ? TAG.tileOffsets : TAG.stripOffsets, max })
  const bytes = await numbers(file, directory, { tag: tiled ? TAG.tileBytes : TAG.stripBytes, max })
  if (offsets.length < max || bytes.length < max)
    throw badImage(file.source.name, `it has ${offsets.length} strips or tiles, where ${max} were wanted`)
  // Blocks that share bytes would make a small file take any time.
  if (bytes.reduce((sum, one) => sum + one, 0) > file.source.size)
    throw badImage(file.source.name, 'its strips or tiles take more bytes than it has')
  return { tiled, width, height, across, down, offsets: offsets.map((offset) => offset + page.shift), bytes }
}

/** All rows of a row of blocks. */
async function band(
  file: TiffFile,
  form: Form,
  { row, rows }: { row: number; rows: number },
): Promise<Samples> {
  const { page, layout, blocks, apart } = form
  const perPixel = page.samples * layout.parts
  const bytes = Math.max(page.width, blocks.width) * blocks.height * perPixel * (layout.bits / 8)
  if (bytes > PLANE_BYTES_MAX)
    throw badImage(file.source.name, `a row of its strips or tiles takes ${bytes} bytes`)
  let all: Samples | undefined
  for (let sample = 0; sample < (apart ? page.samples : 1); sample++) {
    for (let column = 0; column < blocks.across; column++) {
      const values = await block(file, form, {
        index: (sample * blocks.down + row) * blocks.across + column,
        rows,
      })
      if (!blocks.tiled && !apart) return values
      all ??= emptyLike(values, page.width * rows * perPixel)
      const place = apart
        ? { first: sample * layout.parts, width: layout.parts }
        : { first: 0, width: perPixel }
      put(values, all, {
        rows,
        perPixel,
        ...place,
        column: column * blocks.width,
        across: blocks.width,
        total: page.width,
      })
    }
  }
  return all!
}

function emptyLike(values: Samples, length: number): Samples {
  return new (values.constructor as new (length: number) => Samples)(length)
}

interface Place {
  rows: number
  /** Values of a pixel in all. */
  perPixel: number
  /** Which of them are put there. */
  first: number
  width: number
  /** Where the block begins, and how many pixels wide it is. */
  column: number
  across: number
  /** Pixels of a row. */
  total: number
}

function put(
  values: Samples,
  all: Samples,
  { rows, perPixel, first, width, column, across, total }: Place,
): void {
  const pixels = Math.min(across, total - column)
  for (let row = 0; row < rows; row++) {
    let from = row * across * width
    let to = (row * total + column) * perPixel + first
    for (let pixel = 0; pixel < pixels; pixel++, from += width, to += perPixel)
      for (let i = 0; i < width; i++) all[to + i] = values[from + i]!
  }
}

/** The values of one strip or tile. */
async function block(
  file: TiffFile,
  form: Form,
  { index, rows }: { index: number; rows: number },
): Promise<Samples> {
  const { page, layout, blocks, compression, jpeg, predictor, apart } = form
  const step = (apart ? 1 : page.samples) * layout.parts
  // Tiles are all of one size, strips end with the page.
  const height =
    blocks.width === page.width && !page.directory.tags.has(TAG.tileOffsets) ? rows : blocks.height
  const perRow = blocks.width * step
  const stored = page.bits % 8 === 0 ? layout.bits : page.bits
  const length = Math.ceil((perRow * stored) / 8) * height
  const packed = await file.source.read(blocks.offsets[index]!, blocks.bytes[index]!)
  const { name } = file.source
  const bytes = jpeg
    ? await unpackJpeg(packed, jpeg, { name, length, across: blocks.width })
    : unpackBlock(compression, packed, length)
  if (!bytes) throw badImage(file.source.name, `strip or tile ${index + 1} of it is damaged, or too short`)
  if (page.bits % 8 !== 0) return unpack(bytes, { bits: page.bits, perRow, rows: height })
  return predicted(file, bytes, { layout, predictor, row: { perRow, step } })
}

function predicted(
  { bigEndian }: TiffFile,
  bytes: Buffer,
  { layout, predictor, row }: { layout: Layout; predictor: number; row: RowForm },
): Samples {
  if (predictor === 3) return samplesOf(joinFloats(Buffer.from(bytes), row, layout.bits / 8), layout, true)
  const values = samplesOf(predictor === 2 ? Buffer.from(bytes) : bytes, layout, bigEndian)
  if (predictor === 2) addUp(values, row)
  return values
}
