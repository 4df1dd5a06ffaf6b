// Writes spec/vectors/blake3.json: node test/vectors/generate-blake3.mjs
// The cases of BLAKE3's own test vectors, 32 bytes of each. test/hash checks both implementations against them,
// and some against values typed in from the published list.
import fs from 'node:fs'
import { createRequire } from 'node:module'

const { blake3, Blake3Hasher } = createRequire(import.meta.url)('@napi-rs/blake-hash')
const context = 'BLAKE3 2019-12-27 16:29:52 test vectors context'
const lengths = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 2048, 2049, 3072, 3073, 4096, 4097,
  5120, 5121, 6144, 6145, 7168, 7169, 8192, 8193, 16384, 31744, 102400,
]
const kinds = ['commit', 'tag', 'manifest', 'recipe', 'value']
const input = (length) => Buffer.from(Uint8Array.from({ length }, (_, i) => i % 251))
const derive = (ctx, bytes) => Blake3Hasher.newDeriveKey(ctx).update(bytes).digestBuffer().toString('hex')
const cases = lengths.map((length) => ({
  length,
  hash: blake3(input(length)).toString('hex'),
  deriveKey: derive(context, input(length)),
}))
const ids = [0, 3, 1025].flatMap((length) => [
  { length, id: 'chunk', hex: blake3(input(length)).toString('hex') },
  ...kinds.map((id) => ({ length, id, hex: derive(`dv-data 2026-11-22 ${id} v1`, input(length)) })),
  { length, id: 'checksum', hex: derive('dv-data 2026-11-22 record v1', input(length)) },
])
const file = new URL('../../spec/vectors/blake3.json', import.meta.url)
fs.writeFileSync(
  file,
  `${JSON.stringify({ input: { kind: 'counter', modulus: 251 }, context, cases, ids }, undefined, 1)}\n`,
)
