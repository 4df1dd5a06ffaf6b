import { EXIT } from '../../base/index.js'
import type { FsckProblem, FsckReached, FsckRead, RemoteInfo } from '../api-types.js'
import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import { count, size } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import type { Screen } from '../render/screen.js'
import { parseShare } from '../values.js'

/** What a problem reaches: files and commits listed at most so often. */
const REACHES_SHOWN = 10
const DAY = 86_400_000
const USAGE = ['[--deep | --sample SHARE] [REMOTE]']

export const fsck = defineCommand({
  name: 'fsck',
  summary: 'Check the store for damage',
  usage: USAGE,
  description: `
    Checks that everything a branch, tag or operation needs is there and fits together; with --deep also reads
    and hashes every byte. Damage is named with the files, commits and branches it reaches (status 12). --sample
    reads what was not read for longest, so that repeated samples go through all bytes. REMOTE is a remote's
    name, a folder or a URL.`,
  options: {
    deep: { type: 'flag', describe: 'read and check every byte' },
    sample: { type: 'string', value: 'SHARE', describe: "read this share of the bytes: '5%'" },
  },
  operands: { max: 1, complete: 'remote' },
  examples: [
    { command: 'dv fsck', what: 'a quick check of the structure' },
    { command: 'dv fsck --deep', what: 'before trusting a disk' },
    { command: 'dv fsck --sample 5%', what: 'every night: all bytes within three weeks' },
    { command: 'dv fsck origin', what: 'what is pushed' },
  ],
  async run({ options, operands: [remote] }, { api, work, exit }) {
    const usage = { name: 'fsck', usage: USAGE }
    const sample = options.sample === undefined ? undefined : parseShare(options.sample)
    if (options.sample !== undefined && sample === undefined)
      throw usageError(usage, `'--sample' takes a share as '5%', not '${options.sample}'`)
    if (options.deep && sample !== undefined) throw usageError(usage, "'--deep' reads all: no '--sample'")
    const result = await (await api()).fsck({ ...work, deep: options.deep, ...given({ sample, remote }) })
    if (result.problems.length > 0) exit(EXIT.corrupt)
    return result
  },
  render({ checked, problems, deep, read, remote, unasked = [] }, screen) {
    for (const problem of problems) renderProblem(problem, screen)
    const { commits, packs, objects, bytes } = checked
    const here = `${count(commits, 'commit')}, ${count(objects, 'object')} in ${count(packs, 'pack')}${deep ? `, ${size(bytes)} read` : ''}`
    const where = remote ? ` of '${safe(remote.name || remote.url)}'` : ''
    if (checked.purged > 0) screen.note(`${count(checked.purged, 'content')} purged, as recorded`)
    if (checked.absent > 0)
      screen.note(`${count(checked.absent, 'object')} at remotes, not here, as promised`)
    for (const { remote, message, objects } of unasked)
      screen.warn(
        `whether '${safe(remote)}' has ${count(objects, 'object')} of commits made here is not known: ${safe(message)}`,
      )
    if (problems.length === 0) screen.note(`No damage: ${here}${where}`)
    else screen.line(`${screen.style.red(count(problems.length, 'problem'))} in ${here}${where}`)
    if (problems.length > 0) renderHint(remote, screen)
    if (read) renderRead(read, screen)
  },
})

function renderHint(remote: RemoteInfo | undefined, screen: Screen): void {
  if (!remote) return screen.hint("'dv repair' puts right what it can, from remotes too")
  const isReadOnly = /^https?:/.test(remote.url)
  if (!isReadOnly) screen.hint(`'dv repair ${safe(remote.name || remote.url)}' puts right what it can`)
}

function renderRead({ total, ever, since }: FsckRead, screen: Screen): void {
  if (total === 0) return
  const within = since === undefined ? '' : ` within ${span(screen.now - since)}`
  const percent = ever === total ? 100 : Math.min(99, Math.floor((ever / total) * 100))
  screen.note(`${percent}% of ${size(total)} read and found whole${within}`)
}

function span(milliseconds: number): string {
  return milliseconds < DAY ? 'a day' : count(Math.ceil(milliseconds / DAY), 'day')
}

export function renderProblem(problem: FsckProblem, screen: Screen): void {
  const { red } = screen.style
  screen.line(
    `${red(safe(problem.kind))} ${safe(problem.object)} ${safe(problem.name)}: ${safe(problem.what)}`,
  )
  for (const reached of problem.reaches.slice(0, REACHES_SHOWN))
    screen.line(`  reaches ${reachedText(reached)}`)
  const more = problem.reaches.length - REACHES_SHOWN
  if (more > 0) screen.line(`  and ${more} more`)
}

/** The file, of the commit, of the branches. */
function reachedText({ short, path, refs }: FsckReached): string {
  const of = refs.length === 0 ? '' : ` (${refs.map(safe).join(', ')})`
  return `${safe(short)}${path === undefined ? '' : `:${safe(path)}`}${of}`
}
