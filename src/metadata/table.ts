// A table of metadata: a row for each path, a column for each name. It is read twice: first the types of its columns are
// found out and all of it is checked, then its rows are taken. Format: spec/20-metadata.md, "Tables"
import { DvError } from '../base/index.js'
import type { MetadataValue } from '../objects/index.js'
import { unknownColumn } from '../tables/index.js'
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
  /** How it is called in messages. */
  path: string
  columns: readonly TableColumn[]
  /** What the user should know of its types. */
  warnings: readonly string[]
  rows(): AsyncGenerator<TableRow<Cell>[]>
  /** A cell as it stands, for a path. */
  textOf(cell: Cell): string
  valueOf(cell: Cell, column: number): MetadataValue
}

export interface TableOptions {
  /** Types that are not to be inferred. */
  types: Readonly<Record<string, ValueType>>
  /** Texts that mean that there is no value; an empty cell is none anyway. */
  nulls: readonly string[]
}

/** The places of columns. Throws DV_UNKNOWN_COLUMN, with those that are nearest. */
export function columnsNamed(
  { path, columns }: { path: string; columns: readonly { name: string }[] },
  names: readonly string[],
): number[] {
  const known = columns.map(({ name }) => name)
  return names.map((name) => {
    const at = known.indexOf(name)
    if (at < 0) throw unknownColumn(name, { known, path })
    return at
  })
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
