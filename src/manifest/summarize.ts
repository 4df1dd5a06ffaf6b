import type { ManifestId } from '../hash/index.js'
import type { ObjectReader } from '../store/index.js'
import { itemsIn } from './iterate.js'
import { compareKeyAt, type KeyRange, rangeWithin } from './keys.js'
import { loadChild, loadNode } from './load.js'
import { childTotals, type InternalNode, isLeaf, type Node, type Totals } from './types.js'

/** How many entries there are at `prefix` and below it, and their bytes. Reads at most two nodes a level. */
export async function summarize(reader: ObjectReader, root: ManifestId, prefix = ''): Promise<Totals> {
  const totals = { entries: 0, bytes: 0 }
  await addTotals(reader, await loadNode(reader, root), { range: rangeWithin(prefix), totals })
  return totals
}

interface Sum {
  range: KeyRange
  totals: Totals
}

async function addTotals(reader: ObjectReader, node: Node, sum: Sum): Promise<void> {
  const { range, totals } = sum
  const [start, end] = itemsIn(node, range)
  for (let i = start; i < end; i++) {
    if (isLeaf(node)) add(totals, { entries: 1, bytes: node.columns.sizes[i]! })
    else if (isInside(node, i, range)) add(totals, childTotals(node, i))
    else await addTotals(reader, await loadChild(reader, node, i), sum)
  }
}

/** Whether all that child `index` can hold is in the range: its keys are above the key before it. */
function isInside(node: InternalNode, index: number, { low, high }: KeyRange): boolean {
  const above = low === undefined || (index > 0 && compareKeyAt(node.keys, index - 1, low) >= 0)
  return above && (high === undefined || compareKeyAt(node.keys, index, high) < 0)
}

function add(totals: Totals, { entries, bytes }: Totals): void {
  totals.entries += entries
  totals.bytes += bytes
}
