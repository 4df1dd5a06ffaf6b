// Entries with what they inherit: a key of metadata that an entry lacks comes from the nearest directory above it that
// has it. Directories come before all that lies below them, so that one way down the tree is all that is remembered.
import { isWithin, parentPath } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import { type Metadata, NO_METADATA } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { loadMetadata } from './entry-metadata.js'
import { iterEntries, type IterOptions } from './iterate.js'
import { lookupMany } from './lookup.js'
import type { PathEntry } from './types.js'

/** The third: its own metadata and, of keys it does not have, what is inherited. Entries that have none of their own share it. */
export type EffectiveEntry = readonly [...PathEntry, metadata: Metadata]

/** As iterEntries(). Reads the directories above where it begins, and value objects of metadata as it comes to them. */
export async function* iterEffective(
  reader: ObjectReader,
  root: ManifestId,
  options: IterOptions = {},
): AsyncGenerator<EffectiveEntry[]> {
  let above: Above[] | undefined
  for await (const batch of iterEntries(reader, root, options)) {
    above ??= await directoriesAbove(reader, root, batch[0]![0])
    const own = await Promise.all(batch.map(([, entry]) => entry.metadata && loadMetadata(reader, entry)))
    const effective: EffectiveEntry[] = []
    for (const [i, [path, entry]] of batch.entries()) {
      while (above.length > 0 && !isWithin(path, above.at(-1)!.path)) above.pop()
      const metadata = joined(above.at(-1)?.metadata ?? NO_METADATA, own[i] ?? NO_METADATA)
      if (entry.kind === 'directory') above.push({ path, metadata })
      effective.push([path, entry, metadata])
    }
    yield effective
  }
}

/** A directory on the way down, with its effective metadata. */
interface Above {
  path: string
  metadata: Metadata
}

async function directoriesAbove(reader: ObjectReader, root: ManifestId, path: string): Promise<Above[]> {
  const paths: string[] = []
  for (let parent = parentPath(path); parent !== ''; parent = parentPath(parent)) paths.unshift(parent)
  const entries = await lookupMany(reader, root, paths)
  const found: Above[] = []
  for (const [i, entry] of entries.entries()) {
    const own = entry && (await loadMetadata(reader, entry))
    if (own) found.push({ path: paths[i]!, metadata: joined(found.at(-1)?.metadata ?? NO_METADATA, own) })
  }
  return found
}

function joined(inherited: Metadata, own: Metadata): Metadata {
  if (own.size === 0) return inherited
  return inherited.size === 0 ? own : new Map([...inherited, ...own])
}
