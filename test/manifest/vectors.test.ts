import fs from 'node:fs'
import test from 'ava'
import type { ObjectKind } from '../../src/hash/index.js'
import { errorOf, makeVectors } from './vector-cases.js'

const made = makeVectors()

for (const name of ['objects', 'manifest', 'recipe'] as const) {
  const stored = JSON.parse(fs.readFileSync(`spec/vectors/${name}.json`, 'utf8')) as {
    damaged: { what: string; kind: ObjectKind; bytes: string; error: string }[]
  }

  test(`spec/vectors/${name}.json is what the code gives`, async (t) => {
    t.deepEqual(JSON.parse(JSON.stringify((await made)[name])), stored)
  })

  for (const { what, kind, bytes, error } of stored.damaged) {
    test(`a ${kind} with damage (${what}) is refused`, (t) => {
      t.is(error, 'DV_CORRUPT')
      t.is(errorOf(kind, Buffer.from(bytes, 'hex')), error)
    })
  }
}
