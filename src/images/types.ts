export type ImageFormat = 'png' | 'jpeg' | 'tiff' | 'ome-tiff' | 'npy'

/** What the header of an image says of it. */
export interface ImageShape {
  format: ImageFormat
  /** Extents, the slowest axis first: [height, width], [height, width, channels], [frames, height, width]… */
  shape: number[]
  /** A letter for each extent, where the format says: X, Y, Z, C(hannel), T(ime), S(ample of a pixel), I(mage of the file). */
  axes?: string
  /** Of a value, in NumPy's words: 'uint8', 'float32', 'bool'; 'uint1' to 'uint12' where bits are packed; of an
   * array that is not numeric, its description. */
  type: string
  /** Two-dimensional pictures in the file. */
  planes: number
}

/** Bytes of a file from an offset on; fewer than asked for only at its end. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>
