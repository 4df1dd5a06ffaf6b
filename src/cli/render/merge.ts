import type { MergeResult } from '../api-types.js'
import { count } from './amounts.js'
import { changeSummary, renderConflicts } from './changes.js'
import { safe } from './escape.js'
import type { Screen } from './screen.js'

/** What `merge`, `revert` and `pull` say. */
export function renderMerge(result: MergeResult, screen: Screen, verb: 'merge' | 'revert' = 'merge'): void {
  const theirs = `'${safe(result.theirs)}'`
  const at = result.commit ? `${safe(result.commit.short)} ${safe(result.commit.subject)}` : ''
  if (result.outcome === 'up-to-date')
    screen.note(verb === 'merge' ? `${theirs} is merged already` : 'Nothing to take back')
  else if (result.outcome === 'fast-forward') {
    screen.note(`Fast-forward to ${at}; ${changeSummary(result.changes)}`)
  } else if (result.outcome === 'merged') {
    screen.note(
      `${verb === 'merge' ? 'Merged' : 'Reverted'} ${theirs}: ${at}; ${changeSummary(result.changes)}`,
    )
  } else {
    const conflicts = count(result.conflicts.length, 'conflict')
    screen.line(
      `${verb === 'merge' ? 'Merging' : 'Reverting'} ${theirs}: ${conflicts}, nothing committed yet`,
    )
    renderConflicts(result.conflicts, screen)
  }
}
