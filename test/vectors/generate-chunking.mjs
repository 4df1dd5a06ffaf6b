// Writes spec/vectors/chunking.json: node test/vectors/generate-chunking.mjs BUILD
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const build = path.resolve(process.argv[2] ?? 'build')
const load = (file) => import(pathToFileURL(path.join(build, file)).href)
const { makeInput } = await load('test/vectors/inputs.js')
const { chunkerParams, referenceCuts } = await load('src/chunker/index.js')

const inputs = []
const add = (avg, ...specs) => inputs.push(...specs.map((input) => ({ avg, input })))

for (const avg of [64, 256, 1024, 4096]) {
  const { min, max } = chunkerParams(avg)
  const edges = [min - 1, min, min + 1, avg - 1, avg, avg + 1, max - 1, max, max + 1, 2 * max + 1]
  const windows = [0, 1, 31, 32, 33, 63, 64, 65]
  for (const length of [...windows, ...edges]) add(avg, { kind: 'random', seed: avg + length, length })
  for (const length of [max - 1, max, max + 1, 3 * max]) add(avg, { kind: 'byte', value: 0, length })
  for (const value of [1, 32, 255]) add(avg, { kind: 'byte', value, length: 5 * avg + 7 })
  for (const seed of [1, 2, 3]) add(avg, { kind: 'text', seed, length: 40 * avg + seed })
  for (const seed of [4, 5, 6]) add(avg, { kind: 'random', seed, length: 40 * avg + seed })
  for (const hex of ['6162', '000102', '00000001', '2c302c310a'])
    add(avg, { kind: 'repeat', hex, length: 12 * avg + 1 })
  add(
    avg,
    { kind: 'counter', modulus: 251, length: 20 * avg },
    { kind: 'counter', modulus: 256, length: 20 * avg },
  )
  const before = { kind: 'random', seed: 7, length: 10 * avg }
  const after = { kind: 'random', seed: 8, length: 10 * avg }
  const zeros = { kind: 'byte', value: 0, length: 3 * avg }
  for (const length of [1, 31, 32, 33, avg]) {
    add(avg, { kind: 'join', parts: [before, { kind: 'random', seed: 9, length }, after] })
  }
  add(avg, { kind: 'join', parts: [before, after] }, { kind: 'join', parts: [before, zeros, after] })
  add(avg, { kind: 'join', parts: [zeros, before] }, { kind: 'join', parts: [before, zeros] })
}
for (const avg of [65536, 131072, 262144, 4194304]) {
  add(avg, { kind: 'random', seed: 10, length: 0 }, { kind: 'random', seed: 10, length: avg / 4 + 1 })
  add(avg, { kind: 'random', seed: 11, length: 1_500_000 }, { kind: 'text', seed: 12, length: 1_500_000 })
  add(avg, { kind: 'byte', value: 0, length: 1_200_000 })
}

const cases = inputs.map(({ avg, input }) => ({
  avg,
  input,
  cuts: referenceCuts(makeInput(input), chunkerParams(avg)),
}))
const text = `{"cases":[\n${cases.map((c) => JSON.stringify(c)).join(',\n')}\n]}\n`
fs.writeFileSync(new URL('../../spec/vectors/chunking.json', import.meta.url), text)
console.log(`${cases.length} inputs, ${text.length} bytes`)
