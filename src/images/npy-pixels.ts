// The values of a NumPy array, streamed in the order they are stored in.
import { badImage } from './errors.js'
import { type NpyHeader, npyType } from './npy-header.js'
import { type Pixels, PLANE_BYTES_MAX } from './picture.js'
import { type Layout, layoutOf, type Samples, samplesOf } from './samples.js'
import type { Source } from './source.js'

const PIECE_BYTES = 1024 * 1024

/** Undefined: its values are no numbers. `turned`: in C order, though stored the other way round. */
export function npyPixels(source: Source, header: NpyHeader, turned = false): Pixels | undefined {
  const type = npyType(header.description)
  const layout = layoutOf(type)
  if (!layout) return undefined
  // What is stored is the array with its axes the other way round, in C order.
  const stored = header.fortran ? [...header.shape].reverse() : header.shape
  const axes = header.fortran && !turned ? stored : header.shape
  const total = product(stored)
  const plane = total === 0 ? 0 : product(axes.slice(-2))
  const outer = axes.slice(0, -2)
  return {
    ...{ extents: header.shape, type, count: plane, channels: layout.parts },
    ...(outer.length > 0 && { name: (place: number) => planeName(place, outer, axes !== header.shape) }),
    read: () => (turned ? turn(source, header, layout) : values(source, header, layout)),
  }
}

function product(extents: readonly number[]): number {
  return extents.reduce((result, extent) => result * extent, 1)
}

/** As NumPy indexes it: '[2, 0]', and '[:, :, 0, 2]' where the last axes are the slow ones. */
function planeName(place: number, outer: readonly number[], reversed: boolean): string {
  const indices: number[] = []
  let rest = place
  for (const extent of [...outer].reverse()) {
    indices.unshift(rest % extent)
    rest = Math.floor(rest / extent)
  }
  return `[${reversed ? [':', ':', ...indices.reverse()].join(', ') : indices.join(', ')}]`
}

async function* values(source: Source, header: NpyHeader, layout: Layout): AsyncGenerator<Samples> {
  const bytes = product(header.shape) * valueBytes(layout)
  if (header.data + bytes > source.size)
    throw badImage(
      source.name,
      `it has ${source.size - header.data} bytes of values, where its shape takes ${bytes}`,
    )
  for (let at = 0; at < bytes; at += PIECE_BYTES) {
    const piece = await source.read(header.data + at, Math.min(PIECE_BYTES, bytes - at))
    yield samplesOf(piece, layout, header.description.startsWith('>'))
  }
}

function valueBytes({ bits, parts }: Layout): number {
  return (bits / 8) * parts
}

/** All values in memory, then in C order. */
async function* turn(source: Source, header: NpyHeader, layout: Layout): AsyncGenerator<Samples> {
  const { shape } = header
  const bytes = product(shape) * valueBytes(layout)
  if (bytes > PLANE_BYTES_MAX)
    throw badImage(
      source.name,
      'it is too large to be compared with an array whose axes are stored the other way round',
    )
  const piece = await source.read(header.data, bytes)
  const stored = samplesOf(piece, layout, header.description.startsWith('>'))
  const { parts } = layout
  const turned = stored.slice()
  const places = fortranPlaces(shape)
  for (let to = 0; to < turned.length; to += parts) {
    const from = places.next().value! * parts
    for (let part = 0; part < parts; part++) turned[to + part] = stored[from + part]!
  }
  yield turned
}

/** Where each element is stored, the elements in C order. */
function* fortranPlaces(shape: readonly number[]): Generator<number, undefined> {
  const strides = shape.map((_, axis) => product(shape.slice(0, axis)))
  const index = shape.map(() => 0)
  for (let place = 0, axis = 0; axis >= 0;) {
    yield place
    for (axis = shape.length - 1; axis >= 0; axis--) {
      place += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      place -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
  return undefined
}
