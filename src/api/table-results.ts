// What `dv diff` says of the rows of a table. Format: spec/24-tables.md
import type { RowCounts, TableFormat, TableHead } from '../tables/index.js'

export type TableRecord =
  | ({ type: 'table'; path: string; format: TableFormat } & TableHead)
  | DiffRow
  | ({ type: 'rows' } & RowCounts)

/** A row of a table. Rows count from 1, the head not among them; `count`: so many alike. */
export type DiffRow =
  | { type: 'row'; change: 'added'; after: number; count: number; values: Record<string, TableCell> }
  | { type: 'row'; change: 'removed'; before: number; count: number; values: Record<string, TableCell> }
  | {
      type: 'row'
      change: 'changed'
      before: number
      after: number
      key: Record<string, TableCell>
      cells: { column: string; before: TableCell; after: TableCell }[]
    }

/** A cell as JSON holds it; null where it has no value. */
export type TableCell = string | number | boolean | null | TableCell[] | { [name: string]: TableCell }

/** Values as they are written, of JSON Lines with their quotes. Without `column`: one side changed the row, the other
 * deleted it, and the texts are those of the row. */
export interface ConflictCell {
  key: Readonly<Record<string, string>>
  column?: string
  base?: string
  ours?: string
  theirs?: string
}
