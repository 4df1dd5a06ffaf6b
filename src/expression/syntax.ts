// An expression as data. Positions are not kept: what is wrong with the text is found while it is read.
import type { MetadataValue } from '../objects/index.js'

/** Undefined: unknown, SQL's NULL. */
export type Value = MetadataValue | undefined

export type CompareOperator = '=' | '<>' | '<' | '<=' | '>' | '>='

export type Expression =
  | { type: 'literal'; value: Value }
  /** A column of every entry. */
  | { type: 'column'; name: string }
  /** A key of metadata. */
  | { type: 'metadata'; key: string }
  | { type: 'not'; of: Expression }
  /** Of two or more. */
  | { type: 'and' | 'or'; of: readonly Expression[] }
  | { type: 'compare'; operator: CompareOperator; left: Expression; right: Expression }
  | { type: 'among'; value: Expression; items: readonly Expression[] }
  /** `of IN list`, the list being a value. */
  | { type: 'within'; value: Expression; list: Expression }
  | { type: 'like'; value: Expression; pattern: Expression; escape: Expression | undefined; anyCase: boolean }
  | { type: 'missing'; of: Expression }
