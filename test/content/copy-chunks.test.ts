import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { copyChunks } from '../../src/content/copy-chunks.js'
import { ID_BYTES } from '../../src/hash/index.js'
import type { ChunkRun } from '../../src/store/index.js'

/** Chunk `i` is full of byte `i`, and so is its id. */
const source = {
  read: (id: Uint8Array, length: number) => {
    const bytes = Buffer.alloc(length, id[0])
    return id[0]! % 2 ? bytes : Promise.resolve(bytes)
  },
} as unknown as ChunkRun

async function copied(lengths: number[], offset: number): Promise<Buffer> {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'dv-copy-')), 'file')
  const fd = fs.openSync(file, 'wx+')
  const ids = Buffer.concat(lengths.map((_, i) => Buffer.alloc(ID_BYTES, i)))
  try {
    const count = await copyChunks(source, fd, { ids, lengths: Uint32Array.from(lengths) }, offset)
    return fs.readFileSync(file).subarray(0, offset + count)
  } finally {
    fs.closeSync(fd)
    fs.rmSync(path.dirname(file), { recursive: true })
  }
}

const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 300_000 })), {
  maxLength: 20,
})

test.serial('chunks lie one behind the other from the offset on', async (t) => {
  await fc.assert(
    fc.asyncProperty(lengths, fc.nat(5000), async (lengths, offset) => {
      const expected = Buffer.concat([Buffer.alloc(offset), ...lengths.map((n, i) => Buffer.alloc(n, i))])
      if (lengths.length > 0 && !expected.equals(await copied(lengths, offset))) t.fail('other bytes')
    }),
    { numRuns: 60 },
  )
  t.pass()
})

test.serial('what the system did not write at once is written after it', async (t) => {
  const { writevSync } = fs
  // Any amount: within a piece, at its end, beyond it.
  let most = 1
  fs.writevSync = (fd, pieces, position) => {
    most = (most * 7919) % 1501
    const bytes = Buffer.concat(pieces as Uint8Array[]).subarray(0, most + 1)
    return fs.writeSync(fd, bytes, 0, bytes.length, position)
  }
  try {
    const lengths = [500, 1, 2000, 3000, 1, 1, 700]
    const expected = Buffer.concat(lengths.map((n, i) => Buffer.alloc(n, i)))
    t.true(expected.equals(await copied(lengths, 0)))
  } finally {
    fs.writevSync = writevSync
  }
})
