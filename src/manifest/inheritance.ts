// Metadata of a directory is inherited by all below it, name by name; the nearest wins. Directories come before all that lies
// below them, so that one way down the tree is all that is remembered. Format: spec/20-metadata.md, "Inheritance"
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

interface Above {
  directory: string
  /** With all that it inherits itself. */
  effective: Metadata
  own: Metadata
}

/** Tells the effective metadata of paths that come in their order. Holds the directories above the last one. */
export class Inheritance {
  readonly #above: Above[] = []

  /** Of entry after entry of a tree, or of any part of it in order, once `enter` was told the directories above. A directory
   * is remembered for what lies below it. */
  effective(path: string, own: Metadata, isDirectory: boolean): Metadata {
    while (this.#above.length > 0 && !isWithin(path, this.#above.at(-1)!.directory)) this.#above.pop()
    const inherited = this.#above.at(-1)?.effective ?? NO_METADATA
    const effective = join(inherited, own)
    if (isDirectory && own.size > 0) this.#above.push({ directory: path, effective, own })
    return effective
  }

  /** The directory that a name of the last path comes from; undefined: none above has it. */
  originOf(name: string): string | undefined {
    return this.#above.findLast(({ own }) => own.has(name))?.directory
  }
}

function join(inherited: Metadata, own: Metadata): Metadata {
  if (inherited.size === 0) return own
  return own.size === 0 ? inherited : new Map([...inherited, ...own])
}

/** What entries at and below `prefix` inherit: it has met the directories above them. */
export async function inheritanceAt(
  reader: ObjectReader,
  root: ManifestId,
  prefix = '',
): Promise<Inheritance> {
  const inheritance = new Inheritance()
  const parents = parentsOf(prefix)
  for (const [i, entry] of (await lookupMany(reader, root, parents)).entries())
    if (entry?.metadata) inheritance.effective(parents[i]!, await loadMetadata(reader, entry), true)
  return inheritance
}

/** The directories above a path, from the top. */
export function parentsOf(path: string): string[] {
  const parents: string[] = []
  for (let parent = parentPath(path); parent !== ''; parent = parentPath(parent)) parents.unshift(parent)
  return parents
}
