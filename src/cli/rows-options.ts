// The options of `dv diff` about the rows of a table.
import type { RowsOptions } from './api-types.js'
import { given } from './command.js'

export const ROWS_OPTIONS = {
  key: {
    type: 'string',
    multiple: true,
    value: 'COLUMNS',
    describe: 'of a table: what tells rows apart, with commas between',
  },
  columns: {
    type: 'string',
    multiple: true,
    value: 'COLUMNS',
    describe: 'of a table: compare only these',
  },
  summary: { type: 'flag', describe: 'of tables, pictures, notebooks: only counts' },
  format: {
    type: 'string',
    value: 'FORMAT',
    describe: 'of a table: table, csv, json (a line for each row) or parquet',
  },
  output: {
    type: 'string',
    short: 'o',
    value: 'FILE',
    describe: 'of a table: write it to FILE',
    complete: 'file',
  },
  lines: { type: 'flag', describe: 'compare lines and bytes, also those of tables, pictures and notebooks' },
} as const

interface Given {
  key: readonly string[]
  columns: readonly string[]
  summary: boolean
  lines: boolean
  patch: boolean
  unified: number | undefined
}

/** What of this was asked for; undefined where lines are wanted. */
export function rowsMeant(
  { key, columns, summary, lines, patch, unified }: Given,
  paths: readonly string[],
): RowsOptions | undefined {
  if (lines || patch || unified !== undefined) return undefined
  const named = (names: readonly string[]) => (names.length > 0 ? names : undefined)
  const required = key.length > 0 || columns.length > 0 || (summary && paths.length === 0)
  return { summary, required, ...given({ key: named(key), columns: named(columns) }) }
}
