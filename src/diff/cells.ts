// What became of each cell of a notebook.
import { commonOrder } from './align.js'
import { pairCells, type PlacedCell } from './cell-pairs.js'
import type { CellOutput, Notebook, NotebookCell } from './notebook.js'

export interface CellChange {
  before?: PlacedCell
  after?: PlacedCell
  /** Whether it stands in another order among those that both have. */
  moved: boolean
}

export interface CellDiff {
  /** In the order of the new version; removed cells before what stood behind them. */
  changes: CellChange[]
  unchanged: number
}

export function diffCells(before: Notebook, after: Notebook): CellDiff {
  const [old, now] = [placed(before), placed(after)]
  const partners = pairCells(old, now)
  const pairs = now.flatMap((cell) => {
    const partner = partners.get(cell)
    return partner ? [{ a: cell.place, b: partner.place }] : []
  })
  const still = new Set(commonOrder(pairs).map(({ a }) => a))
  const kept = new Set(partners.values())
  const removed = old
    .filter((cell) => !kept.has(cell))
    .map((cell): CellChange => ({ before: cell, moved: false }))
  const changes: CellChange[] = []
  for (const cell of now) {
    const partner = partners.get(cell)
    const moved = !still.has(cell.place)
    if (partner && !moved) changes.push(...removed.splice(0, countBefore(removed, partner.place)))
    if (!partner) changes.push({ after: cell, moved: false })
    else if (moved || !isSame(partner.cell, cell.cell)) changes.push({ before: partner, after: cell, moved })
  }
  const unchanged = pairs.length - changes.filter((change) => change.before && change.after).length
  return { changes: [...changes, ...removed], unchanged }
}

function placed({ cells }: Notebook): PlacedCell[] {
  return cells.map((cell, place) => ({ place, cell }))
}

function countBefore(removed: readonly CellChange[], place: number): number {
  const behind = removed.findIndex(({ before }) => before!.place > place)
  return behind < 0 ? removed.length : behind
}

function isSame(a: NotebookCell, b: NotebookCell): boolean {
  return a.kind === b.kind && a.source === b.source && sameOutputs(a.outputs, b.outputs)
}

export function sameOutputs(a: readonly CellOutput[], b: readonly CellOutput[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ kind, content }, i) => kind === b[i]!.kind && content === b[i]!.content)
  )
}
