import { DvError, EXIT } from '../../base/index.js'
import type { PurgedStore, PurgeListed, PurgeOptions, PurgeResult } from '../api-types.js'
import { usageError } from '../arguments.js'
import { defineCommand } from '../command.js'
import type { Io } from '../io.js'
import { count, size } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import { renderPurge, renderPurges, renderPurgedStores } from '../render/purge.js'

const USAGE = ['PATHS… --reason TEXT', '--content ID --reason TEXT', '--resume', '--list']
const VERB = { name: 'purge', usage: USAGE }

type Outcome = { purged: PurgeResult } | { resumed: PurgedStore[] } | { list: PurgeListed[] }

export const purge = defineCommand({
  name: 'purge',
  summary: 'Remove data from all versions, for good',
  usage: USAGE,
  description: `
    For what must not be anywhere any more: consent withdrawn, a leaked key, personal data. Every content that
    the paths ever had leaves the store here and all remotes in reach, but for what other files share with it.
    Commits keep their ids; where the file was is a hole that says when and why. Other clones let go of it with
    their next fetch, and cannot push it again. There is no undo. Your own file stays, unless --files. A bucket
    that keeps old versions of objects, backups, and copies made without dv are not dv's to empty.`,
  options: {
    content: {
      type: 'string',
      value: 'ID',
      multiple: true,
      describe: 'this content, wherever it is (b3sum)',
    },
    reason: { type: 'string', value: 'TEXT', describe: 'recorded, and shown where the file was' },
    at: { type: 'string', value: 'REV', multiple: true, describe: 'what PATHS have in this revision only' },
    files: { type: 'flag', describe: 'remove it from the working directory too' },
    'dry-run': { type: 'flag', short: 'n', describe: 'say what would go and what is shared; change nothing' },
    yes: { type: 'flag', short: 'y', describe: 'do not ask' },
    resume: { type: 'flag', describe: 'purge where an earlier run did not get to' },
    list: { type: 'flag', describe: 'what was purged, when and why' },
  },
  operands: { max: Infinity, complete: 'file' },
  examples: [
    { command: "dv purge people/7.csv --reason 'consent withdrawn'", what: 'all it ever held' },
    { command: "dv purge table.csv --at HEAD~1 --reason 'had a key in it'", what: 'one version of it' },
    { command: 'dv purge people/7.csv --reason x --dry-run', what: 'what would go, and what is shared' },
    { command: 'dv purge --resume', what: 'a remote was out of reach' },
  ],
  async run({ options, operands }, { repository, work, io, global, exit }): Promise<Outcome> {
    const { content, reason, at, files, resume, list } = options
    if (resume || list) {
      const [other] = [...operands, ...content, ...at, ...(reason === undefined ? [] : [reason])]
      if (other !== undefined || (resume && list))
        throw usageError(VERB, `'--${resume ? 'resume' : 'list'}' stands alone`)
      if (list) return { list: await (await repository()).purges() }
      return { resumed: tellUnreached(await (await repository()).resumePurge(work), exit) }
    }
    if (operands.length === 0 && content.length === 0)
      throw usageError(VERB, "'dv purge' needs paths, or --content")
    if (reason === undefined) throw usageError(VERB, "'dv purge' needs --reason: it is what stays")
    if (at.length > 0 && operands.length === 0) throw usageError(VERB, "'--at' is for paths")
    const dryRun = options['dry-run']
    const order = { ...work, paths: operands, contents: content, at, reason, files, dryRun }
    const opened = await repository()
    if (!dryRun && !options.yes)
      await confirm(io, order, { json: global.json, plan: (how) => opened.purge(how) })
    const purged = await opened.purge(order)
    tellUnreached(purged.stores, exit)
    return { purged }
  },
  json(outcome) {
    return 'purged' in outcome ? outcome.purged : 'list' in outcome ? outcome.list : outcome.resumed
  },
  render(outcome, screen) {
    if ('purged' in outcome) renderPurge(outcome.purged, screen)
    else if ('list' in outcome) renderPurges(outcome.list, screen)
    else renderPurgedStores(outcome.resumed, screen)
  },
})

/** What still has the data somewhere is no success. */
function tellUnreached(stores: PurgedStore[], exit: (status: number) => void): PurgedStore[] {
  if (stores.some(({ outcome }) => outcome === 'unreached')) exit(EXIT.failed)
  return stores
}

interface Confirming {
  json: boolean
  plan: (order: PurgeOptions) => Promise<PurgeResult>
}

/** Nobody takes this back: it is asked of a person, or said by --yes. */
async function confirm(io: Io, order: PurgeOptions, { json, plan }: Confirming): Promise<void> {
  if (json || !io.stderr.isTTY)
    throw usageError(VERB, "'dv purge' cannot be undone: see --dry-run, then add --yes")
  const { contents } = await plan({ ...order, dryRun: true })
  const bytes = contents.reduce((sum, one) => sum + one.bytes, 0)
  const [first] = contents[0]?.paths ?? []
  const named = first === undefined ? '' : `, '${safe(first)}'${contents.length > 1 ? ' and others' : ''}`
  await io.stderr.write(
    `${count(contents.length, 'content')}, ${size(bytes)}${named}: gone from all versions, for good.\nType 'yes' to go on: `,
  )
  if ((await answer(io)) === 'yes') return
  throw new DvError('DV_INTERRUPTED', 'Nothing was purged', {
    hint: "'dv purge --dry-run …' shows what would go",
  })
}

async function answer(io: Io): Promise<string> {
  let text = ''
  for await (const part of io.stdinParts()) {
    text += Buffer.from(part).toString('utf8')
    if (text.includes('\n') || text.length > 64) break
  }
  return text.split('\n', 1)[0]!.trim().toLowerCase()
}
