// Rules that each row keeps or breaks by itself, as SQL: all of a table are counted in one pass.
import { isDvError } from '../base/index.js'
import type { Measure } from '../profile/index.js'
import { quoteText, type Sql } from '../sql/index.js'
import type { Cell } from '../tables/index.js'
import { allowed, counted } from './amounts.js'
import { badRules } from './bad-rules.js'
import { type ColumnRules, inside, type Rules } from './rules.js'

export interface RowRule {
  /** Below the column: 'max'. */
  key: keyof ColumnRules
  cell: Cell
  /** In SQL: whether a row breaks it. */
  broken: string
  /** How many rows do. */
  count: Measure<number>
  /** Rows that may. */
  allowed(rows: number): number
  message(count: number, rows: number): string
}

/** All but `unique` and `fresh`. */
export function rowRules(cell: Cell, { nulls, type, min, max, pattern, values }: ColumnRules): RowRule[] {
  const { name, text } = cell
  const rules: RowRule[] = []
  const add = (key: RowRule['key'], holds: string, otherwise: string) =>
    rules.push({
      ...{ key, cell },
      broken: `${text} IS NOT NULL AND (${holds}) IS NOT true`,
      // Of no value nothing holds. A type is looked for in these words: what is asked twice is counted once.
      count: {
        sql: [`count(${text})`, `count(*) FILTER (${holds})`],
        read: ([all, held]) => Number(all) - Number(held),
      },
      allowed: () => 0,
      message: (count) =>
        `${counted(count, 'value')} of '${name}' ${count === 1 ? 'is' : 'are'} ${otherwise}`,
    })
  if (type !== undefined) {
    const is = cell.is(type)
    if (typeof is === 'string') add('type', is, `no ${WORDS[type]}`)
  }
  if (nulls !== undefined)
    rules.push({
      ...{ key: 'nulls' as const, cell },
      broken: `${text} IS NULL`,
      count: { sql: [`count(${text})`], read: ([all], rows) => rows - Number(all) },
      allowed: (rows) => allowed(nulls, rows),
      message: (count, rows) => `${count} of ${counted(rows, 'row')} have no '${name}', where ${nulls} may`,
    })
  if (min !== undefined) add('min', compared(cell, '>=', min), `below ${min}${orNone(min)}`)
  if (max !== undefined) add('max', compared(cell, '<=', max), `above ${max}${orNone(max)}`)
  if (pattern !== undefined)
    add('pattern', `regexp_full_match(${text}, ${quoteText(pattern)})`, `not like '${pattern}'`)
  if (values) add('values', isOneOf(cell, values), 'not among those allowed')
  return rules
}

function orNone(bound: number | string): string {
  return typeof bound === 'number' ? ' or no number' : ' or no time'
}

const WORDS = {
  integer: 'whole number',
  number: 'number',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'time',
  string: 'text',
}

/** A column that is stored with another type has it in all rows. */
export function wrongType(cell: Cell, { type }: ColumnRules): string | undefined {
  if (type === undefined || cell.is(type) !== false) return undefined
  return `'${cell.name}' is ${cell.stored}, where a ${WORDS[type]} was wanted`
}

function compared({ number, time }: Cell, operator: string, bound: number | string): string {
  if (typeof bound === 'number') return `${number} ${operator} ${numberText(bound)}`
  return `isfinite(${time}) AND ${time} ${operator} ${quoteText(bound)}::TIMESTAMP`
}

function numberText(value: number): string {
  return `${quoteText(String(value))}::DOUBLE`
}

function isOneOf({ text, number }: Cell, values: NonNullable<ColumnRules['values']>): string {
  const numbers = values.filter((value) => typeof value === 'number').map(numberText)
  const texts = values.filter((value) => typeof value !== 'number').map((value) => quoteText(String(value)))
  const tests = [
    ...(texts.length > 0 ? [`${text} IN (${texts.join(', ')})`] : []),
    ...(numbers.length > 0 ? [`${number} IN (${numbers.join(', ')})`] : []),
  ]
  return tests.join(' OR ')
}

/** Throws DV_BAD_RULES for a pattern that is no regular expression. */
export async function refusePatterns(db: Sql, { file, placeOf }: Rules): Promise<void> {
  for (const [i, { columns = {} }] of (file.tables ?? []).entries()) {
    for (const [name, rules] of Object.entries(columns)) {
      if (rules?.pattern === undefined) continue
      const place = placeOf(`${inside(`tables[${i}].columns`, name)}.pattern`)
      await db.run(`SELECT regexp_full_match('', ${quoteText(rules.pattern)})`).catch((error: unknown) => {
        if (!isDvError(error)) throw error
        throw badRules(`'${rules.pattern}' is no regular expression: ${error.message}`, place, {
          cause: error,
        })
      })
    }
  }
}
