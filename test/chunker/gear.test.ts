import test from 'ava'
import { GEAR } from '../../src/chunker/gear.js'
import { hashChunk } from '../../src/hash/index.js'

test('the gear table is the words of 32 BLAKE3 hashes, as the spec derives it', (t) => {
  const words = Array.from({ length: 32 }, (_, k) => {
    const hash = Buffer.from(hashChunk(Buffer.from(`dv-data 2026-11-22 gear v1 ${k}`)))
    return Array.from({ length: 8 }, (_, j) => hash.readUInt32LE(4 * j))
  })
  t.deepEqual([...GEAR], words.flat())
})

test('no run of one byte value makes every position a candidate at averages of 4 KiB and more', (t) => {
  const looseBitsAt4KiB = 10
  const dense = [...GEAR].filter((word) => (-word >>> 0) >>> (32 - looseBitsAt4KiB) === 0)
  t.deepEqual(dense, [])
})
