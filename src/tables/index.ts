// tables: files that are tables, row by row: recognised, given to the sql room, compared and merged by key. Knows bytes and rows;
// nothing of trees, stores or working directories. Format: spec/24-tables.md
export { compareTables, type TableComparison, type TableRequest } from './compare.js'
export { isTable, type TableFormat, tableFormat } from './format.js'
export { tableError } from './errors.js'
export { openTable, type TableFile, type TableSource, unknownColumn } from './source.js'
export type { CellChange, ColumnChange, KeySource, RowChange, RowCounts, TableHead } from './types.js'
export { emptyCounts, tally } from './tally.js'
export { type CellConflict, type MergedRows, mergeRows, type MergeRowsOptions } from './merge-rows.js'
export { hasRowText } from './row-text.js'
