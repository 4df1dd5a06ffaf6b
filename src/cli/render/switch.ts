import type { SwitchResult } from '../api-types.js'
import { count } from './amounts.js'
import { checkoutSummary } from './changes.js'
import { safe } from './escape.js'
import type { Screen } from './screen.js'

/** What `switch` and `checkout REV` say. */
export function renderSwitch(result: SwitchResult, screen: Screen): void {
  const { branch, commit, previous } = result
  const at = commit ? `${safe(commit.short)} ${safe(commit.subject)}` : 'no commits yet'
  if (result.already)
    screen.note(`Already on ${branch === undefined ? safe(at) : `branch '${safe(branch)}'`}`)
  else if (branch === undefined)
    screen.note(`Now at ${at}, on no branch; ${checkoutSummary(result.checkout)}`)
  else {
    const how = result.created ? 'new branch' : 'branch'
    screen.note(`Now on ${how} '${safe(branch)}' at ${at}; ${checkoutSummary(result.checkout)}`)
  }
  if (result.tracking !== undefined) screen.note(`It follows '${safe(result.tracking)}'`)
  if (result.kept > 0) screen.note(`${count(result.kept, 'uncommitted change')} came along`)
  if (branch === undefined && !result.already) {
    screen.hint("commits made here belong to no branch until 'dv switch -c NAME'")
  }
  if (previous.orphaned > 0 && previous.short !== undefined) {
    const left = count(previous.orphaned, 'commit')
    screen.hint(
      `${left} at ${safe(previous.short)} ${previous.orphaned === 1 ? 'is' : 'are'} on no branch: 'dv branch NAME ${safe(previous.short)}' keeps them`,
    )
  }
}
