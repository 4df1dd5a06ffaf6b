// Rules as they stand in the rule file. Format: spec/25-checks.md; what is not here, the schema refuses.
import type { ValueType } from '../tables/index.js'

export type GateVerb = 'commit' | 'merge' | 'push'
export type OneOrMore<T> = T | readonly T[]
export type Range = number | { min?: number; max?: number }
export type Bytes = number | string
export interface ByteRange {
  min?: Bytes
  max?: Bytes
}
/** A number, or a share: '5%'. */
export type Limit = number | string
export type Against = string | { last: number }

export interface ImageRule {
  format?: OneOrMore<string>
  type?: OneOrMore<string>
  shape?: readonly number[]
  width?: Range
  height?: Range
  planes?: Range
}

export interface FilesItem {
  name?: string
  path: OneOrMore<string>
  where?: string
  count?: Range
  size?: ByteRange
  total?: ByteRange
  metadata?: OneOrMore<string>
  fresh?: string
  image?: ImageRule
}

export interface ColumnRules {
  required?: boolean
  type?: ValueType
  nulls?: Limit
  unique?: boolean
  min?: number | string
  max?: number | string
  pattern?: string
  values?: readonly (string | number | boolean)[]
  fresh?: string
}

export interface Reference {
  columns: OneOrMore<string>
  path: string
  to?: OneOrMore<string>
}

export interface DriftColumn {
  psi?: number
  ks?: number
  quantiles?: Readonly<Record<string, Limit>>
  nulls?: string
  categories?: number
}

export interface DriftRules {
  against?: Against
  rows?: string
  columns?: Readonly<Record<string, DriftColumn>>
}

export interface TablesItem {
  name?: string
  path: OneOrMore<string>
  rows?: Range
  /** Undefined: that it is there. */
  columns?: Readonly<Record<string, ColumnRules | undefined>>
  others?: boolean
  unique?: readonly (readonly string[])[]
  references?: readonly Reference[]
  drift?: DriftRules
}

export interface QueryItem {
  name: string
  sql: string
}

export interface RuleFile {
  version: 1
  gate?: readonly GateVerb[]
  against?: Against
  files?: readonly FilesItem[]
  tables?: readonly TablesItem[]
  queries?: readonly QueryItem[]
}

/** Line and column from 1. */
export interface Place {
  line: number
  column: number
}

export interface Rules {
  file: RuleFile
  /** Where the value stands that is called 'tables[0].columns.age.max', or the nearest that holds it. */
  placeOf(rule: string): Place
}

export function listOf<T>(value: OneOrMore<T>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T]
}

/** The name of a value inside another: 'tables[0]', 'columns.age', 'columns["a b"]'. */
export function inside(rule: string, key: string | number): string {
  if (typeof key === 'number') return `${rule}[${key}]`
  const plain = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key)
  if (!plain) return `${rule}[${JSON.stringify(key)}]`
  return rule === '' ? key : `${rule}.${key}`
}

/** The share that '5%' is. */
export function shareOf(text: string): number {
  return Number(text.slice(0, -1)) / 100
}
