// Images that other programs wrote (test/fixtures/images/make.py), and what they said is in them.
import fs from 'node:fs'
import path from 'node:path'
import type { ImageShape, ReadAt } from '../../src/images/index.js'

const FOLDER = 'test/fixtures/images'

export type Expected = ImageShape & {
  /** Of the pixels, plane after plane, each value little-endian. */
  sha256?: string
}

export const EXPECTED = JSON.parse(fs.readFileSync(path.join(FOLDER, 'expected.json'), 'utf8')) as Record<
  string,
  Expected
>

export function fixture(name: string): Buffer {
  return fs.readFileSync(path.join(FOLDER, name))
}

/** A file in memory that is read in parts, and counts what is read. */
export function inMemory(bytes: Uint8Array): { read: ReadAt; size: number; asked: () => number } {
  let asked = 0
  return {
    size: bytes.length,
    asked: () => asked,
    read: async (offset, length) => {
      const part = bytes.subarray(offset, offset + length)
      asked += part.length
      return part
    },
  }
}
