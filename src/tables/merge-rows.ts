// Three versions of a table to one: rows by key, within a row cell by cell. All text that neither side changed stays as it is.
import type { Cell, Cells, Row, RowText } from './row-text.js'
import { rowText } from './row-text.js'
import type { TextForm } from './text-form.js'
import { withEnds } from './with-ends.js'
import { type KeyedRows, keyedRows, rowKey } from './row-keys.js'

/** A cell that both sides set differently; without `column`: a row that one side changed and the other deleted. */
export interface CellConflict {
  key: Record<string, string>
  column?: string
  base?: string
  ours?: string
  theirs?: string
}

export interface MergedRows {
  text: string
  key: string[]
  /** `text` has ours there, or the favoured side's. */
  conflicts: CellConflict[]
}

export interface MergeRowsOptions {
  format: 'csv' | 'tsv' | 'jsonl'
  form?: TextForm
  /** Columns that tell rows apart; absent: the first that do, in all three. */
  key?: readonly string[]
  favour?: 'ours' | 'theirs'
}

type Side = 'ours' | 'theirs'

/** Undefined when the three are no tables of the same columns, no key tells their rows apart, or both sides put
 * the rows into another order. */
export function mergeRows(
  [base, ours, theirs]: readonly [base: string, ours: string, theirs: string],
  { format, form, key: wanted, favour }: MergeRowsOptions,
): MergedRows | undefined {
  const texts = [base, ours, theirs].map((text) => rowText(text, { format, form }))
  if (!texts.every((text) => text !== undefined)) return undefined
  const [was, mine, other] = texts as [RowText, RowText, RowText]
  if (was.head.trimEnd() !== mine.head.trimEnd() || was.head.trimEnd() !== other.head.trimEnd())
    return undefined
  const key = wanted ?? rowKey(texts)
  const keyed = key && texts.map((text) => keyedRows(text, key))
  if (!key || !keyed?.every((rows) => rows !== undefined)) return undefined
  const [from, a, b] = keyed as [KeyedRows, KeyedRows, KeyedRows]
  const lead = leadingSide(from, a, b)
  if (lead === undefined) return undefined
  const merge: Merge = { key, lead, favour, base: from, ours: a, theirs: b, conflicts: [] }
  const head = threeWays(was.head, mine.head, other.head)
  const text = head + withEnds(mergedRows(merge))
  return { text, key: [...key], conflicts: merge.conflicts }
}

interface Merge {
  key: readonly string[]
  /** The side whose order of rows is kept. */
  lead: Side
  favour: Side | undefined
  base: KeyedRows
  ours: KeyedRows
  theirs: KeyedRows
  conflicts: CellConflict[]
}

/** The side that moved rows, ours when none did. */
function leadingSide(base: KeyedRows, ours: KeyedRows, theirs: KeyedRows): Side | undefined {
  const isMoved = (side: KeyedRows) => {
    const [before, after] = [base, side].map((rows) => [...rows.byKey.keys()])
    const [kept, left] = [
      before!.filter((id) => side.byKey.has(id)),
      after!.filter((id) => base.byKey.has(id)),
    ]
    return kept.some((id, i) => id !== left[i])
  }
  if (!isMoved(theirs)) return 'ours'
  return isMoved(ours) ? undefined : 'theirs'
}

/** The leading side's rows, and behind each the rows that only the other side added there. */
function mergedRows(merge: Merge): Row[] {
  const { lead, base } = merge
  const [first, second] = [merge[lead], merge[lead === 'ours' ? 'theirs' : 'ours']]
  const added = addedBehind(merge, first, second)
  const rows: Row[] = []
  const waiting = added.get(undefined) ?? []
  for (const [id, row] of first.byKey) {
    if (base.byKey.has(id)) for (const one of waiting.splice(0)) rows.push(one)
    const result = settled(merge, id)
    if (result !== undefined) rows.push({ text: result, end: endOf(merge, id) ?? row.end })
    for (const one of added.get(id) ?? []) waiting.push(one)
  }
  return [...rows, ...waiting]
}

/** Rows that the other side has, and the leading side has not, by the row of both that they stand behind. */
function addedBehind(merge: Merge, first: KeyedRows, second: KeyedRows): Map<string | undefined, Row[]> {
  const added = new Map<string | undefined, Row[]>()
  let behind: string | undefined
  for (const [id, row] of second.byKey) {
    if (first.byKey.has(id)) behind = id
    else {
      const text = settled(merge, id)
      if (text === undefined) continue
      const rows = added.get(behind) ?? []
      added.set(behind, rows)
      rows.push({ text, end: row.end })
    }
  }
  return added
}

/** What stands for a key in the end; undefined: nothing. */
function settled(merge: Merge, id: string): string | undefined {
  const [was, mine, other] = [merge.base, merge.ours, merge.theirs].map((rows) => rows.byKey.get(id)?.text)
  if (mine === other || other === was) return mine
  if (mine === was) return other
  if (mine !== undefined && other !== undefined) return settledCells(merge, id)
  merge.conflicts.push({ key: keyOf(merge, id), ...given({ base: was, ours: mine, theirs: other }) })
  // A row that a side changed is not lost for the other's deletion of it.
  return merge.favour === undefined ? (mine ?? other) : merge.favour === 'ours' ? mine : other
}

/** Line ends that one side changed are as that side has them. */
function endOf({ base, ours, theirs }: Merge, id: string): string | undefined {
  const [was, mine, other] = [base, ours, theirs].map((rows) => rows.byKey.get(id)?.end)
  return threeWays(was, mine, other)
}

/** Ours, unless only they changed it. */
function threeWays<T>(base: T, ours: T, theirs: T): T {
  return ours === base ? theirs : ours
}

function settledCells(merge: Merge, id: string): string {
  const { base, ours, theirs, favour, conflicts } = merge
  const cellsIn = (rows: KeyedRows): Cells => {
    const row = rows.byKey.get(id)
    return row ? rows.text.cellsOf(row) : new Map<string, Cell>()
  }
  const [was, mine, other] = [cellsIn(base), cellsIn(ours), cellsIn(theirs)]
  const changed = new Map<string, Cell | undefined>()
  for (const column of new Set([...mine.keys(), ...other.keys()])) {
    const [b, o, t] = [was.get(column), mine.get(column), other.get(column)]
    if (o?.value === t?.value || t?.value === b?.value) continue
    const isConflict = o?.value !== b?.value
    if (isConflict) {
      const values = given({ base: b?.value, ours: o?.value, theirs: t?.value })
      conflicts.push({ key: keyOf(merge, id), column, ...values })
    }
    if (!isConflict || favour === 'theirs') changed.set(column, t)
  }
  return ours.text.withCells(ours.byKey.get(id)!, changed)
}

function keyOf({ key }: Merge, id: string): Record<string, string> {
  const values = JSON.parse(id) as string[]
  return Object.fromEntries(key.map((column, i) => [column, values[i]!]))
}

function given<T extends Record<string, string | undefined>>(values: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string
  }
}
