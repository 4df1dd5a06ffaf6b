// The lines of `log --graph` as data: each commit has a column, and edges lead from the columns of its row to those of
// the next. A branch keeps its column until it ends; what stands right of a new or ended branch moves over by one.
import { type CommitId, idKey } from '../hash/index.js'

export interface GraphEdge {
  /** Column in this row. */
  from: number
  /** Column in the next row. */
  to: number
}

export interface GraphRow {
  id: CommitId
  column: number
  /** Columns in use in this row, the commit's own among them. */
  width: number
  edges: GraphEdge[]
}

/** Lays out commits one by one, in the order they are shown: children before parents. */
export function createGraph(): (id: CommitId, parents: readonly CommitId[]) => GraphRow {
  let lanes: string[] = []
  return function add(id, parents) {
    const key = idKey(id)
    let column = lanes.indexOf(key)
    if (column < 0) column = lanes.push(key) - 1
    const next = nextLanes(lanes, column, parents.map(idKey))
    const edges = lanes.flatMap((lane, from) =>
      from === column
        ? [...new Set(parents.map(idKey))].map((parent) => ({ from, to: next.indexOf(parent) }))
        : [{ from, to: next.indexOf(lane) }],
    )
    const row = { id, column, width: lanes.length, edges }
    lanes = next
    return row
  }
}

/** The commit's lane gives way to its parents that no other lane waits for already. */
function nextLanes(lanes: readonly string[], column: number, parents: readonly string[]): string[] {
  const others = new Set(lanes.filter((_, at) => at !== column))
  const added = [...new Set(parents)].filter((parent) => !others.has(parent))
  return [...lanes.slice(0, column), ...added, ...lanes.slice(column + 1)]
}

/** One row in ASCII: the commit's line, then as many lines as its edges need to reach their columns. */
export function drawRow(row: GraphRow, node = '*'): string[] {
  const own = Array.from({ length: row.width }, (_, at) => (at === row.column ? node : '|')).join(' ')
  const lines = [own]
  let moving = row.edges
  while (moving.some(({ from, to }) => from !== to)) {
    const cells: string[] = []
    for (const { from, to } of moving) {
      if (from === to) cells[2 * from] ??= '|'
      else if (from < to) cells[2 * from + 1] = '\\'
      else cells[2 * from - 1] = '/'
    }
    lines.push(Array.from(cells, (cell) => cell ?? ' ').join(''))
    moving = moving.map(({ from, to }) => ({ from: from + Math.sign(to - from), to }))
  }
  return lines
}
