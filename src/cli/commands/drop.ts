import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import { count, size } from '../render/amounts.js'
import { safe } from '../render/escape.js'

const USAGE = ['[--files] [--dry-run] [--from REMOTE] PATHS… | --all']

export const drop = defineCommand({
  name: 'drop',
  summary: 'Free the disk of data that a remote has',
  usage: USAGE,
  description: `
    Removes packs of the store whose every chunk the remote holds: it is asked now, for each of them. Your files
    stay. What was never pushed, or saved for 'dv undo', stays too. Data that is wanted again is fetched then: for
    as long as a branch or tag of the remote leads to it, which its 'dv gc' goes by.`,
  options: {
    all: { type: 'flag', describe: 'everything the remote has, of all commits' },
    files: { type: 'flag', describe: "the files too: they are 'not here' then, and still in every commit" },
    'dry-run': { type: 'flag', short: 'n', describe: 'say what would be free, remove nothing' },
    from: { type: 'string', value: 'REMOTE', describe: 'the remote that is to hold it' },
  },
  operands: { max: Infinity, complete: 'file' },
  examples: [
    { command: 'dv drop --all', what: 'keep one copy of a terabyte here, not two' },
    { command: 'dv drop --files raw', what: "free the folder; 'dv checkout --add raw' brings it back" },
    { command: 'dv drop --all --dry-run', what: 'how much that would be' },
  ],
  async run({ options, operands }, { repository, work }) {
    const { all, files, from } = options
    const usage = { name: 'drop', usage: USAGE }
    if (all && operands.length > 0) throw usageError(usage, `'--all' does not take '${operands[0]}'`)
    if (!all && operands.length === 0) throw usageError(usage, "'dv drop' needs paths, or --all")
    const how = { all, files, dryRun: options['dry-run'], paths: operands, ...given({ remote: from }) }
    return await (await repository()).drop({ ...work, ...how })
  },
  render({ remote, dryRun, packs, bytes, kept, files }, screen) {
    const what = `${size(bytes)} in ${count(packs, 'pack')}, which '${safe(remote.name)}' holds`
    screen.note(packs === 0 ? 'Nothing to free' : `${dryRun ? 'Would free' : 'Freed'} ${what}`)
    if (files) screen.note(`${count(files.removed, 'file')} removed from here, still in every commit`)
    if (kept.packs > 0) screen.note(`${size(kept.bytes)} in ${count(kept.packs, 'pack')} stay`)
  },
})
