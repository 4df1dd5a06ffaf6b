// Two samples of categories, held against each other.
import type { Sql, SqlRow } from '../../sql/index.js'
import type { DriftWork } from './numbers.js'
import { type BinCounts, psiOf } from './psi.js'
import { allValues, type Pair, type Samples } from './sample.js'

/** A category, or all that have no bin of their own. */
export interface CategoryBin extends BinCounts {
  category?: string
}

export interface OnlyThere {
  /** How many categories there are of which the other sample has no value. */
  count: number
  /** The most frequent. */
  named: { category: string; count: number }[]
}

export interface CategoryDrift {
  /** Values that are not missing. */
  values: Pair<number>
  added: OnlyThere
  gone: OnlyThere
  /** Absent where a sample has no values. */
  psi?: { value: number; bins: CategoryBin[] }
}

const TABLE = 'profile_categories'
const BINS = 100
const NAMED = 20

export async function categoryDrift(db: Sql, samples: Samples, work: DriftWork = {}): Promise<CategoryDrift> {
  try {
    await db.run(
      `CREATE OR REPLACE TEMP TABLE ${TABLE} AS SELECT v, count(r) AS a, count(*) - count(r) AS b
        FROM (${allValues(samples, 'VARCHAR')}) WHERE v IS NOT NULL GROUP BY v`,
      [],
      work,
    )
    const [totals] = await db.run(
      `SELECT coalesce(sum(a), 0)::BIGINT, coalesce(sum(b), 0)::BIGINT,
        count(*) FILTER (a = 0), count(*) FILTER (b = 0) FROM ${TABLE}`,
    )
    const [reference, current, added, gone] = totals!.map(Number) as [number, number, number, number]
    const psi = await stability(db, { reference, current })
    return {
      values: { reference, current },
      added: { count: added, named: await onlyThere(db, { in: 'b', not: 'a' }) },
      gone: { count: gone, named: await onlyThere(db, { in: 'a', not: 'b' }) },
      ...(psi && { psi }),
    }
  } finally {
    await db.run(`DROP TABLE IF EXISTS ${TABLE}`)
  }
}

async function onlyThere(db: Sql, side: { in: string; not: string }): Promise<OnlyThere['named']> {
  const rows = await db.run(
    `SELECT v, ${side.in} AS n FROM ${TABLE} WHERE ${side.not} = 0 ORDER BY n DESC, v LIMIT ${NAMED}`,
  )
  return rows.map(([category, count]) => ({ category: category as string, count: Number(count) }))
}

async function stability(db: Sql, values: Pair<number>): Promise<CategoryDrift['psi']> {
  const rows = await db.run(`SELECT v, a, b FROM ${TABLE} WHERE a > 0 ORDER BY a DESC, v LIMIT ${BINS}`)
  const own = rows.map(toBin)
  const rest = (side: keyof BinCounts) => own.reduce((left, bin) => left - bin[side], values[side])
  const bins = [...own, { reference: rest('reference'), current: rest('current') }]
  const value = psiOf(bins)
  return value === undefined ? undefined : { value, bins }
}

function toBin([category, reference, current]: SqlRow): CategoryBin {
  return { category: category as string, reference: Number(reference), current: Number(current) }
}
