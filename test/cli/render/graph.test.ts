import test from 'ava'
import fc from 'fast-check'
import { createGraph } from '../../../src/cli/render/graph.js'

function draw(history: Record<string, string[]>): string {
  const next = createGraph()
  const lines = Object.entries(history).flatMap(([id, parents]) => {
    const row = next({ id, parents })
    return [`${row.head} ${id}`, ...row.after]
  })
  return `\n${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

test('a line of commits is a column of stars', (t) => {
  t.is(draw({ c: ['b'], b: ['a'], a: [] }), '\n* c\n* b\n* a\n')
})

test('a merge forks, and its sides meet again', (t) => {
  t.is(
    draw({ m: ['b', 'x'], x: ['a'], b: ['a'], a: [] }),
    `
* m
|\\
| * x
* | b
|/
* a
`,
  )
})

test('a far lane bends across those between', (t) => {
  t.is(
    draw({ p: ['a'], q: ['b'], r: ['a'], b: [], a: [] }),
    `
* p
| * q
| | * r
|_|/
| * b
* a
`,
  )
})

test('an octopus and unrelated roots', (t) => {
  t.is(
    draw({ m: ['a', 'b', 'c'], a: [], b: [], c: [] }),
    `
* m
|\\
| |\\
* | | a
 / /
* | b
 /
* c
`,
  )
})

test('any history is drawn with one star a commit', (t) => {
  const history = fc.array(fc.array(fc.nat(6), { maxLength: 4 }), { maxLength: 30 })
  t.notThrows(() =>
    fc.assert(
      fc.property(history, (jumps) => {
        const next = createGraph()
        return jumps.every((steps, i) => {
          const parents = [...new Set(steps.map((step) => i + 1 + step))]
            .filter((j) => j < jumps.length)
            .map(String)
          const { head, body, after } = next({ id: String(i), parents })
          return (
            head.split('*').length === 2 &&
            !body.includes('*') &&
            after.every((line) => /^[ |\\/_]*$/.test(line))
          )
        })
      }),
    ),
  )
})
