// The columns that every entry has, and the metadata keys an expression asks for.
import { baseName, parentPath } from '../base/index.js'
import { toHex } from '../hash/index.js'
import { type Entry, entrySize, isFile, type Metadata } from '../objects/index.js'
import type { Expression, Value } from './syntax.js'

export const COLUMNS = ['path', 'directory', 'name', 'extension', 'kind', 'size', 'id'] as const
export type ColumnName = (typeof COLUMNS)[number]

/** What an expression is asked about. */
export interface Row {
  column(name: ColumnName): Value
  /** Effective: with what is inherited from directories. */
  metadata: Metadata
}

/** An entry at its path, with its effective metadata. */
export function entryRow(path: string, entry: Entry, metadata: Metadata): Row {
  return { metadata, column: (name) => COLUMN_VALUES[name](path, entry) }
}

const COLUMN_VALUES: Record<ColumnName, (path: string, entry: Entry) => Value> = {
  path: (path) => text(path),
  directory: (path) => text(parentPath(path)),
  name: (path) => text(baseName(path)),
  extension: (path) => text(extensionOf(baseName(path))),
  kind: (_, { kind }) => text(kind),
  size: (_, entry) => ({ type: 'int64', value: BigInt(entrySize(entry)) }),
  id: (_, entry) => (isFile(entry) ? text(toHex(entry.content)) : undefined),
}

function text(value: string): Value {
  return { type: 'string', value }
}

/** Behind the last dot that does not begin the name, in lower case; '' when there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : ''
}

export function isColumn(name: string): name is ColumnName {
  return (COLUMNS as readonly string[]).includes(name)
}

/** The keys of metadata that an expression names, each once. */
export function metadataKeys(expression: Expression): string[] {
  return [...new Set(keysIn(expression))]
}

function* keysIn(expression: Expression): Generator<string> {
  if (expression.type === 'metadata') yield expression.key
  for (const part of partsOf(expression)) yield* keysIn(part)
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.type) {
    case 'literal':
    case 'column':
    case 'metadata':
      return []
    case 'not':
    case 'missing':
      return [expression.of]
    case 'and':
    case 'or':
      return expression.of
    case 'compare':
      return [expression.left, expression.right]
    case 'among':
      return [expression.value, ...expression.items]
    case 'within':
      return [expression.value, expression.list]
    case 'like':
      return [expression.value, expression.pattern, ...(expression.escape ? [expression.escape] : [])]
  }
}
