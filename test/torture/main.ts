// npm run test:torture: all suites that prove by quantity, in full; see --help.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Outcome, readRecord, recorded, renderPage, writeRecord } from './page.js'
import { type Section, SECTIONS } from './sections.js'

const HELP = `npm run test:torture -- [options]

  --only NAMES    ${SECTIONS.map(({ name }) => name).join(', ')}; several with commas. Default: all
  --match TITLE   only tests of this title ('commit*')
  --seed N        draws the same lots again. Default: of this moment, printed with every figure
  --write         records the figures in docs/torture.jsonl, and writes docs/torture.md: of what did not run, those recorded last
  --page          writes the page only

In full this takes about an hour on two cores; a folder in memory for TMPDIR makes it three times as fast.
`
const BUILD = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const RECORD = 'docs/torture.jsonl'
const PAGE = 'docs/torture.md'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    match: { type: 'string' },
    seed: { type: 'string' },
    write: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) console.log(HELP)
else process.exitCode = main()

function main(): number {
  const names = values.only?.split(',') ?? SECTIONS.map(({ name }) => name)
  const sections = SECTIONS.filter(({ name }) => names.includes(name))
  if (sections.length < names.length) {
    console.error(`--only takes names of ${SECTIONS.map(({ name }) => name).join(', ')}`)
    return 2
  }
  const failed: Section[] = []
  for (const section of values.page ? [] : sections) {
    const { isPassed, outcomes } = run(section)
    if (!isPassed) failed.push(section)
    const isWhole = values.match === undefined
    if (values.write) writeRecord(RECORD, recorded(readRecord(RECORD), outcomes, isWhole ? section.name : ''))
  }
  if (values.write || values.page) {
    fs.writeFileSync(PAGE, renderPage(readRecord(RECORD)))
    spawnSync('npx', ['prettier', '--write', '--log-level', 'warn', PAGE], { stdio: 'inherit' })
  }
  for (const { title } of failed) console.error(`failed: ${title}`)
  return failed.length === 0 ? 0 : 1
}

/** Runs a section. Returns whether all passed, and what its tests told. */
function run({ name, title, files, program }: Section): { isPassed: boolean; outcomes: Outcome[] } {
  console.log(`== ${title}`)
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dv-torture-'))
  const figures = path.join(folder, 'figures')
  const began = Date.now()
  const match = values.match === undefined ? [] : [`--match=${values.match}`]
  const { status } = spawnSync(
    'npx',
    ['ava', '--timeout=30m', ...match, ...files.map((file) => path.join(BUILD, 'test', file))],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        DV_TORTURE: '1',
        DV_TORTURE_FIGURES: figures,
        ...(values.seed !== undefined && { DV_SEED: values.seed }),
      },
    },
  )
  const about = {
    section: name,
    seconds: (Date.now() - began) / 1000,
    date: new Date().toISOString(),
    commit: head(),
  }
  const outcomes = readRecord(figures).map((told) => ({ ...told, ...about }))
  fs.rmSync(folder, { recursive: true })
  return { isPassed: status === 0 && (program === undefined || runProgram(program)), outcomes }
}

function runProgram([file, ...args]: readonly string[]): boolean {
  const seed = values.seed === undefined ? [] : ['--seed', values.seed]
  const { status } = spawnSync(process.execPath, [path.join(BUILD, 'test', file!), ...args, ...seed], {
    stdio: 'inherit',
  })
  return status === 0
}

function head(): string {
  return spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim()
}
