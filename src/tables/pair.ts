// Two tables seen together: views `before` and `after` with the same names for the same columns, and a number for each
// row in the order of the file.
import type { Sql } from '../sql/index.js'
import { openTable, type TableFile, type TableSource } from './source.js'

/** A column of either table; it is called `c<index>` in the views. */
export interface PairColumn {
  index: number
  name: string
  before?: string
  after?: string
}

export interface TablePair {
  before: TableSource
  after: TableSource
  /** In the order of the new table, then those that only the old one has. */
  columns: PairColumn[]
  /** Values are JSON texts. */
  isJson: boolean
}

export async function openPair(db: Sql, files: { before: TableFile; after: TableFile }): Promise<TablePair> {
  const before = await openTable(db, files.before)
  const after = await openTable(db, files.after)
  const names = [...new Set([...after.columns, ...before.columns].map(({ name }) => name))]
  const columns = names.map((name, index): PairColumn => {
    const [was, is] = [before, after].map(({ columns: all }) => all.find((column) => column.name === name))
    return { index, name, ...(was && { before: was.type }), ...(is && { after: is.type }) }
  })
  await createView(db, 'before', { source: before, names })
  await createView(db, 'after', { source: after, names })
  return { before, after, columns, isJson: ['json', 'jsonl'].includes(after.format) }
}

async function createView(
  db: Sql,
  view: string,
  { source, names }: { source: TableSource; names: readonly string[] },
): Promise<void> {
  const columns = source.columns.map(({ name }, i) => `${source.reference(i)} AS c${names.indexOf(name)}`)
  const list = ['row_number() OVER () AS r', ...columns].join(', ')
  await db.run(`CREATE VIEW ${view} AS SELECT ${list} FROM ${source.relation}`)
}

/** The columns that both tables have. */
export function commonColumns({ columns }: TablePair): PairColumn[] {
  return columns.filter(({ before, after }) => before !== undefined && after !== undefined)
}

const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|UINTEGER|FLOAT|DOUBLE|DECIMAL\(.*)$/

/** A column of one side in SQL, so that it can be compared with the other side's: numbers by value, what else has
 * another type by its text. */
export function comparable(
  { index, before, after }: PairColumn,
  { isJson, after: source }: TablePair,
): string {
  const isText = isJson || source.format === 'csv' || source.format === 'tsv'
  const isSame = isText || before === after || before === undefined || after === undefined
  return isSame || (NUMBER.test(before) && NUMBER.test(after)) ? `c${index}` : `c${index}::VARCHAR`
}
