// Which cells of two versions of a notebook are the same cell.
import type { NotebookCell } from './notebook.js'

/** A cell with its place, which counts from 0. */
export interface PlacedCell {
  place: number
  cell: NotebookCell
}

type Partners = Map<PlacedCell, PlacedCell>

/** New cells with their old ones: by id, else by what they hold, else those alike that stand behind the same cell. */
export function pairCells(old: readonly PlacedCell[], now: readonly PlacedCell[]): Partners {
  const partners: Partners = new Map()
  pairByName(partners, { old, now, nameOf: ({ id }) => id })
  pairByName(partners, { old, now, nameOf: ({ kind, source }) => `${kind}\n${source}` })
  pairAlike(partners, old, now)
  return partners
}

interface ByName {
  old: readonly PlacedCell[]
  now: readonly PlacedCell[]
  nameOf: (cell: NotebookCell) => string | undefined
}

/** Of several of one name the first with the first. */
function pairByName(partners: Partners, { old, now, nameOf }: ByName): void {
  const taken = new Set(partners.values())
  const byName = groups(
    old.filter((cell) => !taken.has(cell)),
    ({ cell }) => nameOf(cell),
  )
  for (const after of now) {
    const name = partners.has(after) ? undefined : nameOf(after.cell)
    const before = name === undefined ? undefined : byName.get(name)?.shift()
    if (before) partners.set(after, before)
  }
}

/** Cells without ids that were written anew: between the same neighbours, the likest first; where as many of the same
 * kinds went as came, one for one. */
function pairAlike(partners: Partners, old: readonly PlacedCell[], now: readonly PlacedCell[]): void {
  const places = new Map([...partners].map(([after, before]) => [after.place, before.place]))
  const kept = new Set(places.values())
  const isFree = ({ cell }: PlacedCell) => cell.id === undefined
  const gone = groups(
    old.filter((one) => !kept.has(one.place) && isFree(one)),
    ({ place }) => previous(place, (at) => (kept.has(at) ? at : undefined)),
  )
  const came = groups(
    now.filter((one) => !partners.has(one) && isFree(one)),
    ({ place }) => previous(place, (at) => places.get(at)),
  )
  for (const [gap, after] of came) {
    const before = gone.get(gap) ?? []
    const matched = sameKinds(before, after) ? before : after.map((one) => likest(before, one))
    matched.forEach((one, i) => one && partners.set(after[i]!, one))
  }
}

/** The old place of the nearest cell before `place` that has a partner; -1 at the beginning. */
function previous(place: number, oldPlaceAt: (place: number) => number | undefined): number {
  for (let at = place - 1; at >= 0; at--) {
    const found = oldPlaceAt(at)
    if (found !== undefined) return found
  }
  return -1
}

function sameKinds(a: readonly PlacedCell[], b: readonly PlacedCell[]): boolean {
  return a.length === b.length && a.every(({ cell }, i) => cell.kind === b[i]!.cell.kind)
}

/** Taken out of `from`; undefined when none shares half of its lines. */
function likest(from: PlacedCell[], { cell }: PlacedCell): PlacedCell | undefined {
  const likes = from.map((one) => (one.cell.kind === cell.kind ? likeness(one.cell.source, cell.source) : 0))
  const best = Math.max(0, ...likes)
  return best < 0.5 ? undefined : from.splice(likes.indexOf(best), 1)[0]
}

/** The share of lines that two texts have in common. */
function likeness(a: string, b: string): number {
  const [left, right] = [linesOf(a), linesOf(b)]
  const counts = new Map<string, number>()
  for (const line of left) counts.set(line, (counts.get(line) ?? 0) + 1)
  let common = 0
  for (const line of right) {
    const count = counts.get(line) ?? 0
    if (count > 0) common++
    counts.set(line, count - 1)
  }
  return (2 * common) / Math.max(1, left.length + right.length)
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

function groups<T, K>(items: readonly T[], keyOf: (item: T) => K | undefined): Map<K, T[]> {
  const found = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    if (key === undefined) continue
    const group = found.get(key)
    if (group) group.push(item)
    else found.set(key, [item])
  }
  return found
}
