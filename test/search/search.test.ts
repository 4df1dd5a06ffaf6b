import fs from 'node:fs'
import path from 'node:path'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { SearchResult } from '../../src/api/index.js'
import { collect, type TestFiles, testRepository, type TestRepository } from '../helpers/repository.js'
import { noise } from '../helpers/noise.js'
import { pushed } from '../helpers/pushed.js'
import { howMany } from '../helpers/torture.js'
import { type ReferenceClause, type ReferenceRow, referenceSearch } from './reference.js'

const ALL = 1_000_000

function find(repo: TestRepository, question: string, at?: string): Promise<SearchResult> {
  return repo.repository.search({ question, limit: ALL, ...(at !== undefined && { at }) })
}

async function paths(repo: TestRepository, question: string, at?: string): Promise<string[]> {
  return (await find(repo, question, at)).hits.map(({ path, commit }) => path ?? commit!)
}

function indexFolder(repo: TestRepository): string {
  return path.join(repo.root, '.dv/store/derived/search')
}

const word = fc.constantFrom('cell', 'cells', 'trainLoss', 'dim', 'Dim', '顕微', 'a1')
const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '))
const name = fc.constantFrom('a.csv', 'cell.txt', 'd/cell-dim.csv', 'd/b', 'e/dim/cells', 'z')
const tree = fc.dictionary(name, text, { minKeys: 1, maxKeys: 6 })
const clause: fc.Arbitrary<[string, ReferenceClause]> = fc.oneof(
  fc.constantFrom<[string, ReferenceClause]>(
    ...(['cell', 'cells', 'dim', 'loss', 'csv', 'a1', 'second'] as const).map(
      (one) => [one, { words: [one] }] as [string, ReferenceClause],
    ),
    ['cel*', { words: ['cel'], isPrefix: true }],
    ['d*', { words: ['d'], isPrefix: true }],
    ['"dim cell"', { words: ['dim', 'cell'] }],
    ['trainLoss', { words: ['train', 'loss'] }],
    ['cell-di*', { words: ['cell', 'di'], isPrefix: true }],
    ['顕微', { words: ['顕', '微'] }],
    ['-dim', { words: ['dim'], isNegative: true }],
  ),
)
const question = fc
  .array(clause, { minLength: 1, maxLength: 3 })
  .filter((all) => all.some(([, { isNegative }]) => !isNegative))

/** What is said of files and directories, by key. */
type Said = Readonly<Record<string, Readonly<Record<string, string>>>>

const said: fc.Arbitrary<Said> = fc.dictionary(
  fc.constantFrom('d', 'e', 'a.csv', 'd/b'),
  fc.dictionary(
    fc.constantFrom('line', 'dim'),
    text.filter((value) => value !== ''),
    { minKeys: 1 },
  ),
)

function inOrder(a: string, b: string): number {
  return a.replaceAll('/', '\0') < b.replaceAll('/', '\0') ? -1 : 1
}

/** Of those that are there: directories that carry metadata are rows of their own. */
function rowsOf(
  files: Record<string, string>,
  metadata: Said,
  messages: readonly [id: string, message: string][],
): ReferenceRow[] {
  const paths = new Set([...Object.keys(files), ...Object.keys(metadata)])
  const entries = [...paths].sort(inOrder).map((path): ReferenceRow => {
    const above = path.includes('/') ? metadata[path.split('/')[0]!] : undefined
    const effective = { ...above, ...metadata[path] }
    const pieces = Object.entries(effective).flat()
    const content = files[path] === undefined ? {} : { content: [files[path]] }
    return {
      name: path,
      fields: { place: [path], ...content, ...(pieces.length > 0 && { metadata: pieces }) },
    }
  })
  return [
    ...entries,
    ...messages.map(([name, message]): ReferenceRow => ({ name, fields: { message: [message] } })),
  ]
}

test('at any revision the answer is that of reading everything, scores included', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(tree, said), { minLength: 1, maxLength: 3 }),
      fc.array(question, { minLength: 3, maxLength: 6 }),
      async (trees, questions) => {
        const repo = await testRepository(t)
        const commits: [id: string, message: string][] = []
        const states: { files: Record<string, string>; metadata: Said; commits: [string, string][] }[] = []
        for (const [i, [files, wanted]] of trees.entries()) {
          repo.write({ ...Object.fromEntries(repo.list().map((file) => [file, undefined])), ...files })
          await say(repo, wanted)
          const message = `${i === 1 ? 'Second' : 'Some'} cells`
          const { commit } = await repo.commit(message, { allowEmpty: true })
          commits.unshift([commit.id, message])
          states.push({ files, metadata: await saidAt(repo, commit.id), commits: [...commits] })
        }
        for (const asked of questions) {
          const text = asked.map(([typed]) => typed).join(' ')
          const clauses = asked.map(([, one]) => one)
          for (const { files, metadata, commits: known } of states) {
            const { hits } = await find(repo, text, known[0]![0])
            const wanted = referenceSearch(rowsOf(files, metadata, known), clauses)
            t.deepEqual(
              hits.map(({ path, commit }) => path ?? commit),
              wanted.map(([name]) => name),
              text,
            )
            hits.forEach(({ score }, i) => t.true(Math.abs(score - wanted[i]![1]) < 1e-9, text))
          }
        }
      },
    ),
    { numRuns: howMany({ daily: 6, torture: 200 }) },
  )
})

/** Of what is there. */
async function say(repo: TestRepository, wanted: Said): Promise<void> {
  const isThere = (at: string) => repo.list().some((file) => file === at || file.startsWith(`${at}/`))
  for (const [at, values] of Object.entries(wanted)) {
    if (!isThere(at)) continue
    const types = Object.fromEntries(Object.keys(values).map((key) => [key, 'string' as const]))
    await repo.repository.setMetadata({ paths: [at], set: values, types, unset: [] })
  }
}

/** What is recorded, without what is inherited. */
async function saidAt(repo: TestRepository, at: string): Promise<Said> {
  const all = await collect(repo.repository.getMetadata({ paths: [], keys: [], where: 'TRUE', at }))
  return Object.fromEntries(
    all.flatMap(({ path: name, metadata, inherited }) => {
      const own = Object.entries(metadata).filter(([key]) => !Object.hasOwn(inherited, key))
      return own.length > 0 ? [[name!, Object.fromEntries(own) as Record<string, string>]] : []
    }),
  )
}

async function sample(t: ExecutionContext, files: TestFiles = {}): Promise<TestRepository> {
  const repo = await testRepository(t, {
    'plates/day1/notes.txt': 'the damaged light of plate 7\nand more',
    'plates/day1/well.csv': 'well,intensity\nA1,3\n',
    'README.md': '# Screening\r\nA dim signal\r\n',
    ...files,
  })
  return repo
}

test('a phrase needs its words one behind the other, and not across cells of metadata', async (t) => {
  const repo = await sample(t)
  t.deepEqual(await paths(repo, '"damaged light"'), ['plates/day1/notes.txt'])
  t.deepEqual(await paths(repo, '"light damaged"'), [])
  t.deepEqual(await paths(repo, 'light damaged'), ['plates/day1/notes.txt'])
})

test('columns and metadata are searched by their names, those of directories too', async (t) => {
  const repo = await sample(t)
  await repo.repository.setMetadata({
    paths: ['plates'],
    set: { line: 'AICS-23', 'plate id': '7' },
    types: {},
    unset: [],
  })
  await repo.commit('Metadata')
  t.deepEqual(await paths(repo, 'line:AICS-23 kind:file'), ['plates/day1/notes.txt', 'plates/day1/well.csv'])
  t.deepEqual(await paths(repo, 'meta.line:aics* extension:csv'), ['plates/day1/well.csv'])
  t.deepEqual(await paths(repo, '"plate id":7 kind:directory'), ['plates'])
  t.deepEqual(await paths(repo, 'name:notes'), ['plates/day1/notes.txt'])
  t.deepEqual(await paths(repo, 'name:plates kind:file'), [])
  t.deepEqual(await paths(repo, 'directory:day1 size:20'), ['plates/day1/well.csv'])
  t.deepEqual(await paths(repo, 'message:metadata'), [await headOf(repo)])
  const error = await t.throwsAsync(find(repo, 'lin:AICS'), { code: 'DV_UNKNOWN_COLUMN' })
  t.regex(String((error as { hint?: string }).hint), /'line'/)
})

async function headOf(repo: TestRepository): Promise<string> {
  const all = { revisions: [], paths: [], all: false, changes: false, topological: false }
  for await (const { id } of repo.repository.log(all)) return id
  throw new Error('no commit')
}

test('a question without a word to look for is refused', async (t) => {
  const repo = await sample(t)
  for (const question of ['', '-cell', '...', '"cell'])
    await t.throwsAsync(find(repo, question), { code: 'DV_USAGE' })
})

test('the extract shows the line and where the words stand in it', async (t) => {
  const repo = await sample(t)
  const { hits } = await find(repo, 'dim signal')
  t.deepEqual(hits[0]?.extract, {
    line: 2,
    text: 'A dim signal',
    marks: [
      [2, 5],
      [6, 12],
    ],
  })
})

test('text in other encodings, notebooks and column names are found; what is no text is not', async (t) => {
  const notebook = {
    cells: [
      {
        cell_type: 'code',
        source: ['import torch\n', 'mitosis = 3'],
        outputs: [{ data: { 'text/plain': ['Quokka'], 'image/png': 'bm90dGV4dA' } }],
      },
    ],
    nbformat: 4,
  }
  const repo = await sample(t, {
    'utf16.txt': Buffer.from('\ufeffprophase', 'utf16le'),
    'latin.txt': Buffer.from('caf\xe9 anaphase', 'latin1'),
    'n.ipynb': JSON.stringify(notebook),
    binary: Buffer.from('telophase\0\x01'),
    'table.parquet': fs.readFileSync('node_modules/vega-datasets-3/data/flights-3m.parquet'),
  })
  t.deepEqual(await paths(repo, 'prophase'), ['utf16.txt'])
  t.deepEqual(await paths(repo, 'café'), ['latin.txt'])
  t.deepEqual(await paths(repo, 'mitosis'), ['n.ipynb'])
  t.deepEqual(await paths(repo, 'quokka'), ['n.ipynb'])
  t.deepEqual(await paths(repo, 'bm90dGV4dA'), [])
  t.deepEqual(await paths(repo, 'telophase'), [])
  t.deepEqual(await paths(repo, 'distance extension:parquet'), ['table.parquet'])
})

test('what was purged is found no more, and its words are in no file of the index', async (t) => {
  const repo = await sample(t, { 'secret.txt': 'zyzzyva' })
  t.deepEqual(await paths(repo, 'zyzzyva'), ['secret.txt'])
  t.true(holds(indexFolder(repo), 'zyzzyva'))
  const purged = {
    paths: ['secret.txt'],
    contents: [],
    at: [],
    files: true,
    reason: 'consent withdrawn',
    dryRun: false,
  }
  await repo.repository.purge(purged)
  t.false(holds(indexFolder(repo), 'zyzzyva'))
  const { hits, searched } = await find(repo, 'zyzzyva')
  t.deepEqual(hits, [])
  t.is(searched.notIndexed, 1)
})

function holds(folder: string, text: string): boolean {
  if (!fs.existsSync(folder)) return false
  return fs.readdirSync(folder).some((file) => fs.readFileSync(path.join(folder, file)).includes(text))
}

test('a lazy clone counts files whose text is not here, and finds them by what is; what comes is indexed then', async (t) => {
  // Of blocks of their own: none comes along with another.
  const textOf = (seed: number) => `zyzzyva ${noise(150_000, seed).toString('hex')}`
  const files = { 'cells.txt': textOf(1), 'd/other.txt': textOf(2), 'note.md': textOf(3) }
  const { cloned } = await pushed(t, files)
  const { repository } = await cloned('lazy', { lazy: true })
  const search = (question: string) => repository.search({ question })
  t.like(await search('zyzzyva'), { hits: [], searched: { notIndexed: 3 } })
  t.deepEqual(
    (await search('cells')).hits.map((hit) => hit.path),
    ['cells.txt'],
  )
  await repository.sparse({ patterns: ['d/**'], add: true, force: false })
  const { hits, searched } = await search('zyzzyva')
  t.deepEqual([hits.map((hit) => hit.path), searched.notIndexed], [['d/other.txt'], 2])
})

test('where the store cannot be written the index lies in the cache of the user', async (t) => {
  const repo = await sample(t)
  const wanted = await find(repo, 'light')
  const derived = path.join(repo.root, '.dv/store/derived')
  fs.rmSync(derived, { recursive: true })
  fs.writeFileSync(derived, 'no folder can be made here')
  t.deepEqual(await find(repo, 'light'), wanted)
  t.deepEqual(await find(repo, 'light'), wanted)
  t.is(fs.readFileSync(derived, 'utf8'), 'no folder can be made here')
})

test('an index that is damaged anywhere is made anew, and the answer is the same', async (t) => {
  const repo = await sample(t)
  const wanted = await find(repo, 'light')
  for (const name of fs.readdirSync(indexFolder(repo))) {
    const file = path.join(indexFolder(repo), name)
    if (!fs.existsSync(file)) continue
    for (const damage of [damageMiddle, damageEnd, (at: string) => fs.writeFileSync(at, '')]) {
      if (!fs.existsSync(file)) break
      damage(file)
      t.deepEqual(await find(repo, 'light'), wanted, name)
    }
  }
  fs.rmSync(indexFolder(repo), { recursive: true })
  t.deepEqual(await find(repo, 'light'), wanted)
})

function damageMiddle(file: string): void {
  const bytes = fs.readFileSync(file)
  bytes[bytes.length >> 1]! ^= 1
  fs.writeFileSync(file, bytes)
}

function damageEnd(file: string): void {
  fs.truncateSync(file, fs.statSync(file).size - 3)
}

test('rows of trees that were not asked for lately do not pile up', async (t) => {
  const repo = await sample(t)
  await find(repo, 'light')
  for (let i = 0; i < 50; i++) {
    const file = path.join(indexFolder(repo), `rows-${String(i).padStart(64, '0')}`)
    fs.writeFileSync(file, '')
    fs.utimesSync(file, 0, 0)
  }
  repo.write({ 'new.txt': 'more light' })
  await repo.commit('More')
  t.is((await find(repo, 'light')).total, 2)
  t.is(fs.readdirSync(indexFolder(repo)).filter((name) => /^(rows|commits)-/.test(name)).length, 32)
})

test('several search at once where nothing is indexed, and all answer alike', async (t) => {
  const repo = await sample(t)
  const open = await Promise.all(Array.from({ length: 4 }, () => repo.openAt('.')))
  const answers = await Promise.all(open.map((one) => one.search({ question: 'light', limit: 5 })))
  for (const answer of answers) t.deepEqual(answer, answers[0])
  t.is(answers[0]!.total, 1)
})

test('a search that is interrupted while it indexes says so, and the next goes on', async (t) => {
  const files = Array.from({ length: 400 }, (_, n) => [
    `d${n % 7}/cell${n}.txt`,
    `dim light of ${n}\n`.repeat(300),
  ])
  const repo = await testRepository(t, Object.fromEntries(files))
  const controller = new AbortController()
  const onProgress = () => controller.abort()
  const asked = { question: 'light -d3', limit: ALL }
  const interrupted = repo.repository.search({ ...asked, signal: controller.signal, onProgress })
  await t.throwsAsync(interrupted, { any: true, name: 'AbortError' })
  t.is((await repo.repository.search(asked)).total, 343)
})
