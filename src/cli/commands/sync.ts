import { EXIT } from '../../base/index.js'
import type { SyncAttempt, SyncResult } from '../api-types.js'
import { defineCommand, given } from '../command.js'
import { NO_CHECKS, passedOver } from '../gate-option.js'
import { count } from '../render/amounts.js'
import { safe } from '../render/escape.js'
import { renderMerge } from '../render/merge.js'
import type { Screen } from '../render/screen.js'
import { renderFetch, renderPush } from '../render/updates.js'

export const sync = defineCommand({
  name: 'sync',
  summary: 'Fetch, merge, then push',
  usage: ['[REMOTE]'],
  description: `
    The current branch and the one it follows become the same. When others push meanwhile, what is new there
    is merged and the push tried again, and nothing is sent twice. Conflicts are left as with dv merge
    (status 3): settle them, 'dv merge --continue', and 'dv sync' again.`,
  options: { 'no-checks': NO_CHECKS },
  operands: { max: 1, complete: 'remote' },
  examples: [{ command: 'dv sync', what: "get the others' commits and send yours" }],
  async run({ options, operands }, { repository, work, exit }) {
    const how = { ...passedOver(options), ...given({ remote: operands[0] }) }
    const result = await (await repository()).sync({ ...work, ...how })
    if (result.outcome === 'conflicts' || result.outcome === 'lost') exit(EXIT.conflict)
    return result
  },
  render(result, screen) {
    for (const attempt of result.attempts) renderAttempt(attempt, screen)
    renderOutcome(result, screen)
  },
})

function renderAttempt({ fetch, merge, push, outcome }: SyncAttempt, screen: Screen): void {
  if (fetch?.updates.some((update) => update.outcome !== 'unchanged')) renderFetch(fetch, screen)
  if (merge && merge.outcome !== 'up-to-date') renderMerge(merge, screen)
  if (push && outcome === 'synced') renderPush(push, screen)
}

function renderOutcome({ outcome, attempts, remote, branch }: SyncResult, screen: Screen): void {
  const there = `'${safe(remote.name)}/${safe(branch)}'`
  if (outcome === 'up-to-date') screen.note(`Everything is in ${there}, and all of it is here`)
  else if (outcome === 'conflicts') screen.hint(`and then 'dv sync ${safe(remote.name)}' sends the merge`)
  else if (outcome === 'lost') {
    screen.line(`Others were faster ${count(attempts.length, 'time')}: nothing of yours is in ${there} yet`)
    screen.hint("your commits are safe here; 'dv sync' tries again")
  } else if (attempts.length > 1) screen.note(`Others were faster ${count(attempts.length - 1, 'time')}`)
}
