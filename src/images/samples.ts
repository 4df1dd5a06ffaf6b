// The values of pixels, as arrays of their type.
/** Values row by row, those of a pixel side by side. */
export type Samples =
  | (Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array)
  | (Float32Array | Float64Array | BigInt64Array | BigUint64Array)

/** How the values of a type lie in bytes. */
export interface Layout {
  /** Of a value; 8 where fewer bits are unpacked. */
  bits: 8 | 16 | 32 | 64
  form: 'uint' | 'int' | 'float'
  /** Values of an element: two of a complex number. */
  parts: 1 | 2
}

/** Undefined: values of this type are no numbers that can be compared. */
export function layoutOf(type: string): Layout | undefined {
  if (type === 'bool') return { bits: 8, form: 'uint', parts: 1 }
  if (/^(datetime|timedelta)64/.test(type)) return { bits: 64, form: 'int', parts: 1 }
  const [, name, digits] = /^(uint|int|float|complex)(\d+)$/.exec(type) ?? []
  const bits = Number(digits)
  if (name === 'complex') return bits === 64 || bits === 128 ? floats(bits / 2, 2) : undefined
  if (name === 'float') return bits === 16 || bits === 32 || bits === 64 ? floats(bits, 1) : undefined
  if (name === 'int') return [8, 16, 32, 64].includes(bits) ? whole(bits, 'int') : undefined
  if (name === 'uint') return bits <= 16 || bits === 32 || bits === 64 ? whole(bits, 'uint') : undefined
  return undefined
}

function floats(bits: number, parts: 1 | 2): Layout {
  return { bits: bits as Layout['bits'], form: 'float', parts }
}

function whole(bits: number, form: 'uint' | 'int'): Layout {
  return { bits: bits <= 8 ? 8 : bits <= 16 ? 16 : (bits as 32 | 64), form, parts: 1 }
}

/** Values of stored bytes, which are not changed. */
export function samplesOf(bytes: Buffer, { bits, form }: Layout, bigEndian = false): Samples {
  if (bits === 8) return form === 'int' ? viewOf(Int8Array, bytes) : viewOf(Uint8Array, bytes)
  const own = Buffer.from(new ArrayBuffer(bytes.length))
  bytes.copy(own)
  if (bigEndian) swap(own, bits)
  if (bits === 16) {
    if (form === 'float') return halfFloats(viewOf(Uint16Array, own))
    return form === 'int' ? viewOf(Int16Array, own) : viewOf(Uint16Array, own)
  }
  if (bits === 32) {
    if (form === 'float') return viewOf(Float32Array, own)
    return form === 'int' ? viewOf(Int32Array, own) : viewOf(Uint32Array, own)
  }
  if (form === 'float') return viewOf(Float64Array, own)
  return form === 'int' ? viewOf(BigInt64Array, own) : viewOf(BigUint64Array, own)
}

function swap(bytes: Buffer, bits: number): void {
  if (bits === 16) bytes.swap16()
  else if (bits === 32) bytes.swap32()
  else bytes.swap64()
}

interface ArrayOf<T> {
  new (buffer: ArrayBufferLike, offset: number, length: number): T
  readonly BYTES_PER_ELEMENT: number
}

function viewOf<T>(Kind: ArrayOf<T>, { buffer, byteOffset, length }: Buffer): T {
  return new Kind(buffer, byteOffset, length / Kind.BYTES_PER_ELEMENT)
}

/** The same memory as bytes. */
export function bytesOf({ buffer, byteOffset, byteLength }: Samples): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

/** Floats of 16 bits, which JavaScript has no array of, as such of 32. */
function halfFloats(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1
    const exponent = (half >> 10) & 31
    const fraction = half & 1023
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
  })
}

/** Values of fewer than 8 or of 9 to 15 bits, the highest first; each row begins with a byte of its own. */
export function unpack(
  bytes: Buffer,
  { bits, perRow, rows }: { bits: number; perRow: number; rows: number },
): Samples {
  const values = bits < 8 ? new Uint8Array(perRow * rows) : new Uint16Array(perRow * rows)
  const rowBytes = Math.ceil((perRow * bits) / 8)
  const mask = (1 << bits) - 1
  let to = 0
  for (let row = 0; row < rows; row++) {
    let from = row * rowBytes
    let [held, bitsHeld] = [0, 0]
    for (let i = 0; i < perRow; i++) {
      for (; bitsHeld < bits; bitsHeld += 8) held = ((held << 8) | bytes[from++]!) & 0xffffff
      bitsHeld -= bits
      values[to++] = (held >> bitsHeld) & mask
    }
  }
  return values
}
