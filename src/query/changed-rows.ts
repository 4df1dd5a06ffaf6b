// Which rows of the table of files differ between two manifests: entries that changed, and all that lies below a
// directory whose metadata did, since it is inherited.
import type { ManifestId } from '../hash/index.js'
import { parentPath } from '../base/index.js'
import {
  type Change,
  diffManifests,
  type Inheritance,
  inheritanceAt,
  iterEffective,
  loadMetadata,
} from '../manifest/index.js'
import type { Entry, Metadata } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'

/** `present`: what stands there now; undefined when nothing does. */
export interface ChangedRow {
  path: string
  present?: { entry: Entry; metadata: Metadata }
}

/** Each path once. */
export async function* changedRows(
  { reader, signal }: { reader: ObjectReader; signal?: AbortSignal },
  [before, after]: readonly [before: ManifestId, after: ManifestId],
): AsyncGenerator<ChangedRow> {
  let above: { directory: string; inheritance: Inheritance } | undefined
  const row = async (path: string, entry: Entry): Promise<ChangedRow> => {
    const directory = parentPath(path)
    if (above?.directory !== directory)
      above = { directory, inheritance: await inheritanceAt(reader, after, path) }
    const own = await loadMetadata(reader, entry)
    return { path, present: { entry, metadata: above.inheritance.effective(path, own, false) } }
  }
  /** The directory whose entries were given last, whether they changed or not. */
  let given: string | undefined
  for await (const changes of diffManifests(reader, [before, after])) {
    signal?.throwIfAborted()
    for (const change of changes) {
      const { path, after: entry } = change
      const isGiven = given !== undefined && path.startsWith(`${given}/`)
      if (!entry) yield { path }
      else if (!isGiven) yield await row(path, entry)
      if (isGiven || !bequeaths(change)) continue
      given = path
      for await (const batch of iterEffective(reader, after, { prefix: path }))
        for (const [below, one, metadata] of batch)
          if (below !== path) yield { path: below, present: { entry: one, metadata } }
    }
  }
}

function bequeaths({ before, after }: Change): boolean {
  return [before, after].some((entry) => entry?.kind === 'directory' && entry.metadata)
}
