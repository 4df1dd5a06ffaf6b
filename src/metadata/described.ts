// The entries of a tree as they will be committed, each with its own metadata and what it inherits.
import { comparePaths } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import { Inheritance, iterEntries, loadMetadata, parentsOf, type PathEntry } from '../manifest/index.js'
import { type Entry, type EntryKind, type Metadata, NO_METADATA } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { type MetadataEdit, NO_EDIT, withEdit } from './metadata-edit.js'
import { editsAt, iterEdits, metadataAt, type PathEdit } from './pending-tree.js'

export interface Described {
  path: string
  /** Undefined: no entry is recorded there; it is a new file, or a directory without an entry of its own. */
  kind: EntryKind | undefined
  /** As it is recorded. */
  entry: Entry | undefined
  own: Metadata
  effective: Metadata
  /** The directory that an inherited name comes from. */
  originOf: (name: string) => string | undefined
}

export interface DescribeOptions {
  tree: ManifestId | undefined
  pending: ManifestId | undefined
  /** Only this path and what lies below it. */
  prefix?: string
}

/** Entries and edits, in the order of paths. What is yielded tells origins until the next is asked for. */
export async function* describeEntries(
  reader: ObjectReader,
  { tree, pending, prefix = '' }: DescribeOptions,
): AsyncGenerator<Described> {
  const inheritance = await inheritanceOf(reader, { tree, pending, prefix })
  for await (const { path, entry, edit } of entriesAndEdits(reader, { tree, pending, prefix })) {
    const recorded = entry?.metadata ? await loadMetadata(reader, entry) : NO_METADATA
    const own = withEdit(recorded, edit)
    const isDirectory = entry === undefined || entry.kind === 'directory'
    const effective = inheritance.effective(path, own, isDirectory)
    const originOf = (name: string) => (own.has(name) ? undefined : inheritance.originOf(name))
    yield { path, kind: entry?.kind, entry, own, effective, originOf }
  }
}

/** What is inherited at `prefix`, which has neither an entry nor an edit of its own. */
export async function describeBare(
  reader: ObjectReader,
  options: DescribeOptions & { prefix: string },
): Promise<Described> {
  const inheritance = await inheritanceOf(reader, options)
  const effective = inheritance.effective(options.prefix, NO_METADATA, false)
  const originOf = (name: string) => inheritance.originOf(name)
  return { path: options.prefix, kind: undefined, entry: undefined, own: NO_METADATA, effective, originOf }
}

async function inheritanceOf(
  reader: ObjectReader,
  { tree, pending, prefix = '' }: DescribeOptions,
): Promise<Inheritance> {
  const parents = parentsOf(prefix)
  const recorded = await metadataAt(reader, tree, parents)
  const edits = await editsAt(reader, pending, parents)
  const inheritance = new Inheritance()
  for (const [i, path] of parents.entries())
    inheritance.effective(path, withEdit(recorded[i]!, edits[i]!), true)
  return inheritance
}

interface Pair {
  path: string
  entry: PathEntry[1] | undefined
  edit: MetadataEdit
}

async function* entriesAndEdits(
  reader: ObjectReader,
  { tree, pending, prefix = '' }: DescribeOptions,
): AsyncGenerator<Pair> {
  const edits = singly(iterEdits(reader, pending, { prefix }))
  let edit = await nextOf(edits)
  if (tree)
    for await (const batch of iterEntries(reader, tree, { prefix }))
      for (const [path, entry] of batch) {
        for (; edit && comparePaths(edit.path, path) < 0; edit = await nextOf(edits))
          yield { path: edit.path, entry: undefined, edit }
        const isEdited = edit?.path === path
        yield { path, entry, edit: isEdited ? edit! : NO_EDIT }
        if (isEdited) edit = await nextOf(edits)
      }
  for (; edit; edit = await nextOf(edits)) yield { path: edit.path, entry: undefined, edit }
}

async function* singly(batches: AsyncIterable<readonly PathEdit[]>): AsyncGenerator<PathEdit> {
  for await (const batch of batches) yield* batch
}

async function nextOf(edits: AsyncGenerator<PathEdit>): Promise<PathEdit | undefined> {
  const next = await edits.next()
  return next.done ? undefined : next.value
}
