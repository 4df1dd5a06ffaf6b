// Which columns tell the rows of a text apart, as keys.ts finds them for DuckDB.
import type { Cells, Row, RowText } from './row-text.js'

export interface KeyedRows {
  text: RowText
  /** By the JSON list of the values of the key, in the order of the text. */
  byKey: Map<string, Row>
}

/** Undefined when a row lacks a column of the key, has no value there, or has the same key as another. */
export function keyedRows(text: RowText, key: readonly string[]): KeyedRows | undefined {
  const byKey = new Map<string, Row>()
  for (const row of text.rows) {
    const cells = text.cellsOf(row)
    const values = key.map((column) => cells.get(column)?.value)
    if (values.some((value) => value === undefined || value === '' || value === 'null')) return undefined
    byKey.set(JSON.stringify(values), row)
  }
  return byKey.size === text.rows.length ? { text, byKey } : undefined
}

/** Sets of two and three are tried among so many columns. */
const COMBINED_MAX = 12

/** The first set of columns that is a key of every text; undefined when there is none. */
export function rowKey(texts: readonly RowText[]): string[] | undefined {
  const first = texts.find(({ rows }) => rows.length > 0)
  if (!first) return undefined
  const names = [...first.cellsOf(first.rows[0]!).keys()].filter((column) =>
    texts.every((text) => isName(text, column)),
  )
  return setsOf(names).find((set) => texts.every((text) => keyedRows(text, set) !== undefined))
}

/** A measured number or a nested value is no name of a row. */
const NO_NAME = /^(-?\d*\.\d+(e[-+]?\d+)?|-?\d+e[-+]?\d+|[[{].*)$/is

function isName(text: RowText, column: string): boolean {
  const value = (cells: Cells) => cells.get(column)?.value ?? ''
  return text.rows.every((row) => {
    const found = value(text.cellsOf(row))
    return found !== '' && !NO_NAME.test(found)
  })
}

function setsOf(columns: readonly string[]): string[][] {
  const few = columns.slice(0, COMBINED_MAX)
  const pairs = few.flatMap((one, i) => few.slice(i + 1).map((two) => [one, two]))
  const trios = few.flatMap((one, i) =>
    few.slice(i + 1).flatMap((two, j) => few.slice(i + j + 2).map((three) => [one, two, three])),
  )
  return [...columns.map((one) => [one]), ...pairs, ...trios]
}
