import { EXIT } from '../../base/index.js'
import { defineCommand, given } from '../command.js'
import { safe } from '../render/escape.js'
import { renderFetch } from '../render/updates.js'

export const fetch = defineCommand({
  name: 'fetch',
  summary: 'Get new commits from a remote',
  usage: ['[-n] [--prune] [--no-tags] [--deepen N | --unshallow] [REMOTE | --all]'],
  description: `
    Updates REMOTE/BRANCH; your branches and files stay as they are. 'dv pull' also merges.
    Of a remote that lost something all else comes, and what is lost is told (status 12).
    With --all, a remote that fails does not keep the others from it: it is named at the end (status 1).
    --dry-run reads history and lists of files, keeps nothing, and counts all requests and bytes of the fetch
    that follows, these included: exactly from buckets and web servers, but for some deltas in packs of 8 MiB
    and more; about right from a folder.`,
  options: {
    all: { type: 'flag', describe: 'from every remote' },
    prune: { type: 'flag', short: 'p', describe: 'forget branches that the remote no longer has' },
    tags: { type: 'flag', hidden: true, describe: 'the default' },
    deepen: { type: 'count', value: 'N', describe: "N more commits where a clone's --depth ended history" },
    unshallow: { type: 'flag', describe: 'all of them' },
    'dry-run': { type: 'flag', short: 'n', describe: 'say what would come, and keep nothing' },
    'no-tags': { type: 'flag', describe: 'branches only' },
  },
  operands: { max: 1, complete: 'remote' },
  examples: [
    { command: 'dv fetch', what: "see what others did: then 'dv log main..origin/main'" },
    { command: 'dv fetch --dry-run', what: 'how much it would be' },
  ],
  async run({ options, operands }, { repository, work, exit }) {
    const { all, prune } = options
    const deepen = options.unshallow ? Infinity : options.deepen
    const fixed = { all, prune, tags: !options['no-tags'], dryRun: options['dry-run'], ...given({ deepen }) }
    const results = await (await repository()).fetch({ ...work, ...fixed, ...given({ remote: operands[0] }) })
    if (results.some(({ lost }) => lost)) exit(EXIT.corrupt)
    if (results.some(({ failure }) => failure)) exit(EXIT.failed)
    return results
  },
  json: (remotes) => ({ remotes }),
  render(results, screen) {
    for (const result of results) if (!result.failure) renderFetch(result, screen)
    for (const { remote, failure } of results) {
      if (!failure) continue
      screen.line(`${screen.style.red('Not fetched:')} ${safe(remote.name)}: ${safe(failure.message)}`)
      if (failure.hint) screen.hint(safe(failure.hint))
    }
  },
})
