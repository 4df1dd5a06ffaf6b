// NPY: one array of NumPy's. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { badImage } from './errors.js'
import type { Source } from './source.js'
import type { ImageShape } from './types.js'

export interface NpyHeader {
  /** NumPy's description of the type of a value: '<f4'; of records, a list. */
  description: string
  shape: number[]
  /** Whether the first axis is the fastest. */
  fortran: boolean
  /** Where values begin. */
  data: number
}

/** NumPy itself reads no longer ones unless told to. */
const HEADER_BYTES_MAX = 64 * 1024
const AXES_MAX = 64

export async function readNpyHeader(source: Source): Promise<NpyHeader> {
  const start = await source.read(0, 10)
  const version = start[6]!
  if (version < 1 || version > 3) throw badImage(source.name, `NPY has no version ${version}`)
  const data = version === 1 ? 10 : 12
  const length = version === 1 ? start.readUInt16LE(8) : (await source.read(8, 4)).readUInt32LE(0)
  if (length > HEADER_BYTES_MAX) throw badImage(source.name, `its header takes ${length} bytes`)
  const text = (await source.read(data, length)).toString(version === 3 ? 'utf8' : 'latin1')
  return { ...headerOf(source.name, text), data: data + length }
}

function headerOf(name: string, text: string): Omit<NpyHeader, 'data'> {
  const [, simple, records] = /'descr': *(?:'([^']*)'|(\[[^{}]*\])) *, *'fortran_order'/.exec(text) ?? []
  const [, order] = /'fortran_order': *(True|False) *[,}]/.exec(text) ?? []
  const [, extents] = /'shape': *\(([\d, L]*)\) *[,}]/.exec(text) ?? []
  const description = simple ?? records
  if (description === undefined || order === undefined || extents === undefined)
    throw badImage(name, 'its header does not tell descr, fortran_order and shape')
  // Python 2 wrote whole numbers with an L.
  const shape = extents
    .replaceAll('L', '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number)
  if (shape.length > AXES_MAX || !Number.isSafeInteger(shape.reduce((product, n) => product * n, 1)))
    throw badImage(name, `no array has the shape (${extents.slice(0, 100)})`)
  return { description, shape, fortran: order === 'True' }
}

const KINDS: Record<string, string> = { b: 'bool', i: 'int', u: 'uint', f: 'float', c: 'complex' }

/** NumPy's word for a type: 'float32' for '<f4'. */
export function npyType(description: string): string {
  const [, kind, bytes, unit = ''] = /^[<>|=]?([biufcMm])(\d{1,2})(\[\w+\])?$/.exec(description) ?? []
  if (kind === undefined) return description.slice(0, 200)
  if (kind === 'M' || kind === 'm') return `${kind === 'M' ? 'datetime' : 'timedelta'}64${unit}`
  return kind === 'b' ? 'bool' : `${KINDS[kind]}${Number(bytes) * 8}`
}

export function npyShape({ description, shape }: NpyHeader): ImageShape {
  const planes = shape.slice(0, -2).reduce((product, n) => product * n, 1)
  return { format: 'npy', shape, type: npyType(description), planes }
}
