import { load } from './load.js'

/** A name nobody else has: this many random bytes in hex. */
export function randomHex(bytes: number): string {
  return load<typeof import('node:crypto')>('node:crypto').randomBytes(bytes).toString('hex')
}
