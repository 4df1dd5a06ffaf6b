// Files that a command could not write because they cannot be read from the store.
import type { Losses, LostFiles } from '../api-types.js'
import { count, number } from './amounts.js'
import { safe } from './escape.js'
import type { Screen } from './screen.js'

export function warnOfLost({ count: all, items }: LostFiles, screen: Screen): void {
  for (const { path, what } of items) screen.warn(`${screen.path(path)} is lost: ${safe(what)}`)
  const more = all - items.length
  if (more > 0) screen.warn(`and ${number(more)} more`)
  screen.hint(`all else is here; 'dv repair' looks for ${count(all, 'lost file')} wherever it may be`)
}

/** What did not come from a remote because it lost it. */
export function warnOfLosses({ objects, refs }: Losses, from: string, screen: Screen): void {
  screen.warn(
    `${count(objects, 'object')} that '${safe(from)}' had did not come: lost there; all else is here`,
  )
  for (const name of refs) screen.warn(`'${safe(name)}' was not taken: it is lost there`)
  screen.hint(
    "'dv fsck' names the files that this concerns; a fetch from another copy, or 'dv repair', brings back what that has",
  )
}
