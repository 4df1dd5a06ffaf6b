// A table of as many rows as the size says: profiled, profiled again, and held against the version before it.
import fs from 'node:fs'
import path from 'node:path'
import { writeCells } from './cells-table.js'
import { type Bench, noteSeconds, REPEATS } from './measure.js'
import { dv, initRepository, run, settle } from './programs.js'

const NODE = 'node -e 0'
const FIRST = 'dv profile, the first'
const AGAIN = 'dv profile, the next'
const DRIFT = 'dv check, drift of two columns'

/** Nothing drifts so far: what is measured is looking for it. */
const RULES = `version: 1
tables:
  - path: cells.csv
    drift:
      columns:
        area: {psi: 100, ks: 1, quantiles: {0.5: 999%}}
        line: {psi: 100, categories: 99}
`

export async function benchProfile({ rounds, folder, record }: Bench, size: number): Promise<void> {
  const note = noteSeconds(record, { group: 'profile', size })
  for (let round = 0; round < rounds; round++) {
    const cwd = path.join(folder, `profile-${size}-${round}`)
    const options = { cwd, home: folder }
    fs.mkdirSync(cwd)
    await initRepository(options)
    fs.writeFileSync(path.join(cwd, 'dv.checks.yaml'), RULES)
    for (const version of [1, 2]) {
      writeCells(path.join(cwd, 'cells.csv'), { rows: size, version })
      await dv(['commit', '-q', '-m', `Version ${version}`], options)
    }
    await settle(options)
    for (let i = 0; i < REPEATS; i++) {
      await fs.promises.rm(path.join(cwd, '.dv/store/derived/query'), { recursive: true, force: true })
      note(NODE, (await run(process.execPath, ['-e', '0'], options)).sample)
      for (const what of [FIRST, AGAIN]) {
        const { sample, stdout } = await dv(['profile', '--json', 'cells.csv'], options)
        if (!stdout.includes(`"rows":${size},`)) throw new Error(`the profile is not of ${size} rows`)
        note(what, sample)
      }
      const { sample, stdout } = await dv(['check', '--json', '--at', 'HEAD'], options)
      if (!/"outcome":"passed","passed":[1-9]/.test(stdout))
        throw new Error(`no drift was looked for:\n${stdout}`)
      note(DRIFT, sample)
    }
    await fs.promises.rm(cwd, { recursive: true })
  }
}
