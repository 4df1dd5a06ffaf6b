// Rules that a version keeps, made of what it is like: a beginning for those who know what it should be like.
import type { ColumnProfile, TableProfile } from '../profile/index.js'
import type { ValueType } from '../tables/index.js'
import type { ColumnRules, FilesItem, RuleFile, TablesItem } from './rules.js'

export interface TableLike extends TableProfile {
  path: string
}

/** A folder whose images are all of one ending, and alike. */
export interface ImagesLike {
  path: string
  extension: string
  files: number
  shape: readonly number[]
  type: string
}

/** A path that is a pattern to the rule file means others too. */
export function isPlainPath(path: string): boolean {
  return !/[*?[\]{}()!+@\\]/.test(path)
}

/** Rules that hold for these, with room for what may come. */
export function proposeRules(tables: readonly TableLike[], images: readonly ImagesLike[]): RuleFile {
  return {
    version: 1,
    ...(images.length > 0 && { files: images.map(imagesItem) }),
    ...(tables.length > 0 && { tables: tables.map(tableItem) }),
  }
}

function imagesItem({ path, extension, files, shape, type }: ImagesLike): FilesItem {
  return {
    path: path === '' ? '**' : `${path}/**`,
    where: `extension = '${extension}'`,
    count: { min: atLeast(files) },
    image: { type, shape },
  }
}

function tableItem({ path, rows, columns }: TableLike): TablesItem {
  const rules = columns.flatMap((column): [string, ColumnRules][] => {
    const found = columnRules(column, rows)
    return Object.keys(found).length > 0 ? [[column.name, found]] : []
  })
  return {
    path,
    ...(rows > 0 && { rows: { min: atLeast(rows) } }),
    ...(rules.length > 0 && { columns: Object.fromEntries(rules) }),
  }
}

/** Half of it, so that a version which lost most of it is noticed. */
function atLeast(count: number): number {
  return Math.ceil(count / 2)
}

const TYPES: readonly string[] = ['integer', 'number', 'boolean', 'date', 'timestamp', 'string']

function columnRules(column: ColumnProfile, rows: number): ColumnRules {
  const { type, missing, distinct } = column
  if (type === 'empty') return {}
  const isKey = distinct?.exact === true && distinct.count === rows && rows > 1 && isNaming(column)
  const values = valuesOf(column, rows)
  return {
    ...(TYPES.includes(type) && { type: type as ValueType }),
    nulls: missing === 0 ? 0 : share(missing, rows),
    ...(isKey && { unique: true }),
    ...boundsOf(column),
    ...(values && { values }),
  }
}

/** Measured values may well be different, and yet are no key. */
function isNaming({ type, missing }: ColumnProfile): boolean {
  return missing === 0 && (type === 'integer' || type === 'string')
}

/** At least twice what there is; the rest is rounded up. */
function share(missing: number, rows: number): string {
  return `${Math.min(100, Math.ceil((200 * missing) / rows))}%`
}

const VALUES_MAX = 10
/** So many rows for each value, or it is chance that there are so few. */
const ROWS_EACH = 10

function valuesOf({ type, top, distinct }: ColumnProfile, rows: number): string[] | undefined {
  if (type !== 'string' || !top || !distinct?.exact || distinct.count > VALUES_MAX) return undefined
  return rows >= ROWS_EACH * distinct.count ? top.map(({ value }) => value).sort() : undefined
}

/** As far again as values reach, in round numbers; what is never negative is so from now on. */
function boundsOf({ type, min, max, nan }: ColumnProfile): ColumnRules {
  if (type !== 'integer' && type !== 'number') return {}
  // Of what is not a number nothing is below a limit.
  if (typeof min !== 'number' || typeof max !== 'number' || nan !== undefined) return {}
  const span = max - min || Math.abs(max) || 1
  if (!Number.isFinite(span)) return {}
  const step = 10 ** Math.floor(Math.log10(span))
  const [low, high] = [Math.floor((min - span / 2) / step) * step, Math.ceil((max + span / 2) / step) * step]
  return {
    ...(min >= 0 ? { min: 0 } : Number.isFinite(low) && { min: Math.min(min, plain(low)) }),
    ...(Number.isFinite(high) && { max: Math.max(max, plain(high)) }),
  }
}

/** Without what steps of a tenth leave behind: 0.30000000000000004. */
function plain(value: number): number {
  return Number(value.toPrecision(12))
}
