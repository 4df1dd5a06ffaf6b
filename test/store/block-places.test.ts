import test from 'ava'
import fc from 'fast-check'
import { type Place, windowsOf } from '../../src/store/index.js'

const MOST = 4 * 1024 * 1024
const block = fc.record({ gap: fc.nat(200_000), length: fc.integer({ min: 1, max: 150_000 }) })

/** Blocks in the order of two packs, none over another. */
function laidOut(packs: readonly (readonly { gap: number; length: number }[])[]): Place[] {
  return packs.flatMap((blocks, pack) => {
    let at = 16
    return blocks.map(({ gap, length }) => {
      const offset = at + gap
      at = offset + length
      return { name: `packs/${pack}`, offset, length }
    })
  })
}

test('windows hold every block, are bounded, and read at most a sixteenth besides', (t) => {
  const packs = fc.array(fc.array(block, { maxLength: 60 }), { maxLength: 3 })
  fc.assert(
    fc.property(packs, fc.nat(), (made, seed) => {
      const blocks = laidOut(made)
      const shuffled = [...blocks].sort((a, b) => ((a.offset * 7 + seed) % 13) - ((b.offset * 7 + seed) % 13))
      const windows = windowsOf(shuffled)
      for (const { name, offset, length } of blocks) {
        const holding = windows.filter(
          (window) =>
            window.name === name &&
            window.offset <= offset &&
            offset + length <= window.offset + window.length,
        )
        t.is(holding.length, 1)
      }
      const wanted = blocks.reduce((sum, { length }) => sum + length, 0)
      const moved = windows.reduce((sum, { length }) => sum + length, 0)
      t.true(moved <= wanted * (1 + 1 / 16))
      t.true(windows.every(({ length }) => length <= MOST))
    }),
  )
})

test('blocks that follow one another are one window', (t) => {
  const blocks = Array.from({ length: 30 }, (_, i) => ({ name: 'packs/a', offset: i * 1000, length: 1000 }))
  t.deepEqual(windowsOf(blocks), [{ name: 'packs/a', offset: 0, length: 30_000 }])
})
