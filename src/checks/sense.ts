// What a schema cannot say of a rule file: ranges that nothing is in, expressions, columns that do not pair.
import { DvError, parseSize } from '../base/index.js'
import { parseExpression } from '../expression/index.js'
import { badRules } from './bad-rules.js'
import {
  type ByteRange,
  type ColumnRules,
  type DriftColumn,
  type FilesItem,
  inside,
  listOf,
  type Place,
  type Range,
  type Reference,
  type Rules,
  type TablesItem,
} from './rules.js'

type PlaceOf = Rules['placeOf']

/** Throws DV_BAD_RULES. */
export function refuseSenseless({ file: { files = [], tables = [] }, placeOf }: Rules): void {
  for (const [i, item] of files.entries()) refuseFiles(item, (name) => placeOf(`files[${i}].${name}`))
  for (const [i, item] of tables.entries()) refuseTables(item, (name) => placeOf(`tables[${i}].${name}`))
}

function refuseFiles({ where, count, size, total, image }: FilesItem, placeOf: PlaceOf): void {
  if (where !== undefined) refuseWhere(where, placeOf('where'))
  refuseEmpty(count, placeOf('count'))
  refuseEmpty(inBytes(size), placeOf('size'))
  refuseEmpty(inBytes(total), placeOf('total'))
  for (const one of ['width', 'height', 'planes'] as const) refuseEmpty(image?.[one], placeOf(`image.${one}`))
}

function refuseTables({ rows, columns = {}, references = [], drift }: TablesItem, placeOf: PlaceOf): void {
  refuseEmpty(rows, placeOf('rows'))
  for (const [column, rules] of Object.entries(columns))
    if (rules) refuseBounds(rules, placeOf(inside('columns', column)))
  for (const [i, reference] of references.entries()) refuseUnpaired(reference, placeOf(`references[${i}].to`))
  for (const [column, rules] of Object.entries(drift?.columns ?? {}))
    refuseQuantiles(rules, (name) => placeOf(inside(`${inside('drift.columns', column)}.quantiles`, name)))
}

function refuseWhere(where: string, place: Place): void {
  try {
    parseExpression(where)
  } catch (error) {
    if (!(error instanceof DvError)) throw error
    throw badRules(error.message, place, {
      ...(error.hint !== undefined && { hint: error.hint }),
      cause: error,
    })
  }
}

function refuseEmpty(range: Range | undefined, place: Place): void {
  if (typeof range !== 'object' || (range.min ?? 0) <= (range.max ?? Infinity)) return
  throw badRules(`nothing is from ${range.min} to ${range.max}`, place)
}

function refuseBounds({ min, max }: ColumnRules, place: Place): void {
  if (min === undefined || max === undefined) return
  if (typeof min !== typeof max) throw badRules("'min' and 'max' are a number and a time", place)
  if (min > max) throw badRules(`nothing is from ${min} to ${max}`, place)
}

function refuseUnpaired({ columns, to }: Reference, place: Place): void {
  if (to === undefined || listOf(columns).length === listOf(to).length) return
  throw badRules("'to' names another number of columns than 'columns'", place)
}

function refuseQuantiles({ quantiles = {} }: DriftColumn, placeOf: PlaceOf): void {
  for (const at of Object.keys(quantiles)) {
    if (at.trim() !== '' && Number(at) >= 0 && Number(at) <= 1) continue
    throw badRules(`'${at}' is no quantile: a number from 0 to 1 was wanted`, placeOf(at))
  }
}

/** With sizes as bytes. */
export function inBytes(range: ByteRange | undefined): { min?: number; max?: number } | undefined {
  if (!range) return undefined
  const { min, max } = range
  const bytes = (size: number | string) => (typeof size === 'number' ? size : parseSize(size)!)
  return { ...(min !== undefined && { min: bytes(min) }), ...(max !== undefined && { max: bytes(max) }) }
}
