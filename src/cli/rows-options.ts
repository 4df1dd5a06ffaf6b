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
  summary: { type: 'flag', describe: 'of a table: only counts, no rows' },
  lines: { type: 'flag', describe: 'compare text by lines, also that of a table' },
} as const

interface Given {
  key: readonly string[]
  columns: readonly string[]
  summary: boolean
  lines: boolean
  patch: boolean
  unified: number | undefined
}

/** What of this was asked for; undefined where lines are wanted, or no file is named. */
export function rowsMeant(
  { key, columns, summary, lines, patch, unified }: Given,
  paths: readonly string[],
): RowsOptions | undefined {
  if (lines || patch || unified !== undefined) return undefined
  const named = (names: readonly string[]) => (names.length > 0 ? names : undefined)
  const required = key.length > 0 || columns.length > 0 || summary
  if (!required && paths.length !== 1) return undefined
  return { summary, required, ...given({ key: named(key), columns: named(columns) }) }
}
