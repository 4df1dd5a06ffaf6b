import { createHash } from 'node:crypto'

/** Bytes that neither compress nor resemble those of another seed; the same each time. */
export function noise(length: number, seed: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(String(seed)).digest()
}
