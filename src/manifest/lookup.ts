import { comparePaths } from '../base/index.js'
import type { ManifestId } from '../hash/index.js'
import type { Entry } from '../objects/index.js'
import type { ObjectReader } from '../store/index.js'
import { compareKeyAt, keyOf, lowerBound } from './keys.js'
import { entryAt } from './leaf-columns.js'
import { loadChild, loadNode } from './load.js'
import { isLeaf, type Node } from './types.js'

/** The entry at `path`, or undefined. Reads one node a level. */
export async function lookup(
  reader: ObjectReader,
  root: ManifestId,
  path: string,
): Promise<Entry | undefined> {
  return (await lookupMany(reader, root, [path]))[0]
}

/** The entries at `paths`, in any order, undefined where there is none. Reads each node at most once. */
export async function lookupMany(
  reader: ObjectReader,
  root: ManifestId,
  paths: readonly string[],
): Promise<(Entry | undefined)[]> {
  const found = new Array<Entry | undefined>(paths.length).fill(undefined)
  const order = paths.map((_, index) => index).sort((a, b) => comparePaths(paths[a]!, paths[b]!))
  const wanted = order.map((index) => ({ key: keyOf(paths[index]!), index }))
  if (wanted.length > 0)
    await find(reader, await loadNode(reader, root), { wanted, from: 0, to: wanted.length, found })
  return found
}

interface Search {
  /** In the order of keys; this node is asked for those from `from` to before `to`. */
  wanted: readonly { key: Buffer; index: number }[]
  from: number
  to: number
  found: (Entry | undefined)[]
}

async function find(reader: ObjectReader, node: Node, search: Search): Promise<void> {
  const { wanted, found } = search
  for (let at = search.from; at < search.to;) {
    const { key, index } = wanted[at]!
    const item = lowerBound(node.keys, key)
    if (item === node.count) return
    if (isLeaf(node)) {
      if (compareKeyAt(node.keys, item, key) === 0) found[index] = entryAt(node, item)
      at++
      continue
    }
    let to = at + 1
    while (to < search.to && compareKeyAt(node.keys, item, wanted[to]!.key) >= 0) to++
    await find(reader, await loadChild(reader, node, item), { wanted, from: at, to, found })
    at = to
  }
}
