// What is done to every byte, on one core and on data in memory, through the doors of the rooms, beside a memcpy.
import { chunkerParams, createKernel, cutBuffer, DEFAULT_CHUNK_AVG } from '../../src/chunker/index.js'
import { compress, decompress } from '../../src/codec/index.js'
import { hashChunk } from '../../src/hash/index.js'
import { setImmediate } from 'node:timers/promises'
import { contentOf, randomNumbers } from './files.js'
import { type Bench, inTurn, REPEATS } from './measure.js'

const BYTES = 64 * 1024 * 1024
const TEXT_BYTES = 8 * 1024 * 1024
const BLOCK = 128 * 1024
/** A measurement takes at least this long. */
const ENOUGH_MS = 100

/** One pass over data; returns the bytes that it is about. */
type Pass = () => number

export async function benchKernels({ rounds, record }: Bench): Promise<void> {
  const kernels = { ...kernelsOfRandomBytes(), ...kernelsOfText() }
  for (const pass of Object.values(kernels)) pass()
  for (let round = 0; round < rounds * REPEATS; round++) {
    const contenders = Object.entries(kernels).map(([what, pass]) => async () => {
      const beside = what === 'memcpy' ? {} : { beside: 'memcpy' }
      record({ group: 'kernels', what, unit: 'GB/s', ...beside }, { value: speed(pass) })
      await setImmediate()
    })
    await inTurn(round, contenders)
  }
}

function kernelsOfRandomBytes(): Record<string, Pass> {
  const kernel = createKernel(BYTES)
  const params = chunkerParams(DEFAULT_CHUNK_AVG)
  const copy = new Uint8Array(BYTES)
  const words = new Uint32Array(kernel.input.buffer, kernel.input.byteOffset, BYTES / 4)
  const next = randomNumbers(1)
  for (let i = 0; i < words.length; i++) words[i] = next()
  const hashAll = (ends: readonly number[]) => {
    let start = 0
    for (const end of ends) {
      hashChunk(kernel.input.subarray(start, end))
      start = end
    }
    return BYTES
  }
  const ends = cutBuffer(kernel, BYTES, params)
  return {
    memcpy() {
      copy.set(kernel.input)
      return BYTES
    },
    chunker() {
      if (cutBuffer(kernel, BYTES, params).length !== ends.length) throw new Error('the chunker wavers')
      return BYTES
    },
    hash: () => hashAll(ends),
    'chunker + hash': () => hashAll(cutBuffer(kernel, BYTES, params)),
  }
}

/** Compressors are fed what dv feeds them: blocks of many small files. */
function kernelsOfText(): Record<string, Pass> {
  const files: string[] = []
  for (let i = 0, bytes = 0; bytes < TEXT_BYTES; i++) bytes += files[files.push(contentOf(i, 1)) - 1]!.length
  const text = Buffer.from(files.join('')).subarray(0, TEXT_BYTES)
  const blocks = Array.from({ length: TEXT_BYTES / BLOCK }, (_, i) =>
    text.subarray(i * BLOCK, (i + 1) * BLOCK),
  )
  const frames = blocks.map((block) => compress(block))
  return {
    'zstd in': () => blocks.reduce((sum, block) => (compress(block), sum + block.length), 0),
    'zstd out': () => frames.reduce((sum, frame) => sum + decompress(frame, BLOCK).length, 0),
  }
}

/** 10^9 bytes a second. */
function speed(pass: Pass): number {
  const start = performance.now()
  let bytes = 0
  let elapsed = 0
  while (elapsed < ENOUGH_MS) {
    bytes += pass()
    elapsed = performance.now() - start
  }
  return bytes / elapsed / 1e6
}
