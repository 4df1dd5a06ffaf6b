// A walk over a manifest that may be damaged, for fsck: what cannot be used is reported and passed over, the rest is
// visited all the same. Each node is checked by itself and against the node above it.
import { corrupt, isDvError } from '../base/index.js'
import { type ManifestId, shortHex } from '../hash/index.js'
import type { ObjectReader } from '../store/index.js'
import { checkEnds } from './check.js'
import { keyAt, pathAt } from './keys.js'
import { loadChild, loadNode } from './load.js'
import { leafEntries } from './node-entries.js'
import { MANIFEST_PARAMS } from './params.js'
import { childId, childTotals, type InternalNode, isLeaf, type LeafNode, type Node } from './types.js'
import type { PathEntry } from './types.js'

export interface ManifestSurvey {
  /** Asked before a node is read; false passes over it and all below. `claim` is what the nodes above say of it: an id
   * that comes again with the same claim needs no second look. */
  enter(id: ManifestId, claim: string): boolean
  /** A sound leaf: its entries in order. */
  leaf(entries: readonly PathEntry[]): Promise<void>
  /** A node that cannot be used. `folder` holds all paths below it. */
  damage(id: ManifestId, error: unknown, folder: string): Promise<void>
  /** A path that lies below something that is no directory. */
  misplaced(path: string, reason: string): void
  /** All below the node was visited. */
  leave(id: ManifestId): void
}

/** Visits every node of a manifest that can be read. Errors that are no DvError are thrown. */
export async function surveyManifest(
  reader: ObjectReader,
  root: ManifestId,
  visitor: ManifestSurvey,
): Promise<void> {
  const survey: Survey = { reader, visitor, last: undefined }
  await visit(survey, root, { claim: '', folder: '', isLast: true, load: () => loadRoot(reader, root) })
}

interface Survey {
  reader: ObjectReader
  visitor: ManifestSurvey
  /** The entry before, in order; unknown behind what was passed over. */
  last: PathEntry | undefined
}

interface Place {
  claim: string
  folder: string
  /** It is the last node of its level. */
  isLast: boolean
  load: () => Promise<Node>
}

async function loadRoot(reader: ObjectReader, root: ManifestId): Promise<Node> {
  const node = await loadNode(reader, root)
  if (isLeaf(node) || node.count > 1) return node
  throw corrupt(`The manifest is damaged: node '${shortHex(root)}' is a root with a single child`)
}

async function visit(survey: Survey, id: ManifestId, place: Place): Promise<void> {
  const { visitor } = survey
  if (!visitor.enter(id, place.claim)) {
    survey.last = undefined
    return
  }
  let node: Node
  try {
    node = await place.load()
    checkEnds(MANIFEST_PARAMS, id, { node, last: place.isLast })
  } catch (error) {
    if (!isDvError(error)) throw error
    survey.last = undefined
    return visitor.damage(id, error, place.folder)
  }
  if (isLeaf(node)) await visitLeaf(survey, node)
  else
    for (let i = 0; i < node.count; i++)
      await visit(survey, childId(node, i), placeOf(survey, node, i, place))
  visitor.leave(id)
}

async function visitLeaf(survey: Survey, leaf: LeafNode): Promise<void> {
  const entries = leafEntries(leaf)
  for (const item of entries) {
    const { last } = survey
    if (last !== undefined && last[1].kind !== 'directory' && item[0].startsWith(`${last[0]}/`))
      survey.visitor.misplaced(item[0], `'${last[0]}' is a ${last[1].kind}, and it lies below it`)
    survey.last = item
  }
  await survey.visitor.leaf(entries)
}

function placeOf(survey: Survey, parent: InternalNode, index: number, above: Place): Place {
  const isLast = above.isLast && index === parent.count - 1
  const { entries, bytes } = childTotals(parent, index)
  const before = index > 0 ? keyAt(parent.keys, index - 1).toString('latin1') : ''
  const last = keyAt(parent.keys, index).toString('latin1')
  return {
    claim: `${parent.level - 1} ${isLast} ${entries} ${bytes} ${before}\n${last}`,
    folder:
      index > 0 ? commonFolder(pathAt(parent.keys, index - 1), pathAt(parent.keys, index)) : above.folder,
    isLast,
    load: () => loadChild(survey.reader, parent, index),
  }
}

/** The deepest folder that holds both paths, and so all between them. */
function commonFolder(a: string, b: string): string {
  let folder = 0
  for (let i = 0; i < a.length && a[i] === b[i]; i++) if (a[i] === '/') folder = i
  return a.slice(0, folder)
}
