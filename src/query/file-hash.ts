import fs from 'node:fs'
import { blake3 } from '../hash/index.js'

const READ_BYTES = 1024 * 1024

/** BLAKE3 of a file's bytes. */
export function hashOfFile(file: string): Uint8Array {
  const hasher = blake3.hasher()
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  const descriptor = fs.openSync(file, 'r')
  try {
    for (;;) {
      const count = fs.readSync(descriptor, buffer)
      if (count === 0) return hasher.digest()
      hasher.update(buffer.subarray(0, count))
    }
  } finally {
    fs.closeSync(descriptor)
  }
}
