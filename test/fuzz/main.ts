// npm run fuzz: see docs/fuzzing.md.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { type Figures, figuresOf, tableOf } from './report.js'
import { prepare, readInputs, type Run, runTarget } from './run-target.js'
import { TARGETS, targetNamed } from './targets/index.js'

const HELP = `npm run fuzz -- [TARGET…] [--seconds N] [--executions N] [--seed N] [--corpus DIR]

Fuzzes every parser of bytes from outside, or the targets that are named, one after the other.

  --seconds N      how long each target is run (10)
  --executions N   and how often at most
  --seed N         the same seed makes the same inputs (1)
  --corpus DIR     keeps what was found interesting in DIR/TARGET, and goes on from it
  --findings DIR   where inputs that made a parser fail are put (fuzz-findings)
  --json FILE      appends the figures, one line a target
  --table FILE     prints the table of docs/fuzzing.md from such lines, and does nothing else
  --list           names the targets
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    executions: { type: 'string', default: 'Infinity' },
    seed: { type: 'string', default: '1' },
    corpus: { type: 'string' },
    findings: { type: 'string', default: 'fuzz-findings' },
    json: { type: 'string' },
    table: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(HELP)
else if (values.table !== undefined) process.stdout.write(tableOf(readFigures(values.table)))
else if (values.list) process.stdout.write(`${TARGETS.map(({ name }) => name).join('\n')}\n`)
else process.exitCode = await fuzz(positionals.length > 0 ? positionals : TARGETS.map(({ name }) => name))

async function fuzz(names: readonly string[]): Promise<number> {
  names.forEach(targetNamed)
  const [seconds, executions, seed] = [values.seconds, values.executions, values.seed].map(Number) as [
    number,
    number,
    number,
  ]
  const counters = prepare()
  let found = 0
  for (const name of names) {
    const folder = values.corpus && path.join(values.corpus, name)
    const corpus = folder ? readInputs(folder) : []
    const run = await runTarget(name, counters, { seconds, executions, seed, corpus })
    if (folder) for (const input of run.kept) write(folder, input)
    for (const { what, input } of run.findings)
      process.stdout.write(`  ${what}\n    ${write(path.join(values.findings, name), input)}\n`)
    report(run)
    found += run.findings.length
  }
  return found === 0 ? 0 : 1
}

/** Under the name of its content, so that nothing is kept twice. */
function write(folder: string, input: Uint8Array): string {
  const file = path.join(folder, createHash('sha256').update(input).digest('hex').slice(0, 16))
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(file, input)
  return file
}

function report(run: Run): void {
  const { target, executions, seconds, ways, kept, findings } = run
  const rate = Math.round(executions / seconds)
  process.stdout.write(
    `${target.padEnd(16)} ${String(executions).padStart(9)} executions, ${seconds.toFixed(0)} s, ${rate}/s, ` +
      `${ways} ways, ${kept.length} kept, ${findings.length} findings\n`,
  )
  if (values.json === undefined) return
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim()
  const date = new Date().toISOString().slice(0, 10)
  fs.appendFileSync(values.json, `${JSON.stringify(figuresOf(run, { date, commit }))}\n`)
}

function readFigures(file: string): Figures[] {
  const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Figures)
}
