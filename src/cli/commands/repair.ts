import { EXIT } from '../../base/index.js'
import type { DanglingRef, RepairedRecordInfo, RepairResult } from '../api-types.js'
import { defineCommand, given } from '../command.js'
import { count, size } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'
import { renderProblem } from './fsck.js'

export const repair = defineCommand({
  name: 'repair',
  summary: 'Put right what is damaged',
  usage: ['[--from REMOTE] [--dry-run] [REMOTE]'],
  description: `
    Reads every byte of the store, then puts right what is damaged or missing: the index from the packs, packs
    from what is whole in them, contents from files of this working directory and from remotes. What is damaged is
    kept aside, never just deleted. What nobody has is listed, file by file (status 12); all else stays readable.
    REMOTE, a remote's name, a folder or a bucket, is repaired instead, from here and from other remotes.`,
  options: {
    from: { type: 'string', value: 'REMOTE', describe: 'ask only this remote', complete: 'remote' },
    'dry-run': { type: 'flag', short: 'n', describe: 'say what would be done, change nothing' },
  },
  operands: { max: 1, complete: 'remote' },
  examples: [
    { command: 'dv repair --dry-run', what: 'what can be had again, and from where' },
    { command: 'dv repair', what: 'do it, asking all remotes' },
    { command: 'dv repair --from /mnt/backup/photos', what: 'take what is missing from a copy' },
    { command: 'dv repair origin', what: 'put back at a remote what was damaged there' },
  ],
  async run({ options, operands: [remote] }, { api, work, exit }) {
    const how = { dryRun: options['dry-run'], ...given({ from: options.from, remote }) }
    const result = await (await api()).repair({ ...work, ...how })
    if (result.problems.length > 0) exit(EXIT.corrupt)
    return result
  },
  render(result, screen) {
    if (result.found === 0) return screen.note('Nothing is damaged')
    const { dryRun, records, aside, problems, dangling } = result
    if (dryRun) screen.note('What would be done:')
    for (const record of records) renderRecord(record, screen)
    for (const line of doneLines(result)) screen.note(line)
    for (const name of aside) screen.note(`The damaged one is kept as ${safe(name)} in the store`)
    for (const { remote, message } of result.unreachable)
      screen.warn(`'${safe(remote.name)}' could not be asked: ${safe(message)}`)
    for (const problem of problems) renderProblem(problem, screen)
    for (const ref of dangling) renderDangling(ref, screen)
    if (problems.length === 0) screen.note(dryRun ? 'All would be whole again' : 'All is whole again')
    else screen.line(`${screen.style.red(count(problems.length, 'problem'))} left; all else can be read`)
  },
})

function renderRecord({ name, outcome, what, aside }: RepairedRecordInfo, screen: Screen): void {
  const text = {
    mended: 'it is what it was',
    replaced: `now ${safe(what ?? '')}`,
    lost: 'lost, and nothing tells what it was',
  }[outcome]
  screen.note(`${safe(name)}: ${text}${aside === undefined ? '' : ` (the damaged one: ${safe(aside)})`}`)
}

function doneLines({ index, brought, files }: RepairResult): string[] {
  const lines: string[] = []
  if (index.rebuilt) lines.push('The index was rebuilt from the packs')
  if (index.salvaged > 0)
    lines.push(`${count(index.salvaged, 'new pack')} with what was whole in damaged ones`)
  if (index.missing > 0) lines.push(`${count(index.missing, 'pack')} missing, no longer named`)
  if (files.length > 0) lines.push(`${count(files.length, 'file')} stored anew from the working directory`)
  for (const { remote, objects, bytes } of brought) {
    const from = remote === undefined ? 'packs that were not named' : `'${safe(remote)}'`
    lines.push(`${count(objects, 'object')} (${size(bytes)}) from ${from}`)
  }
  return lines
}

function renderDangling({ ref, commit, offer }: DanglingRef, screen: Screen): void {
  screen.line(`${safe(ref)} is at the lost commit ${safe(commit)}`)
  if (!offer) return
  screen.hint(
    `${safe(offer.from)} had '${safe(ref)}' at ${safe(offer.short)}, which is here: 'dv branch -f ${safe(ref)} ${safe(offer.short)}'`,
  )
}
