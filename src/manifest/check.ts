// The full check of a tree that someone else wrote: everything a reader takes on trust is looked at.
import { corrupt } from '../base/index.js'
import { type ManifestId, shortHex } from '../hash/index.js'
import type { Entry } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import type { BuildOptions } from './build.js'
import { hashKey, pathAt, unsafePath } from './keys.js'
import { entryAt } from './leaf-columns.js'
import { loadChild, loadNode } from './load.js'
import { endsNode, MANIFEST_PARAMS, type ManifestParams } from './params.js'
import { childId, isLeaf, type Node, type Totals } from './types.js'

export interface CheckOptions extends BuildOptions {
  /** Whether a node and all below it were checked before, as part of this or another tree. */
  isKnown?: (id: ManifestId) => Promise<boolean>
}

/** Checks every node of a manifest: encoding, order, sums, where nodes end, and that nothing lies below a file. Of known
 * subtrees only the edges are looked at, where they meet what is new. Throws DV_CORRUPT or DV_UNSAFE_PATH. Returns the
 * totals. */
export async function checkManifest(
  reader: ObjectReader,
  root: ManifestId,
  options: CheckOptions = {},
): Promise<Totals> {
  const node = await loadNode(reader, root)
  if (await options.isKnown?.(root)) return node.totals
  if (!isLeaf(node) && node.count === 1) throw damaged(root, 'is a root with a single child')
  const { params = MANIFEST_PARAMS, isKnown = async () => false } = options
  const check: Check = { reader, params, isKnown, last: undefined }
  await checkNode(check, root, { node, last: true })
  return node.totals
}

interface Check {
  reader: ObjectReader
  params: ManifestParams
  isKnown: (id: ManifestId) => Promise<boolean>
  /** The entry before, in order. */
  last: { path: string; entry: Entry } | undefined
}

async function checkNode(
  check: Check,
  id: ManifestId,
  { node, last }: { node: Node; last: boolean },
): Promise<void> {
  checkEnds(check.params, id, { node, last })
  if (isLeaf(node)) {
    for (let i = 0; i < node.count; i++) checkNesting(check, pathAt(node.keys, i), entryAt(node, i))
    return
  }
  for (let i = 0; i < node.count; i++) {
    const below = childId(node, i)
    const child = { node: await loadChild(check.reader, node, i), last: last && i === node.count - 1 }
    await ((await check.isKnown(below)) ? passKnown(check, below, child) : checkNode(check, below, child))
  }
}

/** What of a known subtree depends on where it stands: its first and last entry, and where its last nodes end. */
async function passKnown(
  check: Check,
  id: ManifestId,
  { node, last }: { node: Node; last: boolean },
): Promise<void> {
  let first = node
  while (!isLeaf(first)) first = await loadChild(check.reader, first, 0)
  checkNesting(check, pathAt(first.keys, 0), entryAt(first, 0))
  await passEnd(check, id, { node, last })
}

async function passEnd(
  check: Check,
  id: ManifestId,
  { node, last }: { node: Node; last: boolean },
): Promise<void> {
  checkEnds(check.params, id, { node, last })
  const end = node.count - 1
  if (isLeaf(node)) check.last = { path: pathAt(node.keys, end), entry: entryAt(node, end) }
  else await passEnd(check, childId(node, end), { node: await loadChild(check.reader, node, end), last })
}

/** A node ends at its first item that ends a node; only the last of a level ends where the level does. Throws
 * DV_CORRUPT for one that does not. */
export function checkEnds(
  params: ManifestParams,
  id: ManifestId,
  { node, last }: { node: Node; last: boolean },
): void {
  const { bytes, starts } = node.keys
  for (let i = 0; i < node.count; i++) {
    const hash = hashKey(bytes, starts[i]!, starts[i + 1]!, node.level)
    const ends = endsNode(params, i + 1, starts[i + 1]!, hash)
    if (ends && i < node.count - 1) throw damaged(id, `goes on behind item ${i}, where it should end`)
    if (!ends && i === node.count - 1 && !last) throw damaged(id, 'ends where no node should')
  }
}

function checkNesting(check: Check, path: string, entry: Entry): void {
  const { last } = check
  if (last !== undefined && last.entry.kind !== 'directory' && path.startsWith(`${last.path}/`)) {
    throw unsafePath(last.path, `it is a ${last.entry.kind}, but '${path}' lies below it`)
  }
  check.last = { path, entry }
}

function damaged(id: ManifestId, reason: string): Error {
  return corrupt(`The manifest is damaged: node '${shortHex(id)}' ${reason}`, { node: shortHex(id) })
}
