import test from 'ava'
import fc from 'fast-check'
import { diffCells, parseNotebook } from '../../src/diff/index.js'

interface Cell {
  id?: string
  cell_type?: string
  source?: string | string[]
  outputs?: object[]
  execution_count?: number
}

function notebook(...cells: (Cell | string)[]) {
  const full = cells.map((cell) => ({
    cell_type: 'code',
    ...(typeof cell === 'string' ? { source: cell } : cell),
  }))
  return parseNotebook(JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: full }))!
}

/** '1>2' changed, '+2', '-1', '1>2m' moved; places from 1. */
function changes(before: ReturnType<typeof notebook>, after: ReturnType<typeof notebook>): string {
  const { changes: found, unchanged } = diffCells(before, after)
  const shown = found.map(({ before: a, after: b, moved }) => {
    if (!a) return `+${b!.place + 1}`
    return b ? `${a.place + 1}>${b.place + 1}${moved ? 'm' : ''}` : `-${a.place + 1}`
  })
  return [...shown, `=${unchanged}`].join(' ')
}

test('cells are paired by id, whatever is in them', (t) => {
  const a = notebook({ id: 'a', source: 'x = 1' }, { id: 'b', source: 'y' }, { id: 'c', source: 'z' })
  t.is(
    changes(a, notebook({ id: 'a', source: 'all new' }, { id: 'b', source: 'y' }, { id: 'c', source: 'z' })),
    '1>1 =2',
  )
  t.is(
    changes(a, notebook({ id: 'b', source: 'y' }, { id: 'd', source: 'w' }, { id: 'c', source: 'z' })),
    '-1 +2 =2',
  )
  t.is(
    changes(a, notebook({ id: 'c', source: 'z' }, { id: 'a', source: 'x = 1' }, { id: 'b', source: 'y' })),
    '3>1m =2',
  )
})

test('cells without ids are paired by what they hold, then by where they stand and what they share', (t) => {
  const a = notebook('import x', 'y = 1', 'plot(y)')
  t.is(changes(a, notebook('import x', 'y = 2', 'plot(y)')), '2>2 =2')
  t.is(changes(a, notebook('import x', 'new', 'y = 1', 'plot(y)')), '+2 =3')
  t.is(changes(a, notebook('import x', 'plot(y)')), '-2 =2')
  const long = notebook('a\nb\nc\nd', 'tail')
  t.is(changes(long, notebook('one', 'a\nb\nc\ne', 'tail')), '+1 1>2 =1')
  t.is(changes(notebook('a', 'a'), notebook('a', 'a', 'a')), '+3 =2')
})

test('a cell that became one of another kind, or got an id, is the same cell', (t) => {
  t.is(
    changes(notebook({ id: 'a', source: 'x' }), notebook({ id: 'a', source: 'x', cell_type: 'markdown' })),
    '1>1 =0',
  )
  t.is(changes(notebook('x'), notebook({ id: 'a', source: ['x'] })), '=1')
})

test('how often a cell ran is no change, what it showed is', (t) => {
  const shown = (text: string, execution_count: number) => {
    const outputs = [{ output_type: 'execute_result', execution_count, data: { 'text/plain': [text] } }]
    return notebook({ id: 'a', source: 'x', execution_count, outputs })
  }
  t.is(changes(shown('1', 1), shown('1', 7)), '=1')
  t.is(changes(shown('1', 1), shown('2', 1)), '1>1 =0')
})

test('outputs are told by their most telling form', (t) => {
  const outputs = [
    { output_type: 'stream', name: 'stdout', text: ['a\n', 'b\n', 'c'] },
    { output_type: 'display_data', data: { 'text/plain': '<Figure>', 'image/png': 'AAAABBBBCCCC\n' } },
    { output_type: 'execute_result', data: { 'text/plain': 'x', 'text/html': '<b>\nx\n</b>\n' } },
    { output_type: 'error', ename: 'ValueError', evalue: 'no', traceback: ['1', '2'] },
    { output_type: 'display_data', data: { 'application/vnd.x+json': { a: 1 } } },
    { output_type: 'display_data' },
  ]
  t.deepEqual(
    notebook({ outputs }).cells[0]!.outputs.map(({ content: _, ...shown }) => shown),
    [
      { kind: 'stdout', lines: 3 },
      { kind: 'image/png', bytes: 9 },
      { kind: 'text/html', lines: 3 },
      { kind: 'error', name: 'ValueError' },
      { kind: 'application/vnd.x+json', bytes: 7 },
      { kind: 'nothing', bytes: 2 },
    ],
  )
})

test('the kernel is told by its name and its language', (t) => {
  const metadata = {
    kernelspec: { display_name: 'Python 3' },
    language_info: { name: 'python', version: '3.11.7' },
  }
  t.is(parseNotebook(JSON.stringify({ nbformat: 4, metadata, cells: [] }))?.kernel, 'Python 3, python 3.11.7')
})

test('what is no notebook is none', (t) => {
  for (const text of [
    '',
    '{',
    '[]',
    'null',
    '{"cells":[]}',
    '{"nbformat":4,"cells":[1]}',
    '{"nbformat":3,"worksheets":[]}',
  ])
    t.is(parseNotebook(text), undefined)
})

const CELLS = fc.array(
  fc.record({
    id: fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { nil: undefined }),
    source: fc.constantFrom('x', 'y', 'x\ny', 'z\nw'),
  }),
  { maxLength: 7 },
)

test('each cell of both versions is told once, or unchanged', (t) => {
  fc.assert(
    fc.property(CELLS, CELLS, (a, b) => {
      const [before, after] = [a, b].map((cells) =>
        notebook(...cells.map(({ id, source }) => ({ source, ...(id && { id }) }))),
      )
      const { changes: found, unchanged } = diffCells(before!, after!)
      const olds = found.flatMap((change) => change.before?.place ?? [])
      const news = found.flatMap((change) => change.after?.place ?? [])
      t.is(new Set(olds).size, olds.length)
      t.is(new Set(news).size, news.length)
      t.is(olds.length + unchanged, a.length)
      t.is(news.length + unchanged, b.length)
    }),
  )
})

test('a notebook is no change of itself', (t) => {
  fc.assert(
    fc.property(CELLS, (cells) => {
      const same = () => notebook(...cells.map(({ id, source }) => ({ source, ...(id && { id }) })))
      t.deepEqual(diffCells(same(), same()), { changes: [], unchanged: cells.length })
    }),
  )
})
