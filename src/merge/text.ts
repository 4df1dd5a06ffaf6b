import { alignLines, type LineRun, splitLines } from '../diff/index.js'

export interface MergeLabels {
  /** What the sides are called in conflict markers and file names: branch names or short ids. */
  ours: string
  theirs: string
}

export interface MergeTextOptions {
  labels: MergeLabels
  /** Settles each conflict by this side, without markers. */
  favour?: 'ours' | 'theirs'
}

export interface MergedText {
  text: string
  /** How many places carry markers. */
  conflicts: number
}

/** Merges by lines, which keep their endings. Changes that touch each other conflict unless they are alike. */
export function mergeText(
  [base, ours, theirs]: readonly [base: string, ours: string, theirs: string],
  { labels, favour }: MergeTextOptions,
): MergedText {
  const lines = { base: splitLines(base), ours: splitLines(ours), theirs: splitLines(theirs) }
  const mine = alignLines(lines.base, lines.ours)
  const other = alignLines(lines.base, lines.theirs)
  const parts: string[] = []
  let conflicts = 0
  let at = 0
  for (const region of regionsOf(mine, other)) {
    for (; at < region.low; at++) parts.push(lines.base[at]!)
    at = region.high
    const a = lines.ours.slice(...region.ours)
    const b = lines.theirs.slice(...region.theirs)
    if (!region.both) push(parts, region.changedBy === 'ours' ? a : b)
    else if (favour !== undefined && !sameLines(a, b)) push(parts, favour === 'ours' ? a : b)
    else if (pushConflict(parts, { a, b, labels })) conflicts++
  }
  for (; at < lines.base.length; at++) parts.push(lines.base[at]!)
  return { text: parts.join(''), conflicts }
}

/** A stretch of the base, [low, high), that was changed, and what stands in its place on either side. */
interface Region {
  low: number
  high: number
  changedBy: 'ours' | 'theirs'
  both: boolean
  ours: [start: number, end: number]
  theirs: [start: number, end: number]
}

interface Cursor {
  runs: readonly LineRun[]
  index: number
  /** How far lines of this side stand behind those of the base. */
  shift: number
}

function* regionsOf(ours: readonly LineRun[], theirs: readonly LineRun[]): Generator<Region> {
  const a: Cursor = { runs: ours, index: 0, shift: 0 }
  const b: Cursor = { runs: theirs, index: 0, shift: 0 }
  for (;;) {
    const [x, y] = [a.runs[a.index], b.runs[b.index]]
    if (x === undefined && y === undefined) return
    const changedBy = x !== undefined && (y === undefined || x.aStart <= y.aStart) ? 'ours' : 'theirs'
    const low = Math.min(x?.aStart ?? Infinity, y?.aStart ?? Infinity)
    const starts = { ours: low + a.shift, theirs: low + b.shift }
    const counts = { ours: a.index, theirs: b.index }
    let high = low
    for (let grown = true; grown;) {
      const reach = Math.max(high, absorb(a, high), absorb(b, high))
      grown = reach > high || (reach === high && hasTouching(a, b, high))
      high = reach
    }
    const both = a.index > counts.ours && b.index > counts.theirs
    const mine: [number, number] = [starts.ours, high + a.shift]
    yield { low, high, changedBy, both, ours: mine, theirs: [starts.theirs, high + b.shift] }
  }
}

/** Passes the runs that begin at or before `high`; gives the end of the last. */
function absorb(cursor: Cursor, high: number): number {
  let reach = high
  for (
    let run = cursor.runs[cursor.index];
    run !== undefined && run.aStart <= reach;
    run = cursor.runs[cursor.index]
  ) {
    reach = Math.max(reach, run.aStart + run.aLength)
    cursor.shift += run.bLength - run.aLength
    cursor.index++
  }
  return reach
}

function hasTouching(a: Cursor, b: Cursor, high: number): boolean {
  return [a, b].some(({ runs, index }) => (runs[index]?.aStart ?? Infinity) <= high)
}

interface Sides {
  a: string[]
  b: string[]
  labels: MergeLabels
}

/** Lines alike at either end of both sides stay outside the markers. False when nothing is left to conflict. */
function pushConflict(parts: string[], { a, b, labels }: Sides): boolean {
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  push(parts, a.slice(0, head))
  const rest = { a: a.slice(head, a.length - tail), b: b.slice(head, b.length - tail) }
  const conflicts = rest.a.length > 0 || rest.b.length > 0
  if (conflicts) {
    const end = [...a, ...b, ...parts.slice(-1)].some((line) => line.endsWith('\r\n')) ? '\r\n' : '\n'
    parts.push(`<<<<<<< ${oneLine(labels.ours)}${end}`)
    push(parts, closed(rest.a, end))
    parts.push(`=======${end}`)
    push(parts, closed(rest.b, end))
    parts.push(`>>>>>>> ${oneLine(labels.theirs)}${end}`)
  }
  push(parts, a.slice(a.length - tail))
  return conflicts
}

/** A marker cannot share a line with a last line that has no end. */
function closed(lines: string[], end: string): string[] {
  const last = lines.at(-1)
  return last === undefined || last.endsWith('\n') ? lines : [...lines.slice(0, -1), last + end]
}

function sameLines(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, at) => line === b[at])
}

function push(parts: string[], lines: readonly string[]): void {
  for (const line of lines) parts.push(line)
}

function oneLine(label: string): string {
  return label.replace(/[\r\n]+/gu, ' ')
}
