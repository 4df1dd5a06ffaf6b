// Which columns tell rows apart: those that were named, held against both tables, or the first that do.
import { DvError } from '../base/index.js'
import type { Sql, SqlValue } from '../sql/index.js'
import { commonColumns, type PairColumn, type TablePair } from './pair.js'
import { namedColumns } from './source.js'

const SIDES = ['before', 'after'] as const

/** The named columns as a key. Throws DV_UNKNOWN_COLUMN, or DV_BAD_KEY when rows share it or lack it. */
export async function namedKey(db: Sql, pair: TablePair, typed: readonly string[]): Promise<PairColumn[]> {
  const common = commonColumns(pair)
  for (const side of SIDES) {
    const known = pair[side].columns.map(({ name }) => name)
    namedColumns(typed, { known, path: pair[side].path })
  }
  const names = namedColumns(typed, { known: common.map(({ name }) => name), path: pair.after.path })
  const key = names.map((name) => common.find((column) => column.name === name)!)
  for (const side of SIDES) await refuseBadKey(db, pair, { side, key })
  return key
}

async function refuseBadKey(
  db: Sql,
  pair: TablePair,
  { side, key }: { side: (typeof SIDES)[number]; key: readonly PairColumn[] },
): Promise<void> {
  const names = key.map(({ name }) => `'${name}'`).join(', ')
  const path = `'${pair[side].path}'`
  const isNull = key.map(({ index }) => `c${index} IS NULL`).join(' OR ')
  const [[lacking]] = (await db.run(`SELECT min(r) FROM ${side} WHERE ${isNull}`)) as [[SqlValue]]
  if (lacking !== undefined)
    throw badKey(`Row ${String(lacking)} of ${path} has no value for the key ${names}`, {
      row: Number(lacking),
    })
  const list = listOf(key)
  const [twice] = await db.run(
    `SELECT min(r) AS first, max(r), count(*) AS n, ${list} FROM ${side} GROUP BY ${list} HAVING n > 1 ORDER BY first LIMIT 1`,
  )
  if (!twice) return
  const [first, last, count, ...values] = twice
  const shown = key.map(({ name }, i) => `${name} ${String(values[i])}`).join(', ')
  throw badKey(
    `${String(count)} rows of ${path} have the same key, ${shown}: rows ${String(first)} and ${String(last)}`,
    { row: Number(first), other: Number(last) },
  )
}

function badKey(message: string, data: Record<string, unknown>): DvError {
  return new DvError('DV_BAD_KEY', message, {
    data,
    hint: 'name more columns: --key A,B; without --key, dv looks for a key itself',
  })
}

/** Rows that show of most sets of columns that they are no key. */
const SAMPLE_ROWS = 5000
/** Sets of two and three are tried among so many columns. */
const COMBINED_MAX = 12

/** The first column that is never empty and never repeats, in both tables; else the first two, else the first three;
 * undefined when there are none. */
export async function findKey(db: Sql, pair: TablePair): Promise<PairColumn[] | undefined> {
  const candidates = await fullColumns(db, commonColumns(pair).filter(namesThings))
  if (candidates.length === 0) return undefined
  for (const side of SIDES)
    await db.run(
      `CREATE TABLE sample_${side} AS SELECT ${listOf(candidates)} FROM ${side} LIMIT ${SAMPLE_ROWS}`,
    )
  for (const set of setsOf(candidates)) {
    const [fits, holds] = [['sample_before', 'sample_after'], SIDES]
    if ((await isUnique(db, fits, set)) && (await isUnique(db, holds, set))) return set
  }
  return undefined
}

/** Measured numbers and what is nested tell nothing apart, however different they are. */
function namesThings({ before, after }: PairColumn): boolean {
  return [before, after].every(
    (type) => !/^(DOUBLE|FLOAT|DECIMAL|STRUCT|MAP|JSON|number|array|object)|\[\]$/.test(type!),
  )
}

async function fullColumns(db: Sql, columns: readonly PairColumn[]): Promise<PairColumn[]> {
  if (columns.length === 0) return []
  const counts = columns.map(({ index }) => `count(c${index}) = count(*)`).join(', ')
  const [before, after] = [
    await db.run(`SELECT ${counts} FROM before`),
    await db.run(`SELECT ${counts} FROM after`),
  ]
  return columns.filter((_, i) => before[0]![i] === true && after[0]![i] === true)
}

function* setsOf(columns: readonly PairColumn[]): Generator<PairColumn[]> {
  for (const one of columns) yield [one]
  const few = columns.slice(0, COMBINED_MAX)
  for (const [i, one] of few.entries()) for (const two of few.slice(i + 1)) yield [one, two]
  for (const [i, one] of few.entries())
    for (const [j, two] of few.entries())
      if (j > i) for (const three of few.slice(j + 1)) yield [one, two, three]
}

async function isUnique(db: Sql, tables: readonly string[], set: readonly PairColumn[]): Promise<boolean> {
  for (const table of tables) {
    const list = listOf(set)
    const twice = await db.run(`SELECT 1 FROM ${table} GROUP BY ${list} HAVING count(*) > 1 LIMIT 1`)
    if (twice.length > 0) return false
  }
  return true
}

function listOf(columns: readonly PairColumn[]): string {
  return columns.map(({ index }) => `c${index}`).join(', ')
}
