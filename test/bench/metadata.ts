// Metadata of many paths out of tables, ten keys a path, rows in no order: whole commands, beside the start of Node.
import fs from 'node:fs'
import path from 'node:path'
import { toCsv, toJsonLines, writeParquet, type WrittenRow } from '../../src/metadata/index.js'
import { openSql } from '../../src/sql/index.js'
import { makeLargeManifest, pathOf } from './large-manifest.js'
import { type Bench, noteSeconds } from './measure.js'
import { plateMetadata } from './plate-metadata.js'
import { dv, run, settle } from './programs.js'

const NODE = 'node -e 0'
const FORMATS = ['csv', 'jsonl', 'parquet'] as const
const ROWS_AT_ONCE = 1024
/** A prime: its multiples meet every row once, unless there are as many rows or a multiple of that. */
const STRIDE = 7_368_787

export async function benchMetadata({ rounds, folder, record }: Bench, size: number): Promise<void> {
  const note = noteSeconds(record, { group: 'metadata', size })
  const bare = path.join(folder, `metadata-${size}`)
  const tables = path.join(folder, `tables-${size}`)
  await makeLargeManifest(bare, { files: size, copies: Math.ceil(size / 100_000), changed: 1 })
  await writeTables(tables, size)
  for (let round = 0; round < rounds; round++)
    for (const format of FORMATS) {
      // A repository that never had any: nothing of what is written is there already.
      const cwd = path.join(folder, `import-${size}-${round}`)
      await fs.promises.cp(bare, cwd, { recursive: true })
      const options = { cwd, home: folder }
      await settle(options)
      note(NODE, (await run(process.execPath, ['-e', '0'], options)).sample)
      const table = path.join(tables, `table.${format}`)
      const imported = await dv(['meta', 'import', '--json', '--path-column', 'path', table], options)
      expectPaths(imported.stdout, size)
      note(`dv meta import, ${format}`, imported.sample, NODE)
      await fs.promises.rm(cwd, { recursive: true })
    }
  for (const made of [bare, tables]) await fs.promises.rm(made, { recursive: true })
}

async function writeTables(folder: string, size: number): Promise<void> {
  fs.mkdirSync(folder)
  const rows = () => scatteredRows(size)
  await writeText(path.join(folder, 'table.csv'), toCsv(rows, 'path'))
  await writeText(path.join(folder, 'table.jsonl'), toJsonLines(rows(), 'path'))
  const db = await openSql({ temporary: path.join(folder, 'tmp'), readable: [folder] })
  await writeParquet(db, rows, { pathColumn: 'path', file: path.join(folder, 'table.parquet') })
  await db.close()
}

async function* scatteredRows(size: number): AsyncGenerator<WrittenRow[]> {
  for (let from = 0; from < size; from += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, size - from)
    yield Array.from({ length: count }, (_, k) => {
      const i = ((from + k) * STRIDE) % size
      return { path: pathOf(i, size), metadata: plateMetadata(i) }
    })
  }
}

async function writeText(file: string, parts: AsyncIterable<string>): Promise<void> {
  const fd = fs.openSync(file, 'w')
  try {
    for await (const part of parts) fs.writeSync(fd, part)
  } finally {
    fs.closeSync(fd)
  }
}

/** Speed counts only of what is right. */
function expectPaths(json: string, size: number): void {
  const { changed } = JSON.parse(json) as { changed: number }
  if (changed !== size) throw new Error(`metadata of ${changed} paths was imported, not of ${size}`)
}
