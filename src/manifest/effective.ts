// Entries with what they inherit: a key of metadata that an entry lacks comes from the nearest directory above it that
// has it. Directories come before all that lies below them, so that one way down the tree is all that is remembered.
import type { ManifestId } from '../hash/index.js'
import { type Metadata, NO_METADATA } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { loadMetadata } from './entry-metadata.js'
import { type Inheritance, inheritanceAt } from './inheritance.js'
import { iterEntries, type IterOptions } from './iterate.js'
import type { PathEntry } from './types.js'

/** The third: its own metadata and, of keys it does not have, what is inherited. Entries that have none of their own share it. */
export type EffectiveEntry = readonly [...PathEntry, metadata: Metadata]

/** As iterEntries(). Reads the directories above where it begins, and value objects of metadata as it comes to them. */
export async function* iterEffective(
  reader: ObjectReader,
  root: ManifestId,
  options: IterOptions = {},
): AsyncGenerator<EffectiveEntry[]> {
  let inheritance: Inheritance | undefined
  for await (const batch of iterEntries(reader, root, options)) {
    const known = (inheritance ??= await inheritanceAt(reader, root, batch[0]![0]))
    const own = await Promise.all(batch.map(([, entry]) => entry.metadata && loadMetadata(reader, entry)))
    yield batch.map(([path, entry], i): EffectiveEntry => {
      const isDirectory = entry.kind === 'directory'
      return [path, entry, known.effective(path, own[i] ?? NO_METADATA, isDirectory)]
    })
  }
}
