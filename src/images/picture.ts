// A picture that is open: its planes, each read from beginning to end, so that no more than a plane is in memory.
import type { Samples } from './samples.js'
import type { ImageShape } from './types.js'

export interface Picture {
  shape: ImageShape
  /** In the order of the axes. */
  planes: PlaneRef[]
  /** Of an array that is stored with its axes the other way round: the same in C order. */
  turned?: () => Picture
}

export interface PlaneRef {
  /** What tells it from the others of its picture, and is shown: 'T=0 C=1 Z=3'; '' of the only one. */
  key: string
  open(): Promise<Pixels>
}

/** One plane, or many alike that follow one another. */
export interface Pixels {
  /** Of a plane: [height, width], and channels where there are more than one. */
  extents: number[]
  type: string
  /** Of a plane; 0 of an empty array. */
  count: number
  /** Values of a pixel. */
  channels: number
  /** Of many: how the plane at a place is called. */
  name?: (place: number) => string
  /** Whole pixels at a time. */
  read(): AsyncIterable<Samples>
}

/** Where a plane cannot be read in parts, a larger one is not read. Bytes of its values. */
export const PLANE_BYTES_MAX = 512 * 1024 * 1024
