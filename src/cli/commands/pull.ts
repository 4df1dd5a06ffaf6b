import { EXIT } from '../../base/index.js'
import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import { renderMerge } from '../render/merge.js'
import { renderFetch } from '../render/updates.js'
import { NO_CHECKS, passedOver } from '../gate-option.js'

const USAGE = ['[-n] [--ff-only | --no-ff] [REMOTE [BRANCH]]']

export const pull = defineCommand({
  name: 'pull',
  summary: 'Fetch, then merge',
  usage: USAGE,
  description: `
    Without operands, from the branch this one follows. Conflicts are left as with dv merge (status 3).
    --dry-run counts all requests and bytes of the fetch, keeps nothing, and does not try the merge; of a
    lazy clone, data that merged files need comes on top.`,
  options: {
    'ff-only': { type: 'flag', describe: 'refuse when a merge commit would be needed' },
    'dry-run': { type: 'flag', short: 'n', describe: 'say what would come, keep and merge nothing' },
    'no-checks': NO_CHECKS,
    'no-ff': { type: 'flag', describe: 'make a merge commit even where none is needed' },
  },
  operands: { max: 2, complete: 'remote' },
  examples: [
    { command: 'dv pull', what: "get and merge the others' commits" },
    { command: 'dv pull origin main', what: 'from a certain branch' },
  ],
  async run({ options, operands }, { repository, work, exit }) {
    const [remote, branch] = operands
    if (options['ff-only'] && options['no-ff'])
      throw usageError({ name: 'pull', usage: USAGE }, 'Either --ff-only or --no-ff')
    const fastForward = options['no-ff'] ? 'never' : options['ff-only'] ? 'only' : 'allowed'
    const how = {
      fastForward,
      ...passedOver(options),
      dryRun: options['dry-run'],
      ...given({ remote, branch }),
    } as const
    const result = await (await repository()).pull({ ...work, ...how })
    if (result.fetch.lost) exit(EXIT.corrupt)
    if (result.merge?.outcome === 'conflicts') exit(EXIT.conflict)
    return result
  },
  render(result, screen) {
    renderFetch(result.fetch, screen)
    if (result.merge) renderMerge(result.merge, screen)
  },
})
