// Pictures written for tests, as plainly as their formats allow.
import { deflateSync, crc32 } from 'node:zlib'

export interface Raster {
  width: number
  height: number
  /** Bytes of a pixel. */
  channels: 1 | 2 | 3 | 4
  bytes: Uint8Array
}

const COLORS = { 1: 0, 2: 4, 3: 2, 4: 6 } as const

export function writePng({ width, height, channels, bytes }: Raster, level = 6): Buffer {
  const rows: Buffer[] = []
  for (let row = 0; row < height; row++)
    rows.push(
      Buffer.from([0]),
      Buffer.from(bytes.subarray(row * width * channels, (row + 1) * width * channels)),
    )
  return pngOf({ width, height, color: COLORS[channels] }, deflateSync(Buffer.concat(rows), { level }))
}

/** A PNG of 8 bits whose pixels are these deflated bytes. */
export function pngOf(size: { width: number; height: number; color: number }, deflated: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size.width, 0)
  header.writeUInt32BE(size.height, 4)
  header.set([8, size.color], 8)
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflated),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

export interface Values {
  /** '<f4' and the like. */
  description: string
  shape: readonly number[]
  fortran?: boolean
  bytes: Uint8Array
}

export function writeNpy({ description, shape, fortran = false, bytes }: Values): Buffer {
  const order = fortran ? 'True' : 'False'
  const text = `{'descr': '${description}', 'fortran_order': ${order}, 'shape': (${shape.join(', ')},), }`
  const header = Buffer.from(text.padEnd(117) + '\n')
  return Buffer.concat([Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]), header, bytes])
}

export interface TiffPage {
  width: number
  height: number
  samples: number
  /** Of a sample: 8, 16 or 32. */
  bits: number
  /** As the tag numbers them; 1 without. */
  format?: number
  /** 1: none; 8: deflate. */
  compression?: 1 | 8
  rowsPerStrip: number
  bytes: Uint8Array
  /** Tags that are there besides, or instead. */
  tags?: Record<number, number>
}

/** Little-endian, with strips: pixels of all pages first, then the pages. */
export function writeTiff(pages: readonly TiffPage[]): Buffer {
  const parts: Buffer[] = [Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0])]
  let at = 8
  const append = (bytes: Buffer): number => {
    parts.push(bytes)
    at += bytes.length
    return at - bytes.length
  }
  let link: [Buffer, number] = [parts[0]!, 4]
  for (const page of pages) {
    const rowBytes = (page.width * page.samples * page.bits) / 8
    const strips: [offset: number, length: number][] = []
    for (let row = 0; row < page.height; row += page.rowsPerStrip) {
      const raw = Buffer.from(page.bytes.subarray(row * rowBytes, (row + page.rowsPerStrip) * rowBytes))
      const strip = page.compression === 8 ? deflateSync(raw) : raw
      strips.push([append(strip), strip.length])
    }
    const tables = [strips.map(([offset]) => offset), strips.map(([, length]) => length)]
    const [offsets, lengths] = tables.map((table) => append(Buffer.from(new Uint32Array(table).buffer)))
    const many = strips.length > 1
    const tags: [tag: number, count: number, value: number][] = [
      ...([
        [256, 1, page.width],
        [257, 1, page.height],
      ] as [number, number, number][]),
      // All samples have as many bits: more than two would need a table.
      [258, 1, page.bits],
      [259, 1, page.compression ?? 1],
      [262, 1, 1],
      [273, strips.length, many ? offsets! : strips[0]![0]],
      [277, 1, page.samples],
      [278, 1, page.rowsPerStrip],
      [279, strips.length, many ? lengths! : strips[0]![1]],
      [339, 1, page.format ?? 1],
    ]
    const directory = Buffer.alloc(2 + tags.length * 12 + 4)
    directory.writeUInt16LE(tags.length)
    tags.forEach(([tag, count, value], i) => {
      directory.writeUInt16LE(tag, 2 + i * 12)
      directory.writeUInt16LE(4, 4 + i * 12)
      directory.writeUInt32LE(count, 6 + i * 12)
      directory.writeUInt32LE(page.tags?.[tag] ?? value, 10 + i * 12)
    })
    link[0].writeUInt32LE(append(directory), link[1])
    link = [directory, directory.length - 4]
  }
  return Buffer.concat(parts)
}
