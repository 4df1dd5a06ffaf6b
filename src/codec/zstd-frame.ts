// Frame headers by hand (RFC 8878 §3.1.1): some bindings omit the content size that the format requires.
import { corrupt } from '../base/index.js'

const MAGIC = 0xfd2fb528
const BLOCK_MAX = 128 * 1024

/** The frame with its header replaced by one of a single segment that states `size`. */
export function withContentSize(frame: Buffer, size: number): Buffer {
  const { headerLength, contentSize, singleSegment } = readHeader(frame)
  if (contentSize === size && singleSegment) return frame
  const field = size < 256 ? 1 : size < 65_792 ? 2 : 4
  const header = Buffer.alloc(5 + field)
  header.writeUInt32LE(MAGIC, 0)
  header[4] = (field === 1 ? 0 : field === 2 ? 0x40 : 0x80) | 0x20
  if (field === 1) header.writeUInt8(size, 5)
  else if (field === 2) header.writeUInt16LE(size - 256, 5)
  else header.writeUInt32LE(size, 5)
  return Buffer.concat([header, frame.subarray(headerLength)])
}

/** Refuses a frame that is not one single segment of `size` bytes with nothing behind it. */
export function checkFrame(bytes: Uint8Array, size: number): void {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { headerLength, contentSize, singleSegment } = readHeader(frame)
  if (!singleSegment || contentSize !== size)
    throw corrupt(`A zstd frame states ${contentSize} bytes, not ${size}`)
  let at = headerLength
  for (let last = false; !last;) {
    if (at + 3 > frame.length) throw corrupt('A zstd frame is cut short')
    const block = frame.readUIntLE(at, 3)
    last = (block & 1) === 1
    const type = (block >> 1) & 3
    const length = block >> 3
    if (type === 3 || length > BLOCK_MAX) throw corrupt('A zstd frame has a block of an unknown type or size')
    at += 3 + (type === 1 ? 1 : length)
  }
  if (at !== frame.length) throw corrupt('A zstd frame is cut short or followed by other bytes')
}

/** The bytes that a frame says it holds; undefined when it does not. */
export function statedSize(bytes: Uint8Array): number | undefined {
  return readHeader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).contentSize
}

function readHeader(frame: Buffer): {
  headerLength: number
  contentSize: number | undefined
  singleSegment: boolean
} {
  if (frame.length < 6 || frame.readUInt32LE(0) !== MAGIC)
    throw corrupt('There is no zstd frame where one should be')
  const descriptor = frame[4]!
  const singleSegment = (descriptor & 0x20) !== 0
  if ((descriptor & 0x1f) !== 0)
    throw corrupt('A zstd frame has a checksum, a dictionary id or a reserved bit')
  const sizeFlag = descriptor >> 6
  const sizeBytes = sizeFlag === 0 ? (singleSegment ? 1 : 0) : 1 << sizeFlag
  const sizeAt = 5 + (singleSegment ? 0 : 1)
  if (frame.length < sizeAt + sizeBytes) throw corrupt('A zstd frame is cut short')
  let contentSize: number | undefined
  if (sizeBytes === 1) contentSize = frame.readUInt8(sizeAt)
  else if (sizeBytes === 2) contentSize = frame.readUInt16LE(sizeAt) + 256
  else if (sizeBytes === 4) contentSize = frame.readUInt32LE(sizeAt)
  else if (sizeBytes === 8) contentSize = Number(frame.readBigUInt64LE(sizeAt))
  return { headerLength: sizeAt + sizeBytes, contentSize, singleSegment }
}
