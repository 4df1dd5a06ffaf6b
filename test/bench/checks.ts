// A table of as many rows as the size says is held against rules of all kinds, and against the version before it.
import fs from 'node:fs'
import path from 'node:path'
import { writeCells } from './cells-table.js'
import { type Bench, noteSeconds, REPEATS } from './measure.js'
import { dv, initRepository, run, settle } from './programs.js'

const NODE = 'node -e 0'
const FIRST = 'dv check, the first'
const AGAIN = 'dv check, the next'
const WITHOUT = 'dv check, without drift'

const LINES = Array.from({ length: 14 }, (_, i) => `AICS-${10 + i}`)
const RULES = `version: 1
tables:
  - path: cells.csv
    rows: {min: 1}
    columns:
      id: {type: integer, nulls: 0, unique: true}
      well: {type: integer, min: 0, max: 383}
      line: {type: string, values: [${LINES.join(', ')}]}
      area: {type: number, nulls: 0, min: 0, max: 1001}
      score: {type: number, nulls: 50%, min: -6, max: 6}
      day: {type: date, min: 2020-01-01, max: 2026-12-31}
    others: false
`
/** Nothing drifts so far: what is measured is looking for it. */
const DRIFT = `    drift:
      rows: 20%
      columns:
        '*': {nulls: 50%}
        area: {psi: 100, ks: 1, quantiles: {0.5: 999%}}
        line: {psi: 100, categories: 99}
`

export async function benchChecks({ rounds, folder, record }: Bench, size: number): Promise<void> {
  const note = noteSeconds(record, { group: 'checks', size })
  for (let round = 0; round < rounds; round++) {
    const cwd = path.join(folder, `checks-${size}-${round}`)
    const options = { cwd, home: folder }
    fs.mkdirSync(cwd)
    await initRepository(options)
    fs.writeFileSync(path.join(cwd, 'dv.checks.yaml'), RULES + DRIFT)
    for (const version of [1, 2]) {
      writeCells(path.join(cwd, 'cells.csv'), { rows: size, version })
      await dv(['commit', '-q', '-m', `Version ${version}`], options)
    }
    const plain = path.join(folder, 'plain.yaml')
    fs.writeFileSync(plain, RULES)
    await settle(options)
    const check = async (what: string, ...more: string[]) => {
      const { sample, stdout } = await dv(['check', '--json', '--at', 'HEAD', ...more], options)
      const { passed } = /"outcome":"passed","passed":(?<passed>\d+),/.exec(stdout)?.groups ?? {}
      if (!(Number(passed) >= 20)) throw new Error(`not all rules were held:\n${stdout}`)
      note(what, sample)
    }
    for (let i = 0; i < REPEATS; i++) {
      await fs.promises.rm(path.join(cwd, '.dv/store/derived/query'), { recursive: true, force: true })
      note(NODE, (await run(process.execPath, ['-e', '0'], options)).sample)
      await check(FIRST)
      await check(AGAIN)
      await check(WITHOUT, '--rules', plain)
    }
    await fs.promises.rm(cwd, { recursive: true })
  }
}
