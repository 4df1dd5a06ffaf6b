// profile: what the values of a column are like, and how two versions of it differ. Knows tables and the sql room; nothing
// of trees, stores or rules. DuckDB counts and sorts, on disk what does not fit into memory. Format: spec/29-profile.md
export { type ColumnType, typeColumns, type TypedColumn, type TypedTable, typeMeasures } from './columns.js'
export { type Drift, driftOf, type DriftRequest, isNumeric } from './drift.js'
export { type CategoryDrift, categoryDrift, type OnlyThere } from './statistics/categories.js'
export { type Measure, measureAll, ROWS } from './measure.js'
export { ksPValue } from './statistics/kolmogorov.js'
export { type NumberDrift, numberDrift, type QuantilePair } from './statistics/numbers.js'
export { psiLevel, type PsiLevel } from './statistics/psi.js'
export type { Sample, Samples } from './statistics/sample.js'
export { type ColumnProfile, profileTable, type TableProfile } from './table-profile.js'
