// What a comparison of two tables says, as plain data.
import type { SqlValue } from '../sql/index.js'

/** Where a key comes from ('attributes': a `.dvattributes` file); 'none': rows are compared as a multiset. */
export type KeySource = 'given' | 'attributes' | 'automatic' | 'none'

export interface ColumnChange {
  name: string
  /** Types, of the side that has it. */
  before?: string
  after?: string
}

/** What is known before the first row. */
export interface TableHead {
  key: string[]
  keySource: KeySource
  rows: { before: number; after: number }
  /** Columns of either side: in the order of the new one, then those that are gone. */
  columns: ColumnChange[]
  /** Names of those whose cells are compared. */
  compared: string[]
}

export interface CellChange {
  column: string
  before: SqlValue
  after: SqlValue
}

/** Rows count from 1, the head not among them. */
export type RowChange =
  | { change: 'added'; after: number; count: number; values: Record<string, SqlValue> }
  | { change: 'removed'; before: number; count: number; values: Record<string, SqlValue> }
  | { change: 'changed'; before: number; after: number; key: Record<string, SqlValue>; cells: CellChange[] }

export interface RowCounts {
  added: number
  removed: number
  changed: number
  unchanged: number
  /** Changed cells by column, those without any left out. */
  cells: Record<string, number>
}
