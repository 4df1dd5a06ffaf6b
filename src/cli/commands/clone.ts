import { EXIT } from '../../base/index.js'
import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import { remoteSettings, settingsOf } from '../remote-settings.js'
import { checkoutSummary, transferSummary } from '../render/changes.js'
import { safe } from '../render/escape.js'
import { warnOfLosses } from '../render/lost.js'
import { trafficSummary } from '../render/updates.js'

function depthOf(depth: number | undefined): number | undefined {
  if (depth === 0) throw usageError({ name: 'clone', usage: [] }, "'--depth' is 1 or more")
  return depth
}

export const clone = defineCommand({
  name: 'clone',
  summary: 'Copy a remote and check it out',
  usage: [
    'URL [DIR] [-b BRANCH] [--lazy] [--depth N] [--no-checkout] [--dry-run]',
    'URL [DIR] [--sparse PATTERN]… [--where EXPR] …',
  ],
  description: `
    URL is a directory or file:// URL that holds a store, or a working directory with one, or the https://
    address of a store that a web server shows as files.
    With --lazy no data comes but that of the files asked for; 'dv checkout --add PATHS' brings others later,
    and so does any command that reads them.
    With --where only the data of what EXPR means comes ('dv help ls') and is checked out; names, sizes and
    metadata of the rest are known all the same. Later switches, merges and pulls follow the expression.
    Started again after an interruption, it goes on from what has arrived.
    Of a remote that lost something all else comes, and what is lost is named (status 12).
    --dry-run reads history and lists of files, makes nothing, and counts all requests and bytes of the clone
    that follows, these included: exactly from buckets and web servers, but for some deltas in packs of 8 MiB
    and more; about right from a folder.`,
  options: {
    branch: {
      type: 'string',
      short: 'b',
      value: 'NAME',
      describe: "check out this branch or tag, not the remote's",
    },
    sparse: {
      type: 'string',
      multiple: true,
      value: 'PATTERN',
      describe: 'check out only what matches; may be repeated',
    },
    where: { type: 'string', value: 'EXPR', describe: 'check out and get only what this means' },
    lazy: { type: 'flag', describe: 'history and lists of files only; data when it is asked for' },
    depth: { type: 'count', value: 'N', describe: 'only the last N commits of each branch' },
    ...remoteSettings,
    'no-checkout': { type: 'flag', short: 'n', describe: 'get the history, write no files' },
    'dry-run': { type: 'flag', describe: 'say what would come, and make nothing' },
  },
  operands: { min: 1, max: 2, complete: 'file' },
  examples: [
    { command: 'dv clone /mnt/team/photos', what: 'a full copy in ./photos' },
    { command: 'dv clone https://data.example.org/photos', what: 'what a lab has published' },
    {
      command: "dv clone /mnt/team/photos --sparse 'labels/**'",
      what: 'all history, but only the labels as files',
    },
    {
      command: "dv clone s3://lab/scans --lazy --sparse 'plate01/**'",
      what: 'of the data, only that of one plate',
    },
    {
      command: 'dv clone s3://lab/scans --where "line = \'AICS-23\' AND plate > 35"',
      what: 'of the data, only what this means',
    },
  ],
  async run({ options, operands }, { api, work, exit }) {
    const [url = '', directory] = operands
    const { branch, sparse, lazy, depth } = options
    const dryRun = options['dry-run']
    const rest = {
      sparse,
      lazy,
      checkout: !options['no-checkout'],
      dryRun,
      ...given({ depth: depthOf(depth) }),
    }
    const result = await (
      await api()
    ).clone({
      ...work,
      ...given({ directory, branch, where: options.where }),
      url,
      ...settingsOf(options),
      ...rest,
    })
    if (result.lost) exit(EXIT.corrupt)
    return result
  },
  render(result, screen) {
    for (const note of result.notes ?? []) screen.warn(note)
    if (result.dryRun) {
      screen.note(`A clone of '${safe(result.url)}' would take ${trafficSummary(result.dryRun)}`)
      return
    }
    screen.note(
      `Cloned '${safe(result.url)}' into '${safe(result.directory)}' (${transferSummary(result.received)})`,
    )
    if (result.lost) warnOfLosses(result.lost, result.url, screen)
    if (result.unreadable !== undefined)
      screen.warn(`No files were written: ${safe(result.unreadable)}; 'dv switch' to another commit`)
    if (result.commit === undefined) screen.note('The remote has no commits yet')
    else if (result.branch !== undefined)
      screen.note(`On branch '${safe(result.branch)}': ${checkoutSummary(result.checkout)}`)
    else
      screen.note(`At ${safe(result.commit.slice(0, 8))}, on no branch: ${checkoutSummary(result.checkout)}`)
  },
})
