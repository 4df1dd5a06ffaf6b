// Speed of the scanners, by hand: node test/chunker/bench.mjs [BUILD]
import { pathToFileURL } from 'node:url'

const { chunkerParams, createKernel, cutBuffer } = await import(
  pathToFileURL(`${process.argv[2] ?? 'build'}/src/chunker/index.js`).href
)
const SIZE = 32 * 1024 * 1024
for (const plain of [false, true]) {
  const kernel = createKernel(SIZE, { plain })
  for (let i = 0, s = 1; i < SIZE; i++)
    kernel.input[i] = (s = (Math.imul(s, 1103515245) + 12345) >>> 0) >>> 16
  for (const avg of [4096, 65536, 131072, 262144]) {
    const params = chunkerParams(avg)
    let best = Infinity
    let cuts = 0
    for (let round = 0; round < 7; round++) {
      const start = performance.now()
      cuts = cutBuffer(kernel, SIZE, params).length
      best = Math.min(best, performance.now() - start)
    }
    console.log(`${kernel.kind} avg ${avg}: ${(SIZE / best / 1e6).toFixed(2)} GB/s, ${cuts} chunks`)
  }
}
