import { defineCommand, given } from '../command.js'
import { renderFetch } from '../render/updates.js'

export const fetch = defineCommand({
  name: 'fetch',
  summary: 'Get new commits from a remote',
  usage: ['[--prune] [--no-tags] [--deepen N | --unshallow] [REMOTE | --all]'],
  description: "Updates REMOTE/BRANCH; your branches and files stay as they are. 'dv pull' also merges.",
  options: {
    all: { type: 'flag', describe: 'from every remote' },
    prune: { type: 'flag', short: 'p', describe: 'forget branches that the remote no longer has' },
    tags: { type: 'flag', hidden: true, describe: 'the default' },
    deepen: { type: 'count', value: 'N', describe: "N more commits where a clone's --depth ended history" },
    unshallow: { type: 'flag', describe: 'all of them' },
    'no-tags': { type: 'flag', describe: 'branches only' },
  },
  operands: { max: 1, complete: 'remote' },
  examples: [{ command: 'dv fetch', what: "see what others did: then 'dv log main..origin/main'" }],
  async run({ options, operands }, { repository, work }) {
    const { all, prune } = options
    const deepen = options.unshallow ? Infinity : options.deepen
    const fixed = { all, prune, tags: !options['no-tags'], ...given({ deepen }) }
    return await (await repository()).fetch({ ...work, ...fixed, ...given({ remote: operands[0] }) })
  },
  json: (remotes) => ({ remotes }),
  render(results, screen) {
    for (const result of results) renderFetch(result, screen)
  },
})
