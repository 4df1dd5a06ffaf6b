// Words of many small texts: whole commands, beside the start of Node.
import fs from 'node:fs'
import path from 'node:path'
import { annotationOf } from './annotations.js'
import { makeLargeManifest } from './large-manifest.js'
import { type Bench, noteSeconds, REPEATS } from './measure.js'
import { dv, run, settle } from './programs.js'

const NODE = 'node -e 0'
const FIRST = 'dv search, the first'
const UPDATED = 'dv search, the first after 100 files changed'
/** Words that all texts have, that nearly all have, a phrase, and the beginning of a word that few have. */
const QUESTIONS = ['annotator', 'cell -debris', '"damaged light"', 'img0012*']

export async function benchSearch({ rounds, folder, record }: Bench, size: number): Promise<void> {
  const note = noteSeconds(record, { group: 'search', size })
  for (let round = 0; round < rounds; round++) {
    const cwd = path.join(folder, `search-${size}-${round}`)
    const changed = Math.min(100, size)
    await makeLargeManifest(cwd, { files: size, changed, textOf: annotationOf })
    const options = { cwd, home: folder }
    await settle(options)
    const ask = async (what: string, question: string, at: string) => {
      const { sample, stdout } = await dv(['search', '--json', '-n', '10', '--at', at, question], options)
      note(what, sample, NODE)
      return (JSON.parse(stdout) as { total: number }).total
    }
    expectTotal(await ask(FIRST, 'draft', 'first'), size)
    expectTotal(await ask(UPDATED, 'reviewed', 'main'), changed)
    for (let i = 0; i < REPEATS; i++) {
      note(NODE, (await run(process.execPath, ['-e', '0'], options)).sample)
      for (const question of QUESTIONS) await ask(`dv search ${question}`, question, 'main')
    }
    await fs.promises.rm(cwd, { recursive: true })
  }
}

/** Speed counts only of what is right. */
function expectTotal(found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${found} files were found, not ${wanted}`)
}
