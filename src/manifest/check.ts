// The full check of a tree that someone else wrote: everything a reader takes on trust is looked at.
import { corrupt } from '../base/index.js'
import { type ManifestId, shortHex } from '../hash/index.js'
import type { Entry } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import type { BuildOptions } from './build.js'
import { hashKey, pathAt, unsafePath } from './keys.js'
import { loadChild, loadNode } from './load.js'
import { endsNode, MANIFEST_PARAMS, type ManifestParams } from './params.js'
import { childId, isLeaf, type Node, type Totals } from './types.js'

/** Checks every node of a manifest: encoding, order, sums, where nodes end, and that nothing lies below a file.
 * Throws DV_CORRUPT or DV_UNSAFE_PATH. Returns the totals. */
export async function checkManifest(
  reader: ObjectReader,
  root: ManifestId,
  options: BuildOptions = {},
): Promise<Totals> {
  const node = await loadNode(reader, root)
  if (!isLeaf(node) && node.count === 1) throw damaged(root, 'is a root with a single child')
  const check: Check = { reader, params: options.params ?? MANIFEST_PARAMS, last: undefined }
  await checkNode(check, root, { node, last: true })
  return node.totals
}

interface Check {
  reader: ObjectReader
  params: ManifestParams
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
    for (let i = 0; i < node.count; i++) checkNesting(check, pathAt(node.keys, i), node.entries[i]!)
    return
  }
  for (let i = 0; i < node.count; i++) {
    const child = await loadChild(check.reader, node, i)
    await checkNode(check, childId(node, i), { node: child, last: last && i === node.count - 1 })
  }
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
