// expression: the language of `--where`. Knows how an expression is read, what it means for one entry, and what it says
// of paths; must not know manifests, stores or how entries are found. Format: spec/21-expressions.md
export { boundsOf, type PathBound } from './bounds.js'
export { COLUMNS, type ColumnName, entryRow, extensionOf, metadataKeys, type Row } from './columns.js'
export { isTrue, valueOf } from './evaluate.js'
export { parseExpression } from './parse.js'
export { unknownKey } from './unknown-key.js'
export type { Expression, Value } from './syntax.js'
