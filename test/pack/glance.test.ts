import test from 'ava'
import crypto from 'node:crypto'
import fc from 'fast-check'
import { chooseCompression } from '../../src/pack/compression.js'
import { FILTER } from '../../src/pack/index.js'
import { glance } from '../../src/pack/glance.js'

const noise = (length: number, seed = 'noise') =>
  crypto
    .createCipheriv('aes-128-ctr', crypto.createHash('md5').update(seed).digest(), Buffer.alloc(16))
    .update(Buffer.alloc(length))

test('noise takes all of its bytes, however it is counted', (t) => {
  fc.assert(
    fc.property(fc.string(), (seed) => {
      const seen = glance([noise(2048, seed), noise(2048, `${seed}2`)])
      t.true(seen.bytes > 0.985 && seen.planes > 0.97 && seen.repeats < 0.01)
    }),
    { numRuns: 50 },
  )
})

test('bytes that are all alike take next to nothing', (t) => {
  const { bytes, planes } = glance([Buffer.alloc(4096, 7)])
  t.true(bytes < 0.01 && planes < 0.01)
})

test('repeats are noticed in bytes that are all equally frequent', (t) => {
  const half = noise(2048)
  t.true(glance([Buffer.concat([half, half])]).repeats > 0.2)
})

test('noise is stored as it is, text is compressed, floats go by planes', (t) => {
  const raw = noise(200_000)
  t.is(chooseCompression(raw).payload, undefined)
  const text = Buffer.from('to be or not to be, that is the question. '.repeat(4000))
  t.is(chooseCompression(text).filter, FILTER.none)
  t.true(chooseCompression(text).payload!.length < text.length / 4)
  const floats = Float32Array.from({ length: 40_000 }, (_, i) => Math.sin(i / 500) * 100 + raw[i]! / 255)
  t.is(chooseCompression(new Uint8Array(floats.buffer)).filter, FILTER.planes4)
})

test('noise that comes again within a sample is compressed although its bytes are all equally frequent', (t) => {
  const piece = noise(512)
  const raw = Buffer.concat(Array.from({ length: 160 }, () => piece))
  t.true(chooseCompression(raw).payload!.length < raw.length / 10)
})
