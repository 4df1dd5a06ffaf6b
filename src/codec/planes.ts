// Format: spec/03-encoding.md, "Filters". Bytes of equal significance of 4-byte numbers are laid side by side:
// float32 data whose values change slowly then compresses, whatever the phase of the first byte.

/** Byte planes of stride 4; the last `length % 4` bytes stay at the end. */
export function splitPlanes(bytes: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(bytes.length)
  const n = bytes.length >> 2
  for (let i = 0, at = 0; i < n; i++, at += 4) {
    out[i] = bytes[at]!
    out[n + i] = bytes[at + 1]!
    out[2 * n + i] = bytes[at + 2]!
    out[3 * n + i] = bytes[at + 3]!
  }
  out.set(bytes.subarray(4 * n), 4 * n)
  return out
}

/** The inverse of splitPlanes. */
export function joinPlanes(bytes: Uint8Array): Buffer {
  const out = Buffer.allocUnsafe(bytes.length)
  const n = bytes.length >> 2
  for (let i = 0, at = 0; i < n; i++, at += 4) {
    out[at] = bytes[i]!
    out[at + 1] = bytes[n + i]!
    out[at + 2] = bytes[2 * n + i]!
    out[at + 3] = bytes[3 * n + i]!
  }
  out.set(bytes.subarray(4 * n), 4 * n)
  return out
}
