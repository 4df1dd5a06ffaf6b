// A table of metadata: a row for each path, a column for each name. It is read twice: first the types of its columns are
// found out and all of it is checked, then its rows are taken. Format: spec/20-metadata.md, "Tables"
import { DvError, nearest } from '../base/index.js'
import type { MetadataValue } from '../objects/index.js'
import type { ValueType } from './text-value.js'

export interface TableColumn {
  name: string
  /** 'mixed': of one value it is not that of another. */
  type: ValueType | 'mixed'
  /** Rows that have a value. */
  values: number
}

/** `cells` are in the order of columns; what they hold only the table knows. */
export interface TableRow<Cell = unknown> {
  /** Counted from 1; of a row over several lines the first. */
  line: number
  cells: readonly (Cell | undefined)[]
}

export interface MetadataTable<Cell = unknown> {
  columns: readonly TableColumn[]
  /** What the user should know of its types. */
  warnings: readonly string[]
  rows(): AsyncGenerator<TableRow<Cell>[]>
  /** A cell as it stands, for a path. */
  textOf(cell: Cell): string
  valueOf(cell: Cell, column: number): MetadataValue
}

/** Reads the bytes of a table from the beginning, as often as asked. */
export type TableSource = () => AsyncIterable<Uint8Array>

export interface TableOptions {
  /** Types that are not to be inferred. */
  types: Readonly<Record<string, ValueType>>
  /** Texts that mean that there is no value; an empty cell is none anyway. */
  nulls: readonly string[]
}

export function badTable(line: number, problem: string, hint?: string): DvError {
  return new DvError('DV_BAD_TABLE', `Line ${line}: ${problem}`, {
    data: { line },
    hint: hint ?? 'nothing was changed',
  })
}

/** The places of columns. Throws DV_UNKNOWN_COLUMN, with those that are nearest. */
export function columnsNamed(columns: readonly { name: string }[], names: readonly string[]): number[] {
  return names.map((name) => {
    const at = columns.findIndex((column) => column.name === name)
    if (at >= 0) return at
    const all = columns.map((column) => column.name)
    const near = nearest(name, all)
    throw new DvError('DV_UNKNOWN_COLUMN', `The table has no column '${name}'`, {
      data: { column: name, columns: all.slice(0, 100), nearest: near },
      hint: near.length > 0 ? `did you mean '${near[0]}'?` : `it has ${someOf(all)}`,
    })
  })
}

function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => `'${name}'`)
  return names.length > 8 ? `${shown.join(', ')} and ${names.length - 8} more` : shown.join(', ')
}

/** What a cell of a forced type cannot be. */
export function badCell({
  line,
  name,
  text,
  type,
}: {
  line: number
  name: string
  text: string
  type: ValueType
}) {
  return new DvError(
    'DV_BAD_VALUE',
    `Line ${line}: '${name}' is '${text.slice(0, 80)}': that is no ${type}`,
    {
      data: { line, key: name, value: text.slice(0, 1000), type },
      hint: `nothing was changed; '--null ${text.slice(0, 20) || "''"}' says that it is no value, '--type ${name}=string' that it is text`,
    },
  )
}
