// How much of a commit the working directory leaves out.
import { isWithin } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import { iterEntries, summarize } from '../manifest/index.js'
import { entrySize } from '../objects/index.js'
import { IGNORE_FILE, NOTHING_HERE, type PathFilter } from '../workspace/index.js'
import type { Context } from './context.js'
import { staticPrefix } from './pathspec.js'
import type { Sum } from './results.js'

/** What `list`, and the `filter` within it, leave out of a tree. Only where the list can lead to is looked at, so far as it says that. */
export async function sumNotHere(
  { store }: Context,
  manifest: ManifestId,
  { list, filter }: { list: readonly string[]; filter: PathFilter },
): Promise<Sum> {
  const { entries, bytes } = await summarize(store, manifest)
  const rest = { files: entries, bytes }
  for (const prefix of prefixesOf(list)) {
    for await (const batch of iterEntries(store, manifest, { prefix })) {
      for (const [path, entry] of batch) {
        if (!filter.matches(path)) continue
        rest.files--
        rest.bytes -= entrySize(entry)
      }
    }
  }
  return rest
}

/** Folders that hold all that a list takes in, none within another. */
function prefixesOf(list: readonly string[]): string[] {
  if (list.length === 1 && list[0] === NOTHING_HERE[0]) return [IGNORE_FILE]
  if (list[0]?.startsWith('!')) return ['']
  const all = [...list, IGNORE_FILE].filter((pattern) => !pattern.startsWith('!')).map(staticPrefix)
  return [...new Set(all)].filter(
    (prefix, _, each) => !each.some((other) => other !== prefix && (other === '' || isWithin(prefix, other))),
  )
}
