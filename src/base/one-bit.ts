// The commonest damage of a disk, undone: one bit that flipped in bytes that carry their checksum.

/** Bytes beyond this take too long: each bit is tried. */
const BYTES_MAX = 16 * 1024

/** `bytes` with the one bit turned back that makes them whole again; undefined when no single bit does, or they are long. */
export function withOneBitBack(
  bytes: Uint8Array,
  isWhole: (bytes: Uint8Array) => boolean,
): Uint8Array | undefined {
  if (bytes.length > BYTES_MAX) return undefined
  const tried = Uint8Array.from(bytes)
  for (let bit = 0; bit < tried.length * 8; bit++) {
    tried[bit >> 3]! ^= 1 << (bit & 7)
    if (isWhole(tried)) return tried
    tried[bit >> 3]! ^= 1 << (bit & 7)
  }
  return undefined
}
