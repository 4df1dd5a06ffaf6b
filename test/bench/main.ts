// npm run bench: measures, prints, draws (options.ts has the help).
import fs from 'node:fs'
import path from 'node:path'
import { benchKernels } from './kernels.js'
import { benchChecks } from './checks.js'
import { circumstances } from './machine.js'
import { benchManifest } from './manifest.js'
import { type Bench, createRows, type Recorder } from './measure.js'
import { type BenchOptions, HELP, parseOptions } from './options.js'
import { plot } from './plot.js'
import { PROJECT, stopPrograms } from './programs.js'
import { figure, markdown, type Report } from './report.js'
import { benchMetadata } from './metadata.js'
import { benchProfile } from './profile.js'
import { benchQuery } from './query.js'
import { benchRemote } from './remote.js'
import { benchSearch } from './search.js'
import { benchStart } from './start.js'
import { benchTables } from './tables.js'
import { benchTree } from './tree.js'

const DOCS = path.join(PROJECT, 'docs')

const options = readOptions()
if (options) await bench(options)
else console.log(HELP)

function readOptions(): BenchOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`bench: ${(error as Error).message}\n`)
    console.error(HELP)
    process.exit(2)
  }
}

async function bench(options: BenchOptions): Promise<void> {
  const folder = fs.mkdtempSync(path.join(options.work, 'dv-bench-'))
  const remove = () => fs.rmSync(folder, { recursive: true, force: true })
  let interrupted = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupted = true
      console.error(`bench: interrupted; '${folder}' is being removed`)
      void stopPrograms()
        .then(remove)
        .then(() => process.exit(130))
    })
  }
  try {
    const measuredOn = circumstances(PROJECT, folder)
    const { rows, record } = createRows()
    await runGroups(options, { folder, rounds: options.rounds, record: told(record) })
    publish(options, { circumstances: measuredOn, rounds: options.rounds, rows })
  } catch (error) {
    // A program that was stopped failed for no other reason.
    if (!interrupted) throw error
  } finally {
    remove()
  }
}

async function runGroups({ groups, sizes, entries, scale }: BenchOptions, bench: Bench): Promise<void> {
  if (groups.includes('kernels')) await benchKernels(bench)
  if (groups.includes('start')) await benchStart(bench)
  if (groups.includes('manifest')) for (const size of entries) await benchManifest(bench, size)
  if (groups.includes('metadata')) for (const size of sizes) await benchMetadata(bench, size)
  if (groups.includes('query')) for (const size of entries) await benchQuery(bench, size)
  if (groups.includes('search')) for (const size of sizes) await benchSearch(bench, size)
  if (groups.includes('profile')) for (const size of entries) await benchProfile(bench, size)
  if (groups.includes('tables')) for (const size of entries) await benchTables(bench, size)
  if (groups.includes('checks')) for (const size of entries) await benchChecks(bench, size)
  if (groups.includes('tree')) for (const size of sizes) await benchTree(bench, size)
  if (groups.includes('remote')) await benchRemote(bench, scale)
}

/** Says on stderr what goes on. */
function told(record: Recorder): Recorder {
  return (measured, sample) => {
    const { group, what, size, unit } = measured
    const of = size === undefined ? '' : ` of ${size.toLocaleString('en')}`
    console.error(`${group}${of}: ${what}: ${figure(sample.value)} ${unit}`)
    record(measured, sample)
  }
}

function publish(options: BenchOptions, report: Report): void {
  const { json, out, write } = options
  const tables = markdown(report)
  const picture = plot(report.rows)
  process.stdout.write(tables)
  if (json !== undefined) fs.writeFileSync(json, `${JSON.stringify(report, undefined, 1)}\n`)
  if (out !== undefined) fs.writeFileSync(out, picture)
  if (!write) return
  fs.mkdirSync(DOCS, { recursive: true })
  fs.writeFileSync(path.join(DOCS, 'bench.svg'), picture)
  fs.writeFileSync(path.join(DOCS, 'bench.md'), `${pageHead(options)}${tables}`)
}

/** Names the options that decide what is measured: who types them measures the same. */
function pageHead({ groups, sizes, entries, rounds }: BenchOptions): string {
  return `# Speed

Written by
\`npm run bench -- --write --only ${groups} --sizes ${sizes} --entries ${entries} --rounds ${rounds}\`;
\`npm run bench -- --help\` says more.

![How the cost grows with the number of files](bench.svg)

`
}
