// That the fuzzer finds what chance does not.
import test from 'ava'
import { DvError } from '../../src/base/index.js'
import { instrument } from './instrument.js'
import { seededRandom } from './random.js'
import { Session } from './session.js'
import { COUNTERS } from './worker-order.js'

const LOCKS = `
  export function parse(bytes) {
    if (bytes[0] === 0x64) if (bytes[1] === 0x76) if (bytes[2] === 0x21)
      return bytes.length > 3 && bytes[3] === 0x3f ? null.length : bytes
    throw refusal()
  }`

/** A parser that fails for one input in 4 billion. */
function locked(counters: Uint8Array) {
  const { text } = instrument(LOCKS.replace('export ', ''), 0)
  const body = `${text.replace(`globalThis.${COUNTERS}`, 'counters')}\nreturn parse`
  const refusal = () => new DvError('DV_CORRUPT', 'No')
  return new Function('counters', 'refusal', body)(counters, refusal) as (bytes: Buffer) => unknown
}

async function findingsOf(isGuided: boolean, seed: number): Promise<number> {
  const counters = new Uint8Array(64)
  const blind = new Uint8Array(64)
  const target = { name: 'locks', seeds: [], parse: locked(isGuided ? counters : blind) }
  const session = new Session(target, { counters, random: seededRandom(seed) })
  await session.try(Buffer.from('aaaa'), { keep: true })
  while (session.executions < 30_000 && session.findings.length === 0) await session.step()
  return session.findings.length
}

test('an input that opens four locks is found lock by lock, and not without looking where inputs go', async (t) => {
  t.is(await findingsOf(true, 1), 1)
  t.is(await findingsOf(false, 1), 0)
})

test('the same seed makes the same inputs', async (t) => {
  const inputs = async () => {
    const seen: string[] = []
    const session = new Session(
      { name: 'all', seeds: [], parse: () => undefined },
      {
        counters: new Uint8Array(8),
        random: seededRandom(7),
        onInput: (input) => void seen.push(Buffer.from(input).toString('hex')),
      },
    )
    await session.try(Buffer.from('{"a":[1,2]}'), { keep: true })
    for (let i = 0; i < 500; i++) await session.step()
    return seen
  }
  const first = await inputs()
  t.deepEqual(await inputs(), first)
  t.true(new Set(first).size > 300)
})

test('a program with counters does what it did', (t) => {
  const text = `
    const out = []
    const of = (n) => n > 2 ? 'big' : n && 'small' || 'none'
    for (const n of [0, 1, 3]) if (n === 1) out.push('one'); else out.push(of(n))
    switch (out.length) { case 3: out.push('three'); default: out.push('end') }
    try { null.x } catch { out.push(undefined ?? 'caught') }
    return out`
  const body = instrument(`function run() {${text}}`, 0)
  t.true(body.next >= 12)
  const counters = new Uint8Array(64)
  const made = body.text.replace(`globalThis.${COUNTERS}`, 'counters')
  const run = new Function('counters', `${made}\nreturn run()`) as (c: Uint8Array) => unknown
  t.deepEqual(run(counters), new Function(text)())
  t.true(counters.filter((count) => count > 0).length >= 10)
})
