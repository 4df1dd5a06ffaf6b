// Which rows have all that is asked for, best first. Format: spec/26-search.md, "Rank"
import type { Documents } from './documents.js'
import type { Clause, ValueClause, WordsClause } from './question.js'
import { type Field, FIELDS, KINDS, type Rows } from './rows.js'
import { NO_DOCUMENT } from './session.js'

/** How soon more of the same word counts no more, and how much long texts count less. */
export const K1 = 1.2
export const B = 0.75
/** What a field counts for. */
export const WEIGHTS: Record<Field, number> = { place: 2, metadata: 2, content: 1, message: 1 }

/** What one field of one row adds to its score, but for the weight of the word. */
export function scoreOf(times: number, length: number, average: number): number {
  return (times * (K1 + 1)) / (times + K1 * (1 - B + (B * length) / average))
}

/** What a word weighs that `having` of `rows` have. */
export function weightOf(having: number, rows: number): number {
  return Math.log(1 + (rows - having + 0.5) / (having + 0.5))
}

export interface Hit {
  /** Which of the tables, and the row in it. */
  table: number
  row: number
  score: number
}

export interface Ranking {
  hits: Hit[]
  /** How many rows have all that is asked for. */
  total: number
}

interface Candidates {
  rows: Rows
  scores: Float64Array
  /** 1: it has all that was asked for so far. */
  alive: Uint8Array
}

/** The best `limit` rows of the tables; of equal ones, the first. */
export function rank(
  documents: Documents,
  { tables, clauses, limit }: { tables: readonly Rows[]; clauses: readonly Clause[]; limit: number },
): Ranking {
  const lengths = documents.lengths()
  const averages = averageLengths(tables, lengths)
  const all = tables.map((rows): Candidates => {
    return { rows, scores: new Float64Array(rows.count), alive: new Uint8Array(rows.count).fill(1) }
  })
  for (const { ask, isNegative } of clauses) {
    if (ask.type === 'value') for (const one of all) keep(one, hasValue(documents, one.rows, ask), isNegative)
    else score(all, { ask, isNegative, times: documents.times(ask.wanted), lengths, averages })
  }
  return best(all, limit)
}

function averageLengths(tables: readonly Rows[], lengths: Uint32Array): Record<Field, number> {
  const averages = { place: 1, metadata: 1, content: 1, message: 1 }
  for (const field of FIELDS) {
    let [sum, count] = [0, 0]
    for (const { fields } of tables) {
      for (const doc of fields[field] ?? []) {
        if (doc === NO_DOCUMENT) continue
        sum += lengths[doc]!
        count++
      }
    }
    if (sum > 0) averages[field] = sum / count
  }
  return averages
}

function keep({ alive }: Candidates, has: (row: number) => boolean, isNegative: boolean): void {
  for (let row = 0; row < alive.length; row++) if (alive[row] === 1 && has(row) === isNegative) alive[row] = 0
}

function hasValue(
  documents: Documents,
  rows: Rows,
  { column, value }: ValueClause,
): (row: number) => boolean {
  if (column === 'kind') {
    const kind = (KINDS as readonly string[]).indexOf(value)
    return (row) => rows.kinds[row] === kind
  }
  if (column === 'size') {
    const size = Number(value)
    return (row) => rows.sizes?.[row] === size
  }
  const hex = /^[0-9a-f]{4,64}$/.test(value) ? value : undefined
  const docs = new Set(hex === undefined ? [] : documents.withPrefix(hex))
  const docsOfRows = rows.fields.content ?? rows.fields.message
  return (row) => docsOfRows !== undefined && docs.has(docsOfRows[row]!)
}

interface Scoring {
  ask: WordsClause
  isNegative: boolean
  times: Uint32Array
  lengths: Uint32Array
  averages: Record<Field, number>
}

function score(all: readonly Candidates[], { ask, isNegative, times, lengths, averages }: Scoring): void {
  let [having, total] = [0, 0]
  const parts = all.map(({ rows, alive }) => {
    const columns = ask.fields.flatMap((field) => {
      const docs = rows.fields[field]
      return docs ? [{ docs, average: averages[field], weight: WEIGHTS[field] }] : []
    })
    const sums = new Float64Array(rows.count)
    for (const { docs, average, weight } of columns) {
      for (let row = 0; row < docs.length; row++) {
        const doc = docs[row]!
        if (doc === NO_DOCUMENT || times[doc] === 0) continue
        sums[row]! += weight * scoreOf(times[doc]!, lengths[doc]!, average)
      }
    }
    total += rows.count
    for (let row = 0; row < sums.length; row++) {
      if (sums[row] !== 0) having++
      if ((sums[row] !== 0) === isNegative) alive[row] = 0
    }
    return sums
  })
  if (isNegative) return
  const weight = weightOf(having, total)
  for (const [i, { scores }] of all.entries())
    for (let row = 0; row < scores.length; row++) scores[row]! += weight * parts[i]![row]!
}

function best(all: readonly Candidates[], limit: number): Ranking {
  const hits: Hit[] = []
  let total = 0
  for (const [table, { scores, alive }] of all.entries()) {
    for (let row = 0; row < scores.length; row++) {
      if (alive[row] === 0) continue
      total++
      const own = scores[row]!
      if (hits.length === limit && (limit === 0 || own <= hits.at(-1)!.score)) continue
      let at = hits.length
      while (at > 0 && hits[at - 1]!.score < own) at--
      hits.splice(at, 0, { table, row, score: own })
      if (hits.length > limit) hits.pop()
    }
  }
  return { hits, total }
}
