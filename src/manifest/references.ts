// What an object needs to be whole: for fsck, push and gc, which follow ids without knowing what they mean.
import type {
  ChunkId,
  CommitId,
  ContentId,
  ManifestId,
  ObjectKind,
  RecipeId,
  ValueId,
} from '../hash/index.js'
import { decodeCommit, decodeTag, type Entry, isFile } from '../objects/index.js'
import { decodeRecipeNode, isRecipeLeaf, recipeChild } from '../recipe/index.js'
import type { ObjectReader } from '../store/index.js'
import { decodeNode } from './decode.js'
import { decodeValue } from './entry-metadata.js'
import { entriesOf } from './leaf-columns.js'
import { childId, isLeaf } from './types.js'

/** Contents of files, as `Purged` of the store is one. */
interface ContentSet {
  has(content: ContentId): boolean
}

const NONE: ContentSet = { has: () => false }

/** Ids an object names, in its own order; an id may come more than once. */
export interface References {
  commits: CommitId[]
  manifests: ManifestId[]
  recipes: RecipeId[]
  values: ValueId[]
  chunks: ChunkId[]
}

/** Decodes an object of any kind strictly and lists what it names; of files that were purged nothing. Throws
 * DV_CORRUPT. */
export function nodeChildren(kind: ObjectKind, bytes: Uint8Array, purged = NONE): References {
  const found: References = { commits: [], manifests: [], recipes: [], values: [], chunks: [] }
  if (kind === 'manifest') addManifest(found, bytes, purged)
  else if (kind === 'recipe') addRecipe(found, bytes)
  else if (kind === 'commit') {
    const { manifest, parents } = decodeCommit(bytes)
    found.manifests.push(manifest)
    found.commits.push(...parents)
  } else if (kind === 'tag') found.commits.push(decodeTag(bytes).commit)
  else decodeValue(bytes)
  return found
}

function addManifest(found: References, bytes: Uint8Array, purged: ContentSet): void {
  const node = decodeNode(bytes)
  if (!isLeaf(node)) {
    for (let i = 0; i < node.count; i++) found.manifests.push(childId(node, i))
    return
  }
  for (const { value } of node.spilled) found.values.push(value)
  for (const entry of entriesOf(node)) addEntryReferences(found, entry, purged)
}

/** Adds what one entry needs: its chunks or its recipe, unless it was purged, and its metadata. */
export function addEntryReferences(found: References, entry: Entry, purged = NONE): void {
  if (entry.metadata?.form === 'value') found.values.push(entry.metadata.id)
  if (!isFile(entry) || purged.has(entry.content)) return
  const { recipe } = entry
  if (recipe.form === 'tree') found.recipes.push(recipe.root)
  else if (recipe.form === 'inline') for (const { id } of recipe.chunks) found.chunks.push(id)
  else if (entry.size > 0) found.chunks.push(entry.content as Uint8Array as ChunkId)
}

function addRecipe(found: References, bytes: Uint8Array): void {
  const node = decodeRecipeNode(bytes)
  for (let i = 0; i < node.count; i++) {
    const id = recipeChild(node, i)
    if (isRecipeLeaf(node)) found.chunks.push(id as ChunkId)
    else found.recipes.push(id as RecipeId)
  }
}

/** One node of a manifest, with what it names. */
export interface ManifestVisit {
  id: ManifestId
  bytes: Uint8Array
  references: References
}

export interface WalkOptions {
  /** Whether a node and all below it are known already and need not be read. */
  skip?: (id: ManifestId) => boolean
}

/** The nodes of a manifest, a node before those below it, in the order of paths. */
export async function* manifestNodes(
  reader: ObjectReader,
  root: ManifestId,
  { skip = () => false }: WalkOptions = {},
): AsyncGenerator<ManifestVisit> {
  const waiting: ManifestId[] = [root]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (skip(id)) continue
    const bytes = await reader.readObject('manifest', id)
    const references = nodeChildren('manifest', bytes)
    yield { id, bytes, references }
    for (let i = references.manifests.length - 1; i >= 0; i--) waiting.push(references.manifests[i]!)
  }
}
