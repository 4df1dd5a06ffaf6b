// Two versions of a table of as many rows as the size says, in which one row in 5,000 changed, and as many came and went as a tenth of
// those: compared by key, in each format. Tables that both sides of a merge changed, and a stack of pictures.
import fs from 'node:fs'
import path from 'node:path'
import { openSql } from '../../src/sql/index.js'
import { type Bench, type Note, noteSeconds } from './measure.js'
import { dv, initRepository, type RunOptions, settle } from './programs.js'
import { writeStack } from './stack.js'

const FORMATS = { csv: 'a CSV', jsonl: 'JSON Lines', parquet: 'Parquet' } as const
const MERGE = 'dv merge, a CSV'
const IMAGE = 'dv diff, an OME-TIFF stack'
const ROWS_AT_ONCE = 10_000
/** What is merged by rows is at most 8 MiB. */
const MERGED_ROWS_MAX = 150_000
/** Planes have 2 MB: five million rows stand beside half a gigabyte of them. */
const ROWS_PER_PLANE = 20_000

type Version = 'before' | 'after' | 'ours' | 'theirs'

export async function benchTables({ rounds, folder, record }: Bench, size: number): Promise<void> {
  const note = noteSeconds(record, { group: 'tables', size })
  const cwd = path.join(folder, `tables-${size}`)
  const options = { cwd, home: folder }
  fs.mkdirSync(cwd)
  await initRepository(options)
  for (const version of ['before', 'after'] as const) await commitVersion(options, size, version)
  await prepareMerge(options, Math.min(size, MERGED_ROWS_MAX))
  await settle(options)
  for (let round = 0; round < rounds; round++) {
    for (const format of Object.keys(FORMATS) as (keyof typeof FORMATS)[])
      await compareTable(note, options, { format, size })
    await compareStack(note, options)
    await merge(note, options, size)
  }
  await fs.promises.rm(cwd, { recursive: true })
}

export async function commitVersion(
  options: RunOptions,
  size: number,
  version: 'before' | 'after',
): Promise<void> {
  await writeTables(options.cwd, size, version)
  const planes = Math.max(1, Math.round(size / ROWS_PER_PLANE))
  writeStack(path.join(options.cwd, 'stack.ome.tif'), { planes, isNew: version === 'after' })
  await commit(options, version)
}

async function compareTable(
  note: Note,
  options: RunOptions,
  { format, size }: { format: keyof typeof FORMATS; size: number },
): Promise<void> {
  const asked = ['diff', '--json', 'v-before', 'v-after', '--key', 'id', '--', `cells.${format}`]
  const { sample, stdout } = await dv(asked, options)
  const { moved, changed } = amounts(size)
  const wanted = `{"type":"rows","added":${moved},"removed":${moved},"changed":${changed},`
  if (!stdout.includes(wanted)) throw new Error(`the comparison did not find ${wanted}`)
  note(`dv diff --key, ${FORMATS[format]}`, sample)
}

async function compareStack(note: Note, options: RunOptions): Promise<void> {
  const { sample, stdout } = await dv(
    ['diff', '--json', 'v-before', 'v-after', '--', 'stack.ome.tif'],
    options,
  )
  if (!stdout.includes('"type":"image"')) throw new Error('the stack was not compared by its pixels')
  note(IMAGE, sample)
}

async function merge(note: Note, options: RunOptions, size: number): Promise<void> {
  await dv(['switch', '-q', '--detach', 'v-ours'], options)
  const { sample } = await dv(['merge', '-q', 'v-theirs'], options)
  const rows = Math.min(size, MERGED_ROWS_MAX)
  const lines = fs.readFileSync(tableOf(options), 'utf8').split('\n').length - 1
  if (lines !== 1 + rows + 2 * amounts(rows).moved) throw new Error(`the merged table has ${lines} lines`)
  note(MERGE, sample)
}

const tableOf = (options: RunOptions) => path.join(options.cwd, 'merged.csv')

/** One side changes a column of some rows and appends others, the other side another column, and appends, too. */
async function prepareMerge(options: RunOptions, rows: number): Promise<void> {
  const sides: Version[] = ['before', 'ours', 'theirs']
  for (const version of sides) {
    if (version === 'theirs') await dv(['switch', '-q', '--detach', 'm-before'], options)
    writeCsv(tableOf(options), rows, version)
    await commit(options, version, 'm')
  }
  for (const side of ['ours', 'theirs']) await dv(['tag', `v-${side}`, `m-${side}`], options)
}

async function commit(options: RunOptions, version: Version, prefix = 'v'): Promise<void> {
  await dv(['commit', '-q', '-m', version], options)
  await dv(['tag', `${prefix}-${version}`], options)
}

function amounts(size: number): { changed: number; moved: number } {
  const changed = Math.ceil(size / 5000)
  return { changed, moved: Math.ceil(changed / 10) }
}

const COLUMNS = ['id', 'well', 'line', 'area', 'score', 'day']

/** A row by its id, which is not there in one version, changed in the other, or as it was. */
function rowOf(id: number, { isChanged, column }: { isChanged: boolean; column: number }): string[] {
  const n = (id * 2_654_435_761) % 4_294_967_296
  const row = [
    ...[String(id), `W${n % 384}`, `AICS-${10 + (n % 14)}`],
    ...[((n % 1_000_000) / 1000).toFixed(3), ((n % 20_011) / 2000 - 5).toFixed(4)],
    new Date((19_000 + (n % 700)) * 86_400_000).toISOString().slice(0, 10),
  ]
  if (isChanged) row[column] = `${row[column]}1`
  return row
}

/** Removed are the first rows, added ones are behind the last, changed ones stand evenly between. */
function* rowsOf(size: number, version: Version): Generator<string[]> {
  const { changed, moved } = amounts(size)
  const every = Math.floor((size - moved) / changed)
  const isNew = version !== 'before'
  const column = version === 'theirs' ? 4 : 3
  const [from, to] = version === 'after' ? [moved, size + moved] : [0, size]
  for (let id = from; id < to; id++) {
    const place = id - moved
    const isChanged = isNew && place >= 0 && id < size && place % every === 0 && place / every < changed
    yield rowOf(id, { isChanged, column })
  }
  const behind = { ours: 1, theirs: 2, before: 0, after: 0 }[version]
  for (let i = 0; behind > 0 && i < moved; i++)
    yield rowOf(behind * 1_000_000_000 + i, { isChanged: false, column })
}

async function writeTables(cwd: string, size: number, version: Version): Promise<void> {
  writeCsv(path.join(cwd, 'cells.csv'), size, version)
  writeText(
    path.join(cwd, 'cells.jsonl'),
    '',
    rowsOf(size, version),
    ([id, well, line, area, score, day]) =>
      `{"id":${id},"well":"${well}","line":"${line}","area":${area},"score":${score},"day":"${day}"}\n`,
  )
  const db = await openSql({ temporary: path.join(cwd, '.dv/tmp/bench'), readable: [cwd] })
  try {
    const csv = path.join(cwd, 'cells.csv')
    const file = path.join(cwd, 'cells.parquet')
    fs.rmSync(file, { force: true })
    await db.exportParquet(`FROM read_csv('${csv}')`, { file, tableFunctions: ['read_csv'] })
  } finally {
    await db.close()
  }
}

function writeCsv(file: string, size: number, version: Version): void {
  writeText(file, `${COLUMNS.join(',')}\n`, rowsOf(size, version), (row) => `${row.join(',')}\n`)
}

function writeText(
  file: string,
  head: string,
  rows: Iterable<string[]>,
  lineOf: (row: string[]) => string,
): void {
  const descriptor = fs.openSync(file, 'w')
  let [text, count] = [head, 0]
  for (const row of rows) {
    text += lineOf(row)
    if (++count % ROWS_AT_ONCE > 0) continue
    fs.writeSync(descriptor, text)
    text = ''
  }
  fs.writeSync(descriptor, text)
  fs.closeSync(descriptor)
}
