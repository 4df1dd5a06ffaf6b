// metadata: what users say of paths. What was set and is not committed yet, as a tree of its own that is laid over the
// recorded one. Knows manifests; must not know commits, working directories or where a store is.
// Format: spec/20-metadata.md
export { editBetween, isEmptyEdit, type MetadataEdit, NO_EDIT, withEdit } from './metadata-edit.js'
export {
  addEdits,
  type Addition,
  editsAt,
  iterEdits,
  metadataAt,
  type PathEdit,
  withoutPaths,
  withoutRecorded,
} from './pending-tree.js'
export { layOver } from './lay-over.js'
export { keepMetadataOfRenamed, type Renamed } from './renamed.js'
export { carryOver, type Carried } from './carry-over.js'
export { askedType, typeOfText, VALUE_TYPES, valueOfText, type ValueType } from './text-value.js'
export { typedValues, type TypedTexts } from './typed-values.js'
export { describeBare, type Described, describeEntries, type DescribeOptions } from './described.js'
export { type DelimitedOptions, delimitedTable } from './delimited-table.js'
export { parquetTable } from './parquet-table.js'
export { writeParquet } from './write-parquet.js'
export { jsonTable } from './json-table.js'
export { type PathRule, pathsBy } from './path-template.js'
export { columnsNamed, type MetadataTable, type TableOptions } from './table.js'
export { type PathRow, type SortedRows, sortedRows } from './sorted-rows.js'
export { toCsv, toJsonLines, type WrittenRow } from './write-table.js'
