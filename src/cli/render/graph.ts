// Lines of history beside a log. Each lane waits for one commit; the log comes children first.

export interface GraphRow {
  /** Before the first line of the commit. */
  head: string
  /** Before its other lines. */
  body: string
  /** Lines of joins and forks that follow it. */
  after: string[]
}

/** Answers, commit by commit, with what is drawn beside it. */
export function createGraph(): (commit: { id: string; parents: readonly string[] }) => GraphRow {
  const lanes: string[] = []
  return ({ id, parents }) => {
    let at = lanes.indexOf(id)
    if (at < 0) at = lanes.push(id) - 1
    const head = lanes.map((_, i) => (i === at ? '*' : '|')).join(' ')
    const after: string[] = []
    const [first, ...others] = parents
    if (first === undefined) {
      endLane(lanes, at, after)
      return { head, body: bars(lanes.length + 1, at), after }
    }
    const body = bars(lanes.length, -1)
    lanes[at] = first
    others.forEach((parent, i) => openLane(lanes, at + i, parent, after))
    joinLanes(lanes, after)
    return { head, body, after }
  }
}

function bars(count: number, gap: number): string {
  return Array.from({ length: count }, (_, i) => (i === gap ? ' ' : '|')).join(' ')
}

/** A new lane opens right of `at`; those behind it move right. */
function openLane(lanes: string[], at: number, id: string, after: string[]): void {
  after.push('| '.repeat(at) + '|\\' + ' \\'.repeat(lanes.length - at - 1))
  lanes.splice(at + 1, 0, id)
}

/** Lanes that wait for the same commit become one: the right one bends to the left one. */
function joinLanes(lanes: string[], after: string[]): void {
  for (let right = lanes.length - 1; right > 0; right--) {
    const left = lanes.indexOf(lanes[right]!)
    if (left === right) continue
    const cells = Array.from({ length: right }, (_, i) => (i < left ? '| ' : i === right - 1 ? '|/' : '|_'))
    after.push(cells.join('') + ' /'.repeat(lanes.length - right - 1))
    lanes.splice(right, 1)
  }
}

/** Nothing came before this commit; lanes behind it move left. */
function endLane(lanes: string[], at: number, after: string[]): void {
  const behind = lanes.length - at - 1
  if (behind > 0) after.push('| '.repeat(at) + ' /'.repeat(behind))
  lanes.splice(at, 1)
}
