import { EXIT } from '../../base/index.js'
import { usageError } from '../arguments.js'
import { defineCommand, given } from '../command.js'
import { renderMerge } from '../render/merge.js'
import { renderFetch } from '../render/updates.js'

const USAGE = ['[--ff-only | --no-ff] [REMOTE [BRANCH]]']

export const pull = defineCommand({
  name: 'pull',
  summary: 'Fetch, then merge',
  usage: USAGE,
  description:
    'Without operands, from the branch this one follows. Conflicts are left as with dv merge (status 3).',
  options: {
    'ff-only': { type: 'flag', describe: 'refuse when a merge commit would be needed' },
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
    const result = await (await repository()).pull({ ...work, fastForward, ...given({ remote, branch }) })
    if (result.merge.outcome === 'conflicts') exit(EXIT.conflict)
    return result
  },
  render(result, screen) {
    renderFetch(result.fetch, screen)
    renderMerge(result.merge, screen)
  },
})
