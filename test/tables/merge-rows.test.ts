import test from 'ava'
import fc from 'fast-check'
import { mergeRows } from '../../src/tables/index.js'
import { csv } from './helpers.js'

const CSV = { format: 'csv' } as const
const BASE = 'id,name,age\n1,"Ada, Countess",36\n2,Grace,45\n3,Edsger,72\n'

const merged = (ours: string, theirs: string, base = BASE) => mergeRows([base, ours, theirs], CSV)

test('different rows and different cells of one row are joined, all other bytes stay', (t) => {
  const ours = BASE.replace('36', '37').replace('3,Edsger,72\n', '')
  const theirs =
    BASE.replace('"Ada, Countess"', '"Ada ""L."""').replace('2,Grace', '2,"Grace"') + '4,Barbara,68'
  t.deepEqual(merged(ours, theirs), {
    text: 'id,name,age\n1,"Ada ""L.""",37\n2,"Grace",45\n4,Barbara,68',
    key: ['id'],
    conflicts: [],
  })
})

test('rows that both added stand one behind the other, whoever had no last line end', (t) => {
  const result = merged(`${BASE}4,x,1`, `${BASE}5,y,2\r\n`)
  t.is(result?.text, `${BASE}4,x,1\n5,y,2\r\n`)
  t.is(merged(`${BASE}4,x,1\n`, `${BASE}4,x,1\n`)?.text, `${BASE}4,x,1\n`)
})

test('a cell that both set differently is a conflict of that cell alone', (t) => {
  const ours = BASE.replace('36', '37').replace('Grace', 'G.')
  const theirs = BASE.replace('36', '38').replace('45', '46')
  t.deepEqual(merged(ours, theirs), {
    text: 'id,name,age\n1,"Ada, Countess",37\n2,G.,46\n3,Edsger,72\n',
    key: ['id'],
    conflicts: [{ key: { id: '1' }, column: 'age', base: '36', ours: '37', theirs: '38' }],
  })
  t.is(
    mergeRows([BASE, ours, theirs], { ...CSV, favour: 'theirs' })?.text.split('\n')[1],
    '1,"Ada, Countess",38',
  )
})

test('a row that one side changed and the other deleted is a conflict, and is kept', (t) => {
  const [changed, deleted] = [BASE.replace('45', '46'), BASE.replace('2,Grace,45\n', '')]
  const conflict = { key: { id: '2' }, base: '2,Grace,45' }
  t.deepEqual(merged(changed, deleted)?.conflicts, [{ ...conflict, ours: '2,Grace,46' }])
  t.deepEqual(merged(deleted, changed), {
    ...{ text: changed, key: ['id'], conflicts: [{ ...conflict, theirs: '2,Grace,46' }] },
  })
})

test('rows that they moved stay where they moved them; where both did, nothing is said', (t) => {
  const moved = 'id,name,age\n3,Edsger,72\n1,"Ada, Countess",36\n2,Grace,45\n'
  t.is(merged(BASE.replace('36', '37'), moved)?.text, moved.replace('36', '37'))
  t.is(merged('id,name,age\n2,Grace,45\n1,"Ada, Countess",36\n3,Edsger,72\n', moved), undefined)
})

test('what is no table with a key is not merged by rows', (t) => {
  for (const other of [
    'id,name\n1,a\n',
    'id,name,age\n1,a\n',
    'id,name,age\n1,"a,3\n',
    '',
    BASE + BASE.split('\n')[1],
  ])
    t.is(merged(other, BASE.replace('36', '37')), undefined, other)
})

test('JSON Lines are joined member by member, as they are written', (t) => {
  const base = '{"id": 1, "v": [1,  2], "w": "a"}\n{"id":2,"v":1.50}\n'
  const ours = '{"id": 1, "v": [1,  2], "w": "b"}\n{"id":2,"v":1.50,"n":{"}":"{"}}\n'
  const theirs = '{"id": 1, "v": [1, 2, 3], "w": "a", "x": null}\n{"id":2}\n{"id":3}\n'
  t.deepEqual(mergeRows([base, ours, theirs], { format: 'jsonl' }), {
    text: '{"id": 1, "v": [1, 2, 3], "w": "b", "x": null}\n{"id":2,"n":{"}":"{"}}\n{"id":3}\n',
    key: ['id'],
    conflicts: [],
  })
})

const value = fc.constantFrom('p', 'q', 'r', 'a "b"', 'c,d', 'e\nf')
const table = fc.dictionary(fc.constantFrom('k1', 'k2', 'k3', 'k4'), fc.tuple(value, value), {
  noNullPrototype: true,
})
type Table = Record<string, [string, string]>

/** Three ways over a value; undefined where both changed it, differently. */
function three<T>(base: T, ours: T, theirs: T): { value: T } | undefined {
  if (ours === theirs || theirs === base) return { value: ours }
  return ours === base ? { value: theirs } : undefined
}

test('a merge is what three ways over each cell are', (t) => {
  fc.assert(
    fc.property(table, table, table, (base: Table, ours: Table, theirs: Table) => {
      const file = (rows: Table) =>
        csv([
          ['id', 'a', 'b'],
          ...Object.entries(rows)
            .sort()
            .map(([id, row]) => [id, ...row]),
        ])
      const result = mergeRows([file(base), file(ours), file(theirs)], { ...CSV, key: ['id'] })!
      const wanted = new Map<string, (string | undefined)[]>()
      let conflicts = 0
      for (const id of ['k1', 'k2', 'k3', 'k4']) {
        const sides = [base[id], ours[id], theirs[id]] as const
        const whole = three(...(sides.map((row) => JSON.stringify(row)) as [string, string, string]))
        if (whole) {
          if (whole.value !== undefined) wanted.set(id, JSON.parse(whole.value) as string[])
        } else if (!ours[id] || !theirs[id]) {
          conflicts++
          wanted.set(id, (ours[id] ?? theirs[id])!)
        } else {
          const cells = [0, 1].map((i) => three(base[id]?.[i], ours[id]![i], theirs[id]![i]))
          conflicts += cells.filter((cell) => cell === undefined).length
          wanted.set(
            id,
            cells.map((cell, i) => (cell ? cell.value : ours[id]![i])),
          )
        }
      }
      t.is(result.conflicts.length, conflicts)
      const rows =
        result.text === file({}) ? [] : [...wanted].map(([id, row]) => csv([[id, ...(row as string[])]]))
      const sorted = (text: string) => [...text].sort().join('')
      t.is(sorted(result.text), sorted(file({}) + rows.join('')))
      for (const row of rows) t.true(result.text.includes(row), row)
    }),
    { numRuns: 300 },
  )
})

test('no text makes it fail, and what only one side changed is as that side has it', (t) => {
  const text = fc.string({
    unit: fc.constantFrom('a', '1', ',', '"', '\n', '\r', '{', '}', ':', ' ', '[', ']', '\\'),
  })
  fc.assert(
    fc.property(text, text, fc.constantFrom('csv', 'tsv', 'jsonl'), (one, other, format) => {
      for (const sides of [
        [other, one],
        [one, other],
      ] as const) {
        const result = mergeRows([one, ...sides], { format })
        if (result) t.deepEqual([result.text, result.conflicts], [other, []])
      }
      const same = mergeRows([one, one, one], { format })
      if (same) t.is(same.text, one)
    }),
    { numRuns: 2000 },
  )
})

test('hundreds of thousands of rows that both sides added are joined', (t) => {
  const rows = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${name}${i},${i}\n`).join('')
  const [base, end] = ['id,v\nfirst,1\n', 'last,2\n']
  const merged = mergeRows([base + end, base + rows('a', 200_000) + end, base + rows('b', 200_000) + end], {
    format: 'csv',
  })
  t.true(merged?.text === base + rows('a', 200_000) + rows('b', 200_000) + end)
})

test('a table that only one side changed is, byte for byte, as that side has it', (t) => {
  const ends = fc.constantFrom('\n', '\r\n', '\n\n')
  const lines = fc.array(fc.tuple(fc.constantFrom('1', '2', '3', '"4"', '5'), value, ends), { maxLength: 5 })
  const file = (rows: [string, string, string][]) =>
    `id,v\n${rows
      .map(
        ([id, v, end]) =>
          csv([['', v]])
            .trimEnd()
            .replace(/^/, id) + end,
      )
      .join('')}`
  fc.assert(
    fc.property(lines, lines, (one, other) => {
      const [base, changed] = [file(one), file(other)]
      for (const sides of [
        [changed, base],
        [base, changed],
      ] as const) {
        const result = mergeRows([base, ...sides], { ...CSV, key: ['id'] })
        if (result) t.deepEqual([result.text, result.conflicts], [changed, []])
      }
    }),
    { numRuns: 500 },
  )
})
