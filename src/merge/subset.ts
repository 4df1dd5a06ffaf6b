// Commits of a subset: what they say of where they come from. Format: spec/23-subsets.md, "Commits"
import { isDvError } from '../base/index.js'
import { type CommitId, parseId, toHex } from '../hash/index.js'
import { isAncestor, readCommit } from '../history/index.js'
import { type Commit, type Metadata, NO_METADATA } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'

export interface Subset {
  /** The commit it was taken from. */
  source: CommitId
  /** The expression, as typed. */
  where: string
  /** The branch whose tip a refresh takes. */
  from: string | undefined
  /** The commit whose tree holds what the expression meant in the source: the commit itself, or one in its history. */
  cut: CommitId
}

const SOURCE = 'dv.subset.source'
const WHERE = 'dv.subset.where'
const FROM = 'dv.subset.from'
const BASE = 'dv.subset.base'

/** Undefined: the commit is of no subset. */
export async function subsetOf(reader: ObjectReader, id: CommitId): Promise<Subset | undefined> {
  return subsetIn(id, await readCommit(reader, id))
}

export function subsetIn(id: CommitId, { metadata }: Commit): Subset | undefined {
  const [source, where, from, base] = [SOURCE, WHERE, FROM, BASE].map((name) => textOf(metadata, name))
  const [sourceId, baseId] = [source, base].map(commitIdOf)
  if (!sourceId || where === undefined || (base !== undefined && !baseId)) return undefined
  return { source: sourceId, where, from, cut: baseId ?? id }
}

/** The expressions of the subsets that a commit is within, the outermost first; none: it is of no subset. */
export async function wheresOf(reader: ObjectReader, id: CommitId): Promise<string[]> {
  const wheres: string[] = []
  for (let subset = await subsetOf(reader, id); subset; subset = await subsetOf(reader, subset.source))
    wheres.unshift(subset.where)
  return wheres
}

function textOf(metadata: Metadata, name: string): string | undefined {
  const value = metadata.get(name)
  return value?.type === 'string' ? value.value : undefined
}

function commitIdOf(text: string | undefined): CommitId | undefined {
  try {
    return text === undefined ? undefined : parseId<'commit'>(text)
  } catch (error) {
    if (isDvError(error)) return undefined
    throw error
  }
}

/** What a cut records. */
export function cutMetadata({ source, where, from }: Omit<Subset, 'cut'>): Metadata {
  return textMap({ [SOURCE]: toHex(source), [WHERE]: where, [FROM]: from })
}

/** What a commit on top of `parents` records: nothing, unless the first of them is of a subset. */
export async function inheritedSubset(
  reader: ObjectReader,
  [first, ...others]: readonly CommitId[],
): Promise<Metadata> {
  let subset = first && (await subsetOf(reader, first))
  if (!subset) return NO_METADATA
  for (const id of others) {
    const other = await subsetOf(reader, id)
    if (!other || !(await isAncestor(reader, subset.source, other.source))) continue
    // One of a subset of this one is merged back: it says nothing of where this one is from.
    const [wheres, others] = [await wheresOf(reader, subset.source), await wheresOf(reader, other.source)]
    if (wheres.length === others.length) subset = other
  }
  return new Map([...cutMetadata(subset), ...textMap({ [BASE]: toHex(subset.cut) })])
}

function textMap(texts: Readonly<Record<string, string | undefined>>): Metadata {
  return new Map(
    Object.entries(texts).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, { type: 'string' as const, value }] as const],
    ),
  )
}
