// SQL over manifests whose files carry ten keys of metadata: whole commands, beside the start of Node.
import fs from 'node:fs'
import path from 'node:path'
import { makeLargeManifest } from './large-manifest.js'
import { type Bench, noteSeconds, REPEATS } from './measure.js'
import { plateMetadata } from './plate-metadata.js'
import { dv, run, settle } from './programs.js'

const NODE = 'node -e 0'
const FIRST = 'dv query, the first'
const AGAIN = 'dv query, the next'
const UPDATED = 'dv query, the first after 100 files changed'
const EXPORT = 'dv export-manifest'
/** Reads three columns of metadata of every file. */
const SQL = 'SELECT line, count(*), avg(exposure) FROM files WHERE plate >= 0 GROUP BY line ORDER BY line'

export async function benchQuery({ rounds, folder, record }: Bench, size: number): Promise<void> {
  const note = noteSeconds(record, { group: 'query', size })
  for (let round = 0; round < rounds; round++) {
    const cwd = path.join(folder, `query-${size}-${round}`)
    const copies = Math.ceil(size / 100_000)
    const changed = Math.min(100, size)
    await makeLargeManifest(cwd, { files: size, copies, changed, metadataOf: plateMetadata })
    const options = { cwd, home: folder }
    await settle(options)
    const ask = async (what: string, at: string) => {
      const { sample, stdout } = await dv(['query', '--format', 'csv', '--at', at, SQL], options)
      expectRows(stdout, size)
      note(what, sample, NODE)
    }
    for (let i = 0; i < REPEATS; i++) {
      await fs.promises.rm(path.join(cwd, '.dv/store/derived/query'), { recursive: true, force: true })
      note(NODE, (await run(process.execPath, ['-e', '0'], options)).sample)
      await ask(FIRST, 'first')
      await ask(AGAIN, 'first')
      await ask(UPDATED, 'main')
      const tables = path.join(cwd, 'tables')
      const exported = await dv(['export-manifest', '--json', '--parquet', tables, '--at', 'first'], options)
      const { rows } = JSON.parse(exported.stdout) as { rows: number }
      if (rows !== size) throw new Error(`${rows} rows were exported, not ${size}`)
      note(EXPORT, exported.sample, NODE)
      await fs.promises.rm(tables, { recursive: true })
    }
    await fs.promises.rm(cwd, { recursive: true })
  }
}

/** Speed counts only of what is right. */
function expectRows(csv: string, size: number): void {
  const counts = csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[1]))
  const sum = counts.reduce((all, count) => all + count, 0)
  if (sum !== size) throw new Error(`the query counted ${sum} files, not ${size}`)
}
