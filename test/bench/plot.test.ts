import test from 'ava'
import fc from 'fast-check'
import type { Row } from './measure.js'
import { decadesAround, logScale, plot, spread } from './plot.js'

const row = (what: string, size: number, value: number): Row => ({
  group: 'tree',
  what,
  unit: 's',
  size,
  samples: [{ value }],
})

test('equal ratios are equal distances', (t) => {
  const scale = logScale({ from: 1, to: 1000 }, { from: 0, to: 300 })
  t.deepEqual(
    [1, 10, 100, 1000].map((value) => Math.round(scale(value))),
    [0, 100, 200, 300],
  )
})

test('a scale holds all values it was made for', (t) => {
  const values = fc.array(fc.double({ min: 1e-6, max: 1e7, noNaN: true }), { minLength: 1 })
  fc.assert(
    fc.property(values, (list) => {
      const domain = decadesAround(list)
      const scale = logScale(domain, { from: 320, to: 0 })
      for (const value of list) t.true(scale(value) >= -1e-6 && scale(value) <= 320 + 1e-6)
    }),
  )
  t.deepEqual(decadesAround([1000]), { from: 1000, to: 10_000 })
  t.deepEqual(decadesAround([0.02, 30]), { from: 0.01, to: 100 })
})

test('labels keep their distance and their order, and stay where they are when there is room', (t) => {
  const heights = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(heights, (list) => {
      const placed = spread(list, 14)
      const order = list.map((_, i) => i).sort((a, b) => list[a]! - list[b]!)
      for (const [k, i] of order.entries()) {
        if (k > 0) t.true(placed[i]! - placed[order[k - 1]!]! >= 14 - 1e-6)
      }
    }),
  )
  t.deepEqual(spread([100, 10, 50], 14), [100, 10, 50])
  t.deepEqual(spread([10, 10, 100], 14), [3, 17, 100])
})

test('the picture is well-formed and names every line once', (t) => {
  const names = ['first commit', 'cp -r', 'a < b & c']
  const rows = names.flatMap((what, i) => [row(what, 1000, 0.1 * (i + 1)), row(what, 100_000, 3 * (i + 1))])
  const svg = plot(rows)
  t.is(svg.match(/<polyline/g)?.length, 3)
  for (const label of ['first commit', 'cp -r', 'a &lt; b &amp; c', '1,000', '10,000', '100,000']) {
    t.is(svg.split(`>${label}</text>`).length, 2, label)
  }
  t.notRegex(svg, /NaN|undefined|Infinity/)
  assertBalanced(t, svg)
})

test('one size is a picture too, and so is none', (t) => {
  for (const rows of [[row('status', 20, 0.1)], []]) {
    const svg = plot(rows)
    t.notRegex(svg, /NaN|undefined|Infinity/)
    assertBalanced(t, svg)
  }
})

/** Every element that begins ends, in order. */
function assertBalanced(t: { is(a: unknown, b: unknown): unknown }, svg: string): void {
  const open: string[] = []
  for (const [, end, name, empty] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (end === '/') t.is(open.pop(), name)
    else if (empty !== '/') open.push(name!)
  }
  t.is(open.length, 0)
}
