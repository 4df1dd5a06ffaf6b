// What a command costs before it does anything, beside the start of Node itself.
import fs from 'node:fs'
import path from 'node:path'
import { type Bench, inTurn, noteSeconds, REPEATS } from './measure.js'
import { dv, initRepository, run, settle } from './programs.js'

const NODE = 'node -e 0'

export async function benchStart({ rounds, folder, record }: Bench): Promise<void> {
  const note = noteSeconds(record, { group: 'start' })
  const cwd = path.join(folder, 'small')
  const options = { cwd, home: folder }
  // A report of what was used would be a good part of what is measured here.
  const quick = { ...options, timeOnly: true }
  fs.mkdirSync(cwd)
  await initRepository(options)
  fs.writeFileSync(path.join(cwd, 'a.txt'), 'a\n')
  await dv(['commit', '-q', '-m', 'First'], options)
  await settle(options)
  const starts = {
    [NODE]: () => run(process.execPath, ['-e', '0'], quick),
    'dv --version': () => dv(['--version'], quick),
    'dv log -1': () => dv(['log', '-1'], quick),
  }
  for (let round = 0; round < rounds * REPEATS; round++) {
    const contenders = Object.entries(starts).map(([what, start]) => async () => {
      const { sample } = await start()
      note(what, sample, what === NODE ? undefined : NODE)
    })
    await inTurn(round, contenders)
  }
}
