// Manifests of many entries, without the files: what the library does with them in a process of its own, and commands
// on their commits beside the start of Node.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { pathOf } from './large-manifest.js'
import type { BuilderReport } from './manifest-builder.js'
import { type Bench, inTurn, type Note, noteSeconds, REPEATS } from './measure.js'
import { dv, run, type RunOptions, settle } from './programs.js'

const BUILDER = fileURLToPath(new URL('manifest-builder.js', import.meta.url))
const BUILD = 'build from a sorted list'
const NODE = 'node -e 0'
/** Entries that differ between the two commits, if there are as many. */
const CHANGED = 100

export async function benchManifest({ rounds, folder, record }: Bench, size: number): Promise<void> {
  const note = noteSeconds(record, { group: 'manifest', size })
  for (let round = 0; round < rounds; round++) {
    const cwd = path.join(folder, `manifest-${size}-${round}`)
    fs.mkdirSync(cwd)
    const options = { cwd, home: folder }
    await build({ note, size, options })
    await settle(options)
    for (let i = 0; i < REPEATS; i++) await inTurn(round + i, commands({ note, size, options }))
    await fs.promises.rm(cwd, { recursive: true })
  }
}

interface Task {
  note: Note
  size: number
  options: RunOptions
}

async function build({ note, size, options }: Task): Promise<void> {
  const { stdout, sample } = await run(process.execPath, [BUILDER, `${size}`, `${changedOf(size)}`], options)
  const report = JSON.parse(stdout) as BuilderReport
  const { peak } = sample
  note(BUILD, { value: report.build, ...(peak !== undefined && { peak }) })
  note(`edit of ${CHANGED} entries`, { value: report.editMany }, BUILD)
  note('edit of one entry', { value: report.editOne }, BUILD)
}

function commands({ note, size, options }: Task): (() => Promise<void>)[] {
  const command = (what: string, lines: number, args: string[]) => async () => {
    const { sample, stdout } = await dv(args, options)
    expectLines(what, stdout, lines)
    note(what, sample, NODE)
  }
  const { folder, entries } = someFolder(size)
  return [
    async () => note(NODE, (await run(process.execPath, ['-e', '0'], options)).sample),
    command(`dv diff, ${CHANGED} apart`, changedOf(size), ['diff', '--name-status', 'first', 'main']),
    command('dv ls DIR', entries, ['ls', 'main', folder]),
    command('dv ls --where, all', 1, ['ls', 'main', '--where', `name = '${someName(size)}'`]),
    command('dv ls --where, DIR', entries, [
      'ls',
      'main',
      '--where',
      `directory = '${folder}' AND size >= 0`,
    ]),
    command('dv log -1', 1, ['log', '--oneline', '-1']),
  ]
}

function changedOf(size: number): number {
  return Math.min(CHANGED, size)
}

/** That of one file. */
function someName(size: number): string {
  return path.posix.basename(pathOf(Math.floor(size / 3), size))
}

/** A folder in the middle of the tree. */
function someFolder(size: number): { folder: string; entries: number } {
  const inside = Math.floor(size * 0.45)
  const folder = path.posix.dirname(pathOf(inside, size))
  const holds = (i: number) => i >= 0 && i < size && path.posix.dirname(pathOf(i, size)) === folder
  let [first, last] = [inside, inside]
  while (holds(first - 1)) first--
  while (holds(last + 1)) last++
  return { folder, entries: last - first + 1 }
}

/** Speed counts only of what is right. */
function expectLines(what: string, stdout: string, wanted: number): void {
  const lines = stdout.split('\n').length - 1
  if (lines !== wanted) throw new Error(`'${what}' printed ${lines} lines, not ${wanted}`)
}
