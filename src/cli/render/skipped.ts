// What lies in the working directory and no commit can hold.
import type { Skipped, SkippedItem } from '../api-types.js'
import { number } from './amounts.js'
import type { Screen } from './screen.js'

const REASONS: Record<SkippedItem['reason'], string> = {
  'special file': 'a socket, pipe or device',
  'reserved name': "a name that some system takes for '.dv', '.git', '.' or '..'",
}
/** Named by a commit, which tells of all that it did; status names more. */
const WARNED_MAX = 3

/** A line for each that is named, and one for the others. */
export function skippedLines({ count, items }: Skipped, screen: Screen): string[] {
  const named = items.map(({ path, reason }) => `${screen.path(path)}  ${REASONS[reason]}`)
  return count > items.length ? [...named, `and ${number(count - items.length)} more`] : named
}

export const SKIPPED_HINT = "rename or remove them, or leave them out in '.dvignore'"

/** What whoever just committed must know. */
export function warnOfSkipped({ count, items }: Skipped, screen: Screen): void {
  const first = { count, items: items.slice(0, WARNED_MAX) }
  screen.warn(`${number(count)} not recorded, as no commit can hold ${count === 1 ? 'it' : 'them'}:`)
  for (const line of skippedLines(first, screen)) screen.warn(line)
  screen.hint(`'dv status' lists what cannot be recorded: ${SKIPPED_HINT}`)
}
