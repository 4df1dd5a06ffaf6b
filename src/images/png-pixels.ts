// The pixels of a PNG, row by row: no more than two rows and what is given out are in memory. Only an interlaced one is
// read whole. No more is inflated than the header announces.
import { badImage } from './errors.js'
import { openInflate } from './inflate.js'
import { type Pixels, PLANE_BYTES_MAX } from './picture.js'
import { chunkAt, COLOR, type PngHeader, pngChannels, pngShape, STORED } from './png-header.js'
import { type Samples, samplesOf, unpack } from './samples.js'
import type { Source } from './source.js'

const ROW_BYTES_MAX = 64 * 1024 * 1024
/** Deflate makes no more bytes of one. */
const RATIO_MAX = 1100
/** Given out at a time. */
const PIECE_BYTES = 256 * 1024

export function pngPixels(source: Source, header: PngHeader): Pixels {
  const { shape, type } = pngShape(header)
  if (rowBytes(header, header.width) * header.height > source.size * RATIO_MAX)
    throw badImage(source.name, 'its pixels are more than its bytes can hold')
  return {
    ...{ extents: shape, type, count: header.width * header.height, channels: pngChannels(header) },
    read: () => (header.interlaced ? whole(source, header) : rows(source, header)),
  }
}

async function* rows(source: Source, header: PngHeader): AsyncGenerator<Samples> {
  const { width, height } = header
  const atOnce = Math.max(1, Math.floor(PIECE_BYTES / rowBytes(header, width)))
  let kept: Buffer[] = []
  for await (const row of scanlines(source, header, [{ width, height }])) {
    kept.push(row)
    if (kept.length < atOnce) continue
    yield shown(Buffer.concat(kept), kept.length, header)
    kept = []
  }
  if (kept.length > 0) yield shown(Buffer.concat(kept), kept.length, header)
}

/** Adam7: seven smaller pictures of every eighth to every second pixel. */
const PASSES = [
  { x: 0, y: 0, right: 8, down: 8 },
  { x: 4, y: 0, right: 8, down: 8 },
  { x: 0, y: 4, right: 4, down: 8 },
  { x: 2, y: 0, right: 4, down: 4 },
  { x: 0, y: 2, right: 2, down: 4 },
  { x: 1, y: 0, right: 2, down: 2 },
  { x: 0, y: 1, right: 1, down: 2 },
]

async function* whole(source: Source, header: PngHeader): AsyncGenerator<Samples> {
  const { width, height, depth, color } = header
  const channels = pngChannels(header)
  const bytes = width * height * channels * (depth === 16 ? 2 : 1)
  if (bytes > PLANE_BYTES_MAX) throw badImage(source.name, `interlaced, it takes ${bytes} bytes of memory`)
  const passes = PASSES.map((pass) => ({
    ...pass,
    width: Math.ceil((width - pass.x) / pass.right),
    height: Math.ceil((height - pass.y) / pass.down),
  })).filter((pass) => pass.width > 0 && pass.height > 0)
  const all = depth === 16 && color !== COLOR.palette ? new Uint16Array(bytes / 2) : new Uint8Array(bytes)
  const lines = scanlines(source, header, passes)
  for (const pass of passes)
    for (let row = 0; row < pass.height; row++) {
      const line = shown((await lines.next()).value as Buffer, 1, { ...header, width: pass.width })
      const start = (pass.y + row * pass.down) * width + pass.x
      for (let i = 0; i < pass.width; i++)
        for (let channel = 0; channel < channels; channel++)
          all[(start + i * pass.right) * channels + channel] = line[i * channels + channel] as number
    }
  yield all
}

function rowBytes({ depth, color }: PngHeader, width: number): number {
  return Math.ceil((width * STORED[color] * depth) / 8)
}

/** The rows of the parts, unfiltered; DV_BAD_IMAGE where they are not all there. */
async function* scanlines(
  source: Source,
  header: PngHeader,
  parts: readonly { width: number; height: number }[],
): AsyncGenerator<Buffer> {
  const step = Math.max(1, (STORED[header.color] * header.depth) >> 3)
  const inflated = openInflate(deflated(source, header.data))
  try {
    for (const { width, height } of parts) {
      const length = rowBytes(header, width)
      if (length > ROW_BYTES_MAX) throw badImage(source.name, `a row of it takes ${length} bytes`)
      let above: Buffer = Buffer.alloc(length)
      for (let row = 0; row < height; row++) {
        const line = await inflated.take(1 + length)
        if (!line)
          throw badImage(source.name, `its pixels end, or are damaged, in row ${row + 1} of ${height}`)
        if (line[0]! > 4) throw badImage(source.name, `row ${row + 1} of it is filtered in an unknown way`)
        above = unfilter(line[0]!, line.subarray(1), { above, step })
        yield above
      }
    }
  } finally {
    inflated.close()
  }
}

/** What the chunks of pixels hold, which follow one another. */
async function* deflated(source: Source, first: number): AsyncGenerator<Buffer> {
  for (let offset = first; ;) {
    const { type, length } = await chunkAt(source, offset)
    if (type !== 'IDAT') return
    for (let at = 0; at < length; at += PIECE_BYTES)
      yield source.read(offset + 8 + at, Math.min(PIECE_BYTES, length - at))
    offset += 12 + length
  }
}

/** In place. `step`: bytes to the same sample of the pixel before. */
function unfilter(filter: number, row: Buffer, { above, step }: { above: Buffer; step: number }): Buffer {
  for (let i = 0; filter !== 0 && i < row.length; i++) {
    const left = i < step ? 0 : row[i - step]!
    const up = above[i]!
    const corner = i < step ? 0 : above[i - step]!
    if (filter === 1) row[i] = row[i]! + left
    else if (filter === 2) row[i] = row[i]! + up
    else if (filter === 3) row[i] = row[i]! + ((left + up) >> 1)
    else row[i] = row[i]! + nearest(left, up, corner)
  }
  return row
}

/** Paeth's: of the three the one that is nearest to left + up - corner. */
function nearest(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [
    Math.abs(up - corner),
    Math.abs(left - corner),
    Math.abs(left + up - 2 * corner),
  ]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}

/** What a viewer shows: colors of the palette, and transparency as one more sample. */
function shown(bytes: Buffer, rows: number, { width, depth, ...header }: PngHeader): Samples {
  const perRow = width * STORED[header.color]
  const stored =
    depth < 8
      ? unpack(bytes, { bits: depth, perRow, rows })
      : samplesOf(bytes, { bits: depth === 8 ? 8 : 16, form: 'uint', parts: 1 }, true)
  if (header.color === COLOR.palette) return colored(stored as Uint8Array, header)
  return header.transparency ? withAlpha(stored as Uint8Array, { depth, ...header }) : stored
}

type Colors = Pick<PngHeader, 'palette' | 'transparency'>

function colored(indices: Uint8Array, { palette, transparency }: Colors): Uint8Array {
  const channels = transparency ? 4 : 3
  const pixels = new Uint8Array(indices.length * channels)
  indices.forEach((index, i) => {
    for (let c = 0; c < 3; c++) pixels[i * channels + c] = palette![index * 3 + c] ?? 0
    if (transparency) pixels[i * channels + 3] = transparency[index] ?? 255
  })
  return pixels
}

/** One color is transparent, all others are not. */
function withAlpha(
  stored: Uint8Array | Uint16Array,
  { color, depth, transparency }: Colors & Pick<PngHeader, 'color' | 'depth'>,
): Uint8Array | Uint16Array {
  const from = STORED[color]
  const opaque = 2 ** depth - 1
  const clear = Array.from({ length: from }, (_, c) => transparency!.readUInt16BE(c * 2) & opaque)
  const count = stored.length / from
  const pixels = depth === 16 ? new Uint16Array(count * (from + 1)) : new Uint8Array(count * (from + 1))
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < from; c++) pixels[i * (from + 1) + c] = stored[i * from + c]!
    pixels[i * (from + 1) + from] = clear.every((value, c) => stored[i * from + c] === value) ? 0 : opaque
  }
  return pixels
}
