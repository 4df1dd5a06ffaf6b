// How much of a commit the working directory leaves out.
import { isWithin } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import { iterEntries, lookupMany, type PathEntry, summarize } from '../manifest/index.js'
import { entrySize } from '../objects/index.js'
import {
  IGNORE_FILE,
  isExpression,
  NOTHING_HERE,
  type PathFilter,
  readSparseRules,
} from '../workspace/index.js'
import type { Context } from './context.js'
import { staticPrefix } from './pathspec.js'
import type { Sum } from './results.js'

/** What `list`, and the `filter` within it, leave out of a tree. Only where the list can lead to is looked at, so far as it says that. */
export async function sumNotHere(
  context: Context,
  manifest: ManifestId,
  { list, filter }: { list: readonly string[]; filter: PathFilter },
): Promise<Sum> {
  const { entries, bytes } = await summarize(context.store, manifest)
  const rest = { files: entries, bytes }
  for await (const batch of candidates(context, manifest, list)) {
    for (const [path, entry] of batch) {
      if (!filter.matches(path)) continue
      rest.files--
      rest.bytes -= entrySize(entry)
    }
  }
  return rest
}

async function* candidates(
  { store, workdir }: Context,
  manifest: ManifestId,
  list: readonly string[],
): AsyncGenerator<readonly PathEntry[]> {
  const prefixes = prefixesOf(list)
  for (const prefix of prefixes) yield* iterEntries(store, manifest, { prefix })
  const meant = new Set(
    readSparseRules(workdir).flatMap((rule) => [...rule.meant.values()].flatMap((set) => [...set])),
  )
  const paths = [...meant].filter((path) => !prefixes.some((prefix) => isWithin(path, prefix)))
  const found = await lookupMany(store, manifest, paths)
  yield paths.flatMap((path, i): PathEntry[] => (found[i] ? [[path, found[i]]] : []))
}

/** Folders that hold all that the patterns of a list take in, none within another. */
function prefixesOf(list: readonly string[]): string[] {
  if (list.length === 1 && list[0] === NOTHING_HERE[0]) return [IGNORE_FILE]
  if (list[0]?.startsWith('!')) return ['']
  const all = [...list, IGNORE_FILE]
    .filter((item) => !item.startsWith('!') && !isExpression(item))
    .map(staticPrefix)
  return [...new Set(all)].filter(
    (prefix, _, each) => !each.some((other) => other !== prefix && (other === '' || isWithin(prefix, other))),
  )
}
