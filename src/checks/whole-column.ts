// Rules that a row alone cannot tell: values that stand twice, that stand nowhere else, the latest of all.
import { parseDuration } from '../base/index.js'
import { counted } from './amounts.js'
import type { Cell, CellTable } from '../tables/index.js'
import { errored, failed, type Finding, type Outcome, passed } from './outcome.js'
import { listOf, type Reference } from './rules.js'
import { cellsNamed, noSuchFile, openAt, select, type Tested } from './tested.js'

export async function checkUnique(tested: Tested, names: readonly string[], key: string): Promise<Outcome> {
  const { run, table, about } = tested
  try {
    const cells = cellsNamed(table, names)
    if (await areDifferent(tested, cells)) return passed(about(key))
    const list = cells.map(({ text }) => text).join(', ')
    const groups = `WHERE ${allThere(cells)} GROUP BY ${list} HAVING count(*) > 1`
    const [sums] = await select(
      tested,
      `SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM ${table.from} ${groups})`,
    )
    const count = Number(sums![0])
    if (count === 0) return passed(about(key))
    const found = await select(
      tested,
      `SELECT min(r) AS first, count(*), ${list} FROM ${table.numbered} ${groups} ORDER BY first LIMIT ${run.limit}`,
    )
    const findings = found.map(([row, times, ...values]): Finding => ({
      ...{ row: Number(row), column: names.join(', ') },
      ...{ value: values.map(String).join(', '), times: Number(times) },
    }))
    const message = `${counted(count, 'row repeats', 'rows repeat')} ${quoted(names)} of another`
    return failed(about(key), { message, count, findings })
  } catch (error) {
    return errored(about(key), error)
  }
}

/** Whether all rows have different hashes, and so different values: hashes are shorter than what they are of. */
async function areDifferent(tested: Tested, cells: readonly Cell[]): Promise<boolean> {
  const hash = `hash(${cells.map(({ text }) => text).join(', ')})`
  const [found] = await select(
    tested,
    `SELECT count(*) FROM (SELECT ${hash} AS h FROM ${tested.table.from} WHERE ${allThere(cells)}
      GROUP BY h HAVING count(*) > 1)`,
  )
  return Number(found![0]) === 0
}

export async function checkReference(tested: Tested, reference: Reference, key: string): Promise<Outcome> {
  const { run, table, about } = tested
  const columns = listOf(reference.columns)
  try {
    const other = await otherTable(tested, reference.path)
    const [from, to] = [cellsNamed(table, columns), cellsNamed(other, listOf(reference.to ?? columns))]
    const keys = (cells: readonly Cell[]) => cells.map(({ text }, i) => `${text} AS k${i}`).join(', ')
    const isSame = from.map((_, i) => `a.k${i} = b.k${i}`).join(' AND ')
    const lost = (
      rows: string,
      first: string,
    ) => `FROM (SELECT ${first}${keys(from)} FROM ${rows} WHERE ${allThere(from)}) a
      ANTI JOIN (SELECT ${keys(to)} FROM ${other.from}) b ON ${isSame}`
    const [sums] = await select(tested, `SELECT count(*) ${lost(table.from, '')}`)
    const count = Number(sums![0])
    if (count === 0) return passed(about(key))
    const values = from.map((_, i) => `k${i}`).join(', ')
    const found = await select(
      tested,
      `SELECT r, ${values} ${lost(table.numbered, 'r, ')} ORDER BY r LIMIT ${run.limit}`,
    )
    const findings = found.map(([row, ...texts]): Finding => ({
      ...{ row: Number(row), column: columns.join(', ') },
      value: texts.map(String).join(', '),
    }))
    const message = `${counted(count, 'row has', 'rows have')} ${quoted(columns)} that '${reference.path}' has not`
    return failed(about(key), { message, count, findings })
  } catch (error) {
    return errored(about(key), error)
  }
}

async function otherTable({ run }: Tested, path: string): Promise<CellTable> {
  for await (const batch of run.subject.files({ patterns: [path] })) {
    const file = batch.find((one) => one.path === path)
    if (file) return openAt(run, file)
  }
  throw await noSuchFile(run, [path])
}

export async function checkFresh(
  tested: Tested,
  { cell, fresh, key }: { cell: Cell; fresh: string; key: string },
): Promise<Outcome> {
  const { run, table, about } = tested
  const [found] = await select(
    tested,
    `SELECT epoch_ms(max(${cell.time})), max(${cell.time})::VARCHAR FROM ${table.from} WHERE isfinite(${cell.time})`,
  )
  const [latest, text] = found!
  const { time } = run.subject
  if (latest !== undefined && Number(latest) >= time - parseDuration(fresh)!) return passed(about(key))
  const committed = new Date(time).toISOString().slice(0, 16).replace('T', ' ')
  const message =
    latest === undefined
      ? `No value of '${cell.name}' is a time`
      : `The latest '${cell.name}' is ${String(text)}, more than ${fresh} before ${committed}`
  return failed(about(key), { message, count: 1, findings: [] })
}

function allThere(cells: readonly Cell[]): string {
  return cells.map(({ text }) => `${text} IS NOT NULL`).join(' AND ')
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ')
}
