// Files that are not what their recipe says, each node of which is what its own bytes say.
import { type ContentId, hashChunk, hashObject, type RecipeId } from '../../src/hash/index.js'
import { encodeLeaf } from '../../src/manifest/encode.js'
import { KeyRun } from '../../src/manifest/key-run.js'
import { MANIFEST_PARAMS } from '../../src/manifest/index.js'
import type { FileEntry } from '../../src/objects/index.js'
import { encodeRecipeNode, type RecipeItem } from '../../src/recipe/index.js'
import { endsRecipeNode, RECIPE_PARAMS } from '../../src/recipe/params.js'

export interface ForgedFile {
  entry: FileEntry
  /** What has to be in the store beside the tree. */
  chunks: readonly Uint8Array[]
  nodes: readonly Uint8Array[]
}

/** More chunks than stand in a tree itself, and what they are together. */
const CHUNKS = Array.from({ length: 12 }, (_, i) => Buffer.from(`chunk ${i} `.repeat(50)))
const WHOLE = Buffer.concat(CHUNKS)
const CONTENT = hashChunk(WHOLE) as Uint8Array as ContentId

const itemOf = (bytes: Uint8Array): RecipeItem => ({ id: hashChunk(bytes), length: bytes.length, count: 1 })
const ITEMS = CHUNKS.map(itemOf)
const sumOf = (items: readonly RecipeItem[]) =>
  items.reduce((sum, { length, count }) => sum + length * count, 0)
const idOf = (node: Uint8Array): RecipeId => hashObject('recipe', node)

function fileOf(
  root: RecipeId,
  { size = WHOLE.length, nodes }: { size?: number; nodes: readonly Uint8Array[] },
): ForgedFile {
  const entry: FileEntry = { kind: 'file', size, content: CONTENT, recipe: { form: 'tree', root } }
  return { entry, chunks: CHUNKS, nodes }
}

/** A leaf with these items. */
function leafFile(items: readonly RecipeItem[], size = sumOf(items)): ForgedFile {
  const node = encodeRecipeNode(0, items)
  return fileOf(idOf(node), { size, nodes: [node] })
}

/** A root over the leaf of ITEMS, which it says this of. */
function claims(claimed: Partial<RecipeItem>, level = 1): ForgedFile {
  const leaf = encodeRecipeNode(0, ITEMS)
  const item = { id: idOf(leaf), length: WHOLE.length, count: ITEMS.length, ...claimed }
  const root = encodeRecipeNode(level, [item, item])
  return fileOf(idOf(root), { size: item.length * 2, nodes: [leaf, root] })
}

function chain(levels: number): ForgedFile {
  const nodes = [encodeRecipeNode(0, ITEMS)]
  for (let level = 1; level < levels; level++)
    nodes.push(
      encodeRecipeNode(level, [{ id: idOf(nodes.at(-1)!), length: WHOLE.length, count: ITEMS.length }]),
    )
  return fileOf(idOf(nodes.at(-1)!), { nodes })
}

/** Bytes that are not those that the recipe gives. */
const otherContent = (): ForgedFile => {
  const file = leafFile(ITEMS)
  return {
    ...file,
    entry: { ...file.entry, content: hashChunk(Buffer.from('other')) as Uint8Array as ContentId },
  }
}

/** Of a few nodes, each of which names the one below as often as a node may: the size is that of a file of terabytes, and every
 * rule of a recipe is kept. */
export function endless(): ForgedFile {
  const nodes: Buffer[] = []
  let items = Array.from({ length: RECIPE_PARAMS.minItems }, (_, i) => itemOf(CHUNKS[i % CHUNKS.length]!))
  items.push(...Array.from({ length: RECIPE_PARAMS.maxItems }, (_, i) => itemOf(CHUNKS[i % CHUNKS.length]!)))
  items = items.slice(0, endOf(items))
  for (let level = 0; level < 3; level++) {
    const node = encodeRecipeNode(level, items)
    nodes.push(node)
    const length = level === 0 ? sumOf(items) : items.reduce((sum, item) => sum + item.length, 0)
    const item = { id: idOf(node), length, count: items.reduce((sum, { count }) => sum + count, 0) }
    items = Array.from({ length: RECIPE_PARAMS.maxItems }, () => item)
    items = items.slice(0, endOf(items))
  }
  const [top] = items
  return fileOf(idOf(nodes.at(-1)!), { size: top!.length, nodes })
}

function endOf(items: readonly RecipeItem[]): number {
  return 1 + items.findIndex(({ id }, i) => endsRecipeNode(RECIPE_PARAMS, i + 1, id))
}

const anything = Buffer.from('neither chunk nor node')

/** By what is wrong with it: refused when it comes from elsewhere. */
export const REFUSED_RECIPES: Readonly<Record<string, () => ForgedFile>> = {
  'a root of fewer bytes than the file has': () => leafFile(ITEMS, WHOLE.length + 1),
  'a root of more bytes than the file has': () => leafFile(ITEMS, WHOLE.length - 1),
  'a file of 8 PiB with a root of a few bytes': () => leafFile(ITEMS, Number.MAX_SAFE_INTEGER),
  'a child that the node above says more bytes of': () => claims({ length: WHOLE.length + 1 }),
  'a child that the node above says fewer chunks of': () => claims({ count: 3 }),
  'a child of the wrong level': () => claims({}, 2),
  'a node for which a chunk stands': () => claims({ id: hashChunk(CHUNKS[0]!) }),
  'a root that is a chunk': () => fileOf(hashChunk(CHUNKS[0]!) as Uint8Array as RecipeId, { nodes: [] }),
  'a root that is nowhere': () => fileOf(hashObject('recipe', anything), { nodes: [] }),
  'a leaf whose chunk is nowhere': () => leafFile([...ITEMS, itemOf(anything)]),
  'nodes of single children, 61 deep': () => chain(61),
  'a node that is a level deeper than there are': () => chain(62),
  'a sum that no number holds': () => leafFile([{ ...ITEMS[0]!, count: Number.MAX_SAFE_INTEGER }], 1000),
  'bytes that are no node': () => fileOf(hashObject('recipe', anything), { nodes: [anything] }),
}

/** What only shows when the chunks are read. */
export const WRONG_CHUNKS: Readonly<Record<string, () => ForgedFile>> = {
  'a leaf whose chunk is a node': () => {
    const file = leafFile(ITEMS)
    const node = encodeRecipeNode(0, [{ ...ITEMS[0]!, id: idOf(file.nodes[0]!) }, ...ITEMS.slice(1)])
    return fileOf(idOf(node), { nodes: [...file.nodes, node] })
  },
  'chunks that are shorter than the recipe says': () =>
    leafFile(ITEMS.map((item) => ({ ...item, length: item.length + 1 }))),
  'chunks that are longer than the recipe says': () =>
    leafFile(ITEMS.map((item) => ({ ...item, length: item.length - 1 }))),
}

/** Whoever does not ask for all that holds of a recipe can read it. */
export const UNUSUAL_RECIPES: Readonly<Record<string, () => ForgedFile>> = {
  'a tree of a single chunk': () => leafFile([itemOf(CHUNKS[0]!)]),
}

/** Each chunk is what its recipe says; joined they are another file than the entry says, which 'fsck --deep' finds. */
export const OTHER_FILES: Readonly<Record<string, () => ForgedFile>> = {
  'chunks that joined are another file': otherContent,
  'a chunk too often': () => leafFile([{ ...ITEMS[0]!, count: 2 }, ...ITEMS.slice(1)]),
}

/** A file that is what it says. */
export const soundFile = (): ForgedFile => leafFile(ITEMS)

/** A tree of these files, in the order of their paths. */
export function leafOf(files: Readonly<Record<string, ForgedFile>>): Buffer {
  const run = new KeyRun(0, MANIFEST_PARAMS)
  for (const path of Object.keys(files)) run.appendPath(path)
  return encodeLeaf(
    run,
    Object.values(files).map(({ entry }) => entry),
    new Map(),
  )
}
