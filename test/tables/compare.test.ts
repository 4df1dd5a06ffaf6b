import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { isDvError } from '../../src/base/index.js'
import type { RowChange } from '../../src/tables/index.js'
import { compared, csv, given, type Versions } from './helpers.js'

const PEOPLE = {
  name: 't.csv',
  before: 'id,name,age\n1,Ada,36\n2,Grace,45\n3,Edsger,72\n',
  after: 'id,name,age\n1,Ada,37\n3,Edsger,72\n4,Barbara,68\n',
}

const CHANGES: RowChange[] = [
  {
    ...{ change: 'changed', before: 1, after: 1, key: { id: '1' } },
    cells: [{ column: 'age', before: '36', after: '37' }],
  },
  { change: 'removed', before: 2, count: 1, values: { id: '2', name: 'Grace', age: '45' } },
  { change: 'added', after: 3, count: 1, values: { id: '4', name: 'Barbara', age: '68' } },
]

test('rows with the same key are the same row, and differ cell by cell', async (t) => {
  const { head, changes, counts } = await compared(t, PEOPLE, given('id'))
  t.deepEqual(changes, CHANGES)
  t.deepEqual(counts, { added: 1, removed: 1, changed: 1, unchanged: 1, cells: { age: 1 } })
  t.deepEqual(head.rows, { before: 3, after: 3 })
})

test('TSV and other separators are tables too, and columns may change their places', async (t) => {
  const tabs = (text: string) => text.replaceAll(',', '\t')
  const tsv = { name: 't.tsv', before: tabs(PEOPLE.before), after: tabs(PEOPLE.after) }
  t.deepEqual((await compared(t, tsv, given('id'))).changes, CHANGES)
  const semicolons = { ...PEOPLE, after: 'age;name;id\r\n37;Ada;1\r\n72;Edsger;3\r\n68;Barbara;4\r\n' }
  const { changes } = await compared(t, semicolons, given('id'))
  t.deepEqual(
    changes.map(({ change }) => change),
    ['changed', 'removed', 'added'],
  )
})

test('the key that is found is the first column that is never empty and never twice in both', async (t) => {
  const found = async (versions: Omit<Versions, 'name'>) =>
    (await compared(t, { name: 't.csv', ...versions })).head
  const one = await found({ before: 'a,b\n1,x\n1,y\n', after: 'a,b\n1,x\n2,z\n' })
  t.deepEqual([one.key, one.keySource], [['b'], 'automatic'])
  const two = await found({ before: 'a,b,c\n1,x,\n1,y,\n2,x,p\n', after: 'a,b,c\n1,x,q\n' })
  t.deepEqual(two.key, ['a', 'b'])
  const none = await found({ before: 'a,b\n1,x\n1,x\n', after: 'a,b\n1,x\n' })
  t.deepEqual([none.key, none.keySource], [[], 'none'])
  const measured = await found({ before: 'a,b\n1.5,x\n2.5,y\n', after: 'a,b\n1.6,x\n2.6,y\n' })
  t.deepEqual(measured.key, ['b'], 'a measured number is no name')
})

test('without a key, rows are counted', async (t) => {
  const versions = {
    name: 't.csv',
    before: 'a,b\n1,x\n1,x\n1,x\n2,y\n2,y\n',
    after: 'a,b\n1,x\n2,y\n2,y\n3,z\n3,z\n',
  }
  const { changes, counts, tallied } = await compared(t, versions)
  t.deepEqual(tallied, counts)
  t.deepEqual(changes, [
    { change: 'removed', before: 1, count: 2, values: { a: '1', b: 'x' } },
    { change: 'added', after: 4, count: 2, values: { a: '3', b: 'z' } },
  ])
  t.deepEqual(counts, { added: 2, removed: 2, changed: 0, unchanged: 3, cells: {} })
})

test('columns of one side are told, and compared when they are asked for', async (t) => {
  const versions = { name: 't.csv', before: 'id,old,x\n1,a,1\n2,b,2\n', after: 'id,x,new\n1,1,p\n2,3,\n' }
  const { head, changes } = await compared(t, versions)
  t.deepEqual(
    head.columns.map(({ name, before, after }) => [name, before !== undefined, after !== undefined]),
    [
      ['id', true, true],
      ['x', true, true],
      ['new', false, true],
      ['old', true, false],
    ],
  )
  t.is(changes.length, 1)
  const asked = await compared(t, versions, { ...given('id'), columns: ['new'] })
  t.deepEqual(asked.changes, [
    {
      ...{ change: 'changed', before: 1, after: 1, key: { id: '1' } },
      cells: [{ column: 'new', before: undefined, after: 'p' }],
    },
  ])
})

test('values of JSON may be of any type, and mixed', async (t) => {
  const before =
    '[{"id": 1, "v": 1.0, "n": {"a": [1]}}, {"id": "x", "v": "1"}, {"id": 3, "v": null, "big": 12345678901234567890}]'
  const after =
    '[{"id":1,"v":1.00,"n":{"a":[1]}},{"id":"x","v":1},{"id":3,"v":false,"big":12345678901234567891}]'
  const { changes, head } = await compared(t, { name: 't.json', before, after })
  t.deepEqual(head.key, ['id'])
  t.deepEqual(
    changes.map((row) => row.change === 'changed' && row.cells),
    [
      [{ column: 'v', before: '1', after: 1 }],
      [
        { column: 'v', before: undefined, after: false },
        { column: 'big', before: '12345678901234567890', after: '12345678901234567891' },
      ],
    ],
  )
})

async function refused(t: ExecutionContext, before: string | Uint8Array, name = 't.csv', key?: string) {
  const versions = { name, before, after: 'id,v\n1,a\n' }
  const error = await t.throwsAsync(compared(t, versions, key === undefined ? {} : given(key)))
  if (!isDvError(error)) throw error
  return { code: error.code, data: error.data, message: error.message }
}

test('what is wrong with a table is said of its line', async (t) => {
  t.deepEqual(await refused(t, 'id,v\n1,a\n2,b,c\n'), {
    code: 'DV_BAD_TABLE',
    data: { path: 't.csv', line: 3, column: 5, found: 3, wanted: 2 },
    message: "Line 3, column 5 of 't.csv': the row has 3 cells, where the head has 2",
  })
  t.is((await refused(t, 'id,v\n1\n')).code, 'DV_BAD_TABLE')
  const latin = await refused(t, Buffer.from('id,v\n1,caf\xe9\n', 'latin1'))
  t.is(latin.code, 'DV_BAD_ENCODING')
  t.deepEqual([latin.data?.['line'], latin.data?.['column']], [2, 6])
  const late = Buffer.concat([
    Buffer.from(`id,v\n${'1,abcdefgh\n'.repeat(200_000)}`),
    Buffer.from('2,\xe9\n', 'latin1'),
  ])
  t.is((await refused(t, late)).data?.['line'], 200_002)
  t.is((await refused(t, Buffer.from('\ufeffid,v\n1,a\n', 'utf16le'))).code, 'DV_BAD_ENCODING')
  t.is((await refused(t, '')).code, 'DV_BAD_TABLE')
  t.is((await refused(t, 'id,id\n1,2\n')).code, 'DV_BAD_TABLE')
  t.is((await refused(t, 'id,v\n1,"a\n')).code, 'DV_BAD_TABLE')
})

test('a key that does not tell rows apart is refused', async (t) => {
  const twice = await refused(t, 'id,v\n1,a\n2,b\n1,c\n', 't.csv', 'id')
  t.is(twice.code, 'DV_BAD_KEY')
  t.deepEqual(twice.data, { row: 1, other: 3 })
  const empty = await refused(t, 'id,v\n1,a\n,b\n', 't.csv', 'id')
  t.deepEqual([empty.code, empty.data?.['row']], ['DV_BAD_KEY', 2])
  const unknown = await refused(t, 'ident,v\n1,a\n', 't.csv', 'idnt')
  t.deepEqual([unknown.code, unknown.data?.['nearest']], ['DV_UNKNOWN_COLUMN', ['ident']])
})

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '"', ',', '\n', ' ', 'é'),
  minLength: 1,
  maxLength: 3,
})
const rows = fc.dictionary(fc.constantFrom('k1', 'k2', 'k"3', 'k4', 'k 5'), fc.tuple(text, text), {
  noNullPrototype: true,
})

test('what is said of two tables, done to the first, is the second', async (t) => {
  await fc.assert(
    fc.asyncProperty(rows, rows, async (before, after) => {
      const file = (table: typeof before) =>
        csv([['key', 'a', 'b'], ...Object.entries(table).map(([key, cells]) => [key, ...cells])])
      const versions = { name: 't.csv', before: file(before), after: file(after) }
      const { changes, counts, tallied } = await compared(t, versions, given('key'))
      t.deepEqual(tallied, counts)
      const table = new Map(Object.entries(before).map(([key, [a, b]]) => [key, { key, a, b }]))
      for (const row of changes) {
        if (row.change === 'changed') {
          const changed = table.get(String(row.key['key']))!
          for (const { column, before: was, after: is } of row.cells) {
            t.is(changed[column as 'a'], was as string)
            changed[column as 'a'] = is as string
          }
        } else if (row.change === 'removed') t.true(table.delete(String(row.values['key'])))
        else table.set(String(row.values['key']), row.values as { key: string; a: string; b: string })
      }
      const wanted = new Map(Object.entries(after).map(([key, [a, b]]) => [key, { key, a, b }]))
      t.deepEqual(new Map([...table].sort()), new Map([...wanted].sort()))
      const of = (change: string) => changes.filter((row) => row.change === change).length
      t.deepEqual([counts.added, counts.removed, counts.changed], ['added', 'removed', 'changed'].map(of))
    }),
    { numRuns: 40 },
  )
})
