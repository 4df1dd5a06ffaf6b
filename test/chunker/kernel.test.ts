import test from 'ava'
import fc from 'fast-check'
import {
  chunkerParams,
  createKernel,
  CutSelector,
  cutBuffer,
  HISTORY_BYTES,
  referenceCuts,
  type Kernel,
} from '../../src/chunker/index.js'
import { makeInput } from '../vectors/inputs.js'

const REGION_MAX = 600_000
const wasm = createKernel(REGION_MAX)
const plain = createKernel(REGION_MAX, { plain: true })
const kernels = [wasm, plain]

const anyAvg = fc.constantFrom(64, 128, 256, 1024)
/** Bytes of few values, so that runs, repeats and dense candidates occur. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 6000, size: 'max' }),
  fc
    .array(fc.constantFrom(0, 1, 97), { maxLength: 6000, size: 'max' })
    .map((values) => Uint8Array.from(values)),
)

test('this host runs the WebAssembly kernel, and plain asks for the other', (t) => {
  t.deepEqual([wasm.kind, plain.kind], ['wasm', 'plain'])
})

test('kernel and plain scanner cut as the reference does', (t) => {
  fc.assert(
    fc.property(anyBytes, anyAvg, (bytes, avg) => {
      const params = chunkerParams(avg)
      const expected = referenceCuts(bytes, params)
      for (const kernel of kernels) {
        kernel.input.set(bytes)
        t.deepEqual(cutBuffer(kernel, bytes.length, params), expected)
      }
    }),
    { numRuns: 200 },
  )
})

/** Cuts a file region by region, each scanned on its own with what precedes it as history. */
function cutInRegions(kernel: Kernel, bytes: Uint8Array, sizes: readonly number[], avg: number): number[] {
  const params = chunkerParams(avg)
  const selector = new CutSelector(params)
  const cuts: number[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.min(sizes[i % sizes.length]!, bytes.length - at)
    const known = Math.min(HISTORY_BYTES, at)
    kernel.history.fill(0xee)
    kernel.history.set(bytes.subarray(at - known, at), HISTORY_BYTES - known)
    kernel.input.fill(0xee).set(bytes.subarray(at, at + size))
    cuts.push(...selector.feed(kernel.scan(size, known, params), size))
    at += size
  }
  return [...cuts, ...selector.end()]
}

test('a file cut region by region, whatever the regions, has the cuts of the whole', (t) => {
  const small = [createKernel(4096), createKernel(4096, { plain: true })]
  const anySizes = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(anyBytes, anySizes, anyAvg, (bytes, sizes, avg) => {
      const expected = referenceCuts(bytes, chunkerParams(avg))
      for (const kernel of small) t.deepEqual(cutInRegions(kernel, bytes, sizes, avg), expected)
    }),
    { numRuns: 100 },
  )
})

test('regions of more than one slice are scanned without a seam', (t) => {
  const bytes = makeInput({ kind: 'random', seed: 5, length: REGION_MAX })
  for (const length of [262_143, 262_144, 262_145, 262_159, 524_288, REGION_MAX]) {
    wasm.input.set(bytes)
    plain.input.set(bytes)
    const params = chunkerParams(256)
    t.deepEqual(wasm.scan(length, 0, params), plain.scan(length, 0, params))
  }
})

test('a region shorter than four windows has the candidates the plain scanner finds', (t) => {
  const bytes = makeInput({ kind: 'random', seed: 6, length: 200 })
  const params = chunkerParams(64)
  for (let length = 0; length <= 140; length++) {
    for (const known of [0, 1, 31, 32]) {
      for (const kernel of kernels) {
        kernel.history.set(bytes.subarray(0, 32))
        kernel.input.set(bytes.subarray(32))
      }
      t.deepEqual(wasm.scan(length, known, params), plain.scan(length, known, params))
    }
  }
})

test('bytes that make every position a candidate are survived', (t) => {
  // Masks of no bits: the worst that any file can do to the lists.
  const params = { ...chunkerParams(64), strictMask: 0, looseMask: 0 }
  const found = wasm.scan(REGION_MAX, 0, params)
  t.is(found.length, REGION_MAX)
  t.deepEqual(found, plain.scan(REGION_MAX, 0, params))
})

test('candidates depend on the last 32 bytes only', (t) => {
  const params = chunkerParams(64)
  const tail = makeInput({ kind: 'random', seed: 3, length: 500 })
  const scanned = [1, 2].map((seed) => {
    wasm.input.set(makeInput({ kind: 'random', seed, length: 100 }))
    wasm.input.set(tail, 100)
    return [...wasm.scan(600, 0, params)].filter((candidate) => candidate >>> 1 >= 132)
  })
  t.true(scanned[0]!.length > 0)
  t.deepEqual(scanned[0], scanned[1])
})

test('regions outside the kernel are refused', (t) => {
  for (const kernel of kernels) {
    const params = chunkerParams(64)
    t.throws(() => kernel.scan(REGION_MAX + 1, 0, params), { instanceOf: RangeError })
    t.throws(() => kernel.scan(-1, 0, params), { instanceOf: RangeError })
    t.throws(() => kernel.scan(10, 33, params), { instanceOf: RangeError })
  }
  t.throws(() => createKernel(2 ** 31), { code: 'DV_BAD_CONFIG' })
  t.throws(() => createKernel(-1), { code: 'DV_BAD_CONFIG' })
})
