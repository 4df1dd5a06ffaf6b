// Reading nodes. A child must be what its parent says it is: level, last key, sums, and nothing outside its range.
import { corrupt, PATH_BYTES_MAX } from '../base/index.js'
import { Reader } from '../codec/index.js'
import { type ManifestId, shortHex } from '../hash/index.js'
import { entrySize, readMetadata, type SymlinkEntry } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { decodeNode } from './decode.js'
import { INLINE_TARGET_BYTES_MAX } from './encode.js'
import { compareKeyAt, keyAt } from './keys.js'
import { entryAt } from './leaf-columns.js'
import {
  childId,
  childTotals,
  type InternalNode,
  isLeaf,
  type LeafNode,
  type Node,
  type Totals,
} from './types.js'

/** A node, with the targets of long symlinks read. Sums of a leaf that has such links are complete only then. */
export async function loadNode(reader: ObjectReader, id: ManifestId): Promise<Node> {
  const node = decodeNode(await reader.readObject('manifest', id))
  if (isLeaf(node) && node.spilled.length > 0) await resolveTargets(reader, node)
  return node
}

async function resolveTargets(reader: ObjectReader, leaf: LeafNode): Promise<void> {
  for (const { index, value } of leaf.spilled) {
    const entry = entryAt(leaf, index) as SymlinkEntry
    entry.target = decodeTarget(await reader.readObject('value', value))
    leaf.columns.sizes[index] = entrySize(entry)
    leaf.totals.bytes += entrySize(entry)
  }
}

/** A spilled target is a metadata map of one string named 'target', so that every value object is a metadata map. */
export const TARGET_NAME = 'target'

function decodeTarget(bytes: Uint8Array): string {
  const reader = new Reader(bytes, 'target of a symbolic link')
  const metadata = readMetadata(reader)
  reader.end()
  const target = metadata.get(TARGET_NAME)
  const size = target?.type === 'string' ? Buffer.byteLength(target.value) : 0
  if (metadata.size !== 1 || target?.type !== 'string' || target.value.includes('\0'))
    return reader.fail('no target')
  if (size <= INLINE_TARGET_BYTES_MAX || size > PATH_BYTES_MAX)
    return reader.fail(`a target of ${size} bytes`)
  return target.value
}

export async function loadChild(reader: ObjectReader, parent: InternalNode, index: number): Promise<Node> {
  const id = childId(parent, index)
  const child = await loadNode(reader, id)
  const reason = mismatch(parent, index, child)
  if (reason !== undefined) {
    throw corrupt(`The manifest is damaged: node '${shortHex(id)}' ${reason}`, { node: shortHex(id) })
  }
  return child
}

function mismatch(parent: InternalNode, index: number, child: Node): string | undefined {
  if (child.level !== parent.level - 1) return `is of level ${child.level} below level ${parent.level}`
  if (child.count === 0) return 'has no entries'
  if (compareKeyAt(parent.keys, index, keyAt(child.keys, child.count - 1)) !== 0)
    return 'ends at another path'
  if (index > 0 && compareKeyAt(child.keys, 0, keyAt(parent.keys, index - 1)) <= 0)
    return 'begins before its place'
  if (!sameTotals(child.totals, childTotals(parent, index))) return 'has other totals than its parent says'
  return undefined
}

function sameTotals(a: Totals, b: Totals): boolean {
  return a.entries === b.entries && a.bytes === b.bytes
}
