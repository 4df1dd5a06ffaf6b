import { load } from './load.js'

/** A name nobody else has: this many random bytes in hex. */
export function randomHex(bytes: number): string {
  return load<typeof import('node:crypto')>('node:crypto').randomBytes(bytes).toString('hex')
}

/** 12 hex digits for the name of a file that is created exclusively: hardly ever taken, and made without loading
 * node:crypto, which takes 2 ms. */
export function unusedHex(): string {
  return Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, '0')
}
