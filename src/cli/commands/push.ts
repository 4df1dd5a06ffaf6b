import { EXIT } from '../../base/index.js'
import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import { renderPush } from '../render/updates.js'
import { NO_CHECKS, passedOver } from '../gate-option.js'

const USAGE = [
  '[-u] [--force-with-lease] [--tags] [REMOTE [BRANCH | LOCAL:REMOTE | :REMOTE]…]',
  '--all [--tags] [REMOTE]',
  '--delete REMOTE NAME…',
]

export const push = defineCommand({
  name: 'push',
  summary: 'Send commits to a remote',
  usage: USAGE,
  description: `
    Without operands, the current branch to the one it follows. Only what the remote lacks is sent; an
    interrupted push goes on where it was. A branch that moved there meanwhile is refused (status 3).`,
  options: {
    'set-upstream': { type: 'flag', short: 'u', describe: 'let this branch follow the one pushed to' },
    'force-with-lease': { type: 'flag', describe: 'replace the branch there if it is where you last saw it' },
    force: { type: 'flag', short: 'f', hidden: true, describe: 'refused, with the reason' },
    tags: { type: 'flag', describe: 'send all tags too' },
    all: { type: 'flag', describe: 'send all branches' },
    'no-checks': NO_CHECKS,
    'dry-run': { type: 'flag', short: 'n', describe: 'say what would be sent, and send nothing' },
    delete: { type: 'flag', short: 'd', describe: 'delete these branches and tags there' },
  },
  operands: { max: Infinity, complete: 'remote' },
  examples: [
    { command: 'dv push -u origin main', what: 'the first push' },
    { command: 'dv push', what: 'every other one' },
    { command: 'dv push --all --tags', what: 'everything that has a name' },
    { command: 'dv push --dry-run', what: 'how much it would be' },
    { command: 'dv push --delete origin old', what: 'delete a branch there' },
  ],
  async run({ options, operands }, { repository, work, exit }) {
    const usage = { name: 'push', usage: USAGE }
    if (options.force)
      throw usageError(usage, "'--force' could drop what others pushed: use --force-with-lease")
    const [remote, ...refs] = operands
    const { all, tags } = options
    if (all && refs.length > 0) throw usageError(usage, 'Either --all or the names of branches')
    if (options.delete) checkDeletion(usage, { ...options, refs })
    const how = { setUpstream: options['set-upstream'], forceWithLease: options['force-with-lease'] }
    const result = await (
      await repository()
    ).push({
      ...work,
      ...{ refs: options.delete ? refs.map((name) => `:${name}`) : refs, all, tags },
      ...how,
      ...given({ remote }),
      ...passedOver(options),
      dryRun: options['dry-run'],
    })
    if (result.updates.some((update) => update.outcome === 'rejected')) exit(EXIT.conflict)
    return result
  },
  render: renderPush,
})

function checkDeletion(
  usage: { name: string; usage: readonly string[] },
  { all, tags, refs }: { all: boolean; tags: boolean; refs: readonly string[] },
): void {
  if (all || tags) throw usageError(usage, 'Either --delete with names, or --all and --tags')
  if (refs.length === 0) throw usageError(usage, "'--delete' needs a remote and what to delete there")
  const pair = refs.find((name) => name.includes(':'))
  if (pair !== undefined) throw usageError(usage, `'--delete' takes names, not '${pair}'`)
}
