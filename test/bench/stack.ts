// An OME-TIFF stack of 16-bit planes, each one strip: the pages first, then the pixels, so that none but a plane is in memory.
import fs from 'node:fs'
import { randomNumbers } from './files.js'

const SIDE = 1024
const PLANE_BYTES = SIDE * SIDE * 2
const DIRECTORY_BYTES = 2 + 9 * 12 + 4
/** Of so many planes one has a pixel that is not what it was. */
const CHANGED_EVERY = 8

export function writeStack(file: string, { planes, isNew }: { planes: number; isNew: boolean }): void {
  const text = Buffer.from(`${ome(planes)}\0`)
  const pages = 8 + text.length
  const pixels = pages + planes * DIRECTORY_BYTES
  const descriptor = fs.openSync(file, 'w')
  const head = Buffer.alloc(8)
  head.set([0x49, 0x49, 42, 0])
  head.writeUInt32LE(pages, 4)
  fs.writeSync(descriptor, Buffer.concat([head, text]))
  for (let plane = 0; plane < planes; plane++) {
    const strip = pixels + plane * PLANE_BYTES
    const next = plane + 1 < planes ? pages + (plane + 1) * DIRECTORY_BYTES : 0
    fs.writeSync(
      descriptor,
      directory({ strip, next, text: plane === 0 ? { at: 8, length: text.length } : undefined }),
    )
  }
  const samples = new Uint16Array(SIDE * SIDE)
  for (let plane = 0; plane < planes; plane++) {
    fill(samples, plane)
    if (isNew && plane % CHANGED_EVERY === 0) samples[plane]! ^= 0xff
    fs.writeSync(descriptor, Buffer.from(samples.buffer))
  }
  fs.closeSync(descriptor)
}

/** Noise of a camera. */
function fill(samples: Uint16Array, plane: number): void {
  const random = randomNumbers(plane + 1)
  for (let i = 0; i < samples.length; i++) samples[i] = 400 + (random() & 0x3f)
}

interface Page {
  /** Where its pixels begin. */
  strip: number
  /** Where the next page begins; 0: there is none. */
  next: number
  text: { at: number; length: number } | undefined
}

function directory({ strip, next, text }: Page): Buffer {
  const bytes = Buffer.alloc(DIRECTORY_BYTES)
  const tags: [tag: number, type: number, count: number, value: number][] = [
    ...([
      [256, 4, 1, SIDE],
      [257, 4, 1, SIDE],
      [258, 4, 1, 16],
      [259, 4, 1, 1],
      [262, 4, 1, 1],
    ] as typeof tags),
    // A page without a text has an empty one.
    [270, 2, text?.length ?? 1, text?.at ?? 0],
    ...([
      [273, 4, 1, strip],
      [278, 4, 1, SIDE],
      [279, 4, 1, PLANE_BYTES],
    ] as typeof tags),
  ]
  bytes.writeUInt16LE(tags.length)
  tags.forEach(([tag, type, count, value], i) => {
    bytes.writeUInt16LE(tag, 2 + i * 12)
    bytes.writeUInt16LE(type, 4 + i * 12)
    bytes.writeUInt32LE(count, 6 + i * 12)
    bytes.writeUInt32LE(value, 10 + i * 12)
  })
  bytes.writeUInt32LE(next, DIRECTORY_BYTES - 4)
  return bytes
}

function ome(planes: number): string {
  const size = `SizeX="${SIDE}" SizeY="${SIDE}" SizeZ="${planes}" SizeC="1" SizeT="1"`
  return `<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" ${size}><TiffData/></Pixels></Image></OME>`
}
