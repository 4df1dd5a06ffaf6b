import fs from 'node:fs'
import test from 'ava'
import { chunkerParams, createKernel, cutBuffer, referenceCuts } from '../../src/chunker/index.js'
import { makeInput, type InputSpec } from '../vectors/inputs.js'

interface Case {
  avg: number
  input: InputSpec
  cuts: number[]
}

const { cases } = JSON.parse(fs.readFileSync('spec/vectors/chunking.json', 'utf8')) as { cases: Case[] }

test('the published vectors hold at least 200 inputs', (t) => {
  t.true(cases.length >= 200, `${cases.length}`)
})

test('the reference, the plain scanner and the kernel cut every published input as published', (t) => {
  const kernels = [createKernel(2 ** 21), createKernel(2 ** 21, { plain: true })]
  for (const { avg, input, cuts } of cases) {
    const bytes = makeInput(input)
    const params = chunkerParams(avg)
    const name = JSON.stringify({ avg, input })
    t.deepEqual(referenceCuts(bytes, params), cuts, `reference: ${name}`)
    for (const kernel of kernels) {
      kernel.input.set(bytes)
      t.deepEqual(cutBuffer(kernel, bytes.length, params), cuts, `${kernel.kind}: ${name}`)
    }
  }
})
