// Files that a command could not write because they cannot be read from the store.
import type { LostFiles } from '../api-types.js'
import { count, number } from './amounts.js'
import { safe } from './escape.js'
import type { Screen } from './screen.js'

export function warnOfLost({ count: all, items }: LostFiles, screen: Screen): void {
  for (const { path, what } of items) screen.warn(`${screen.path(path)} is lost: ${safe(what)}`)
  const more = all - items.length
  if (more > 0) screen.warn(`and ${number(more)} more`)
  screen.hint(`all else is here; 'dv repair' looks for ${count(all, 'lost file')} wherever it may be`)
}
