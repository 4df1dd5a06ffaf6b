// Rules about table files. What rows tell by themselves is counted in one pass; where it is wrong is looked for only when it is.
import { measureAll, ROWS, type TypedColumn, typeMeasures, type TypedTable } from '../profile/index.js'
import { explain } from '../tables/index.js'
import { isIn, rangeText } from './amounts.js'
import { checkDrift } from './check-drift.js'
import { type About, errored, failed, type Outcome, passed } from './outcome.js'
import { type RowRule, rowRules, wrongType } from './row-rules.js'
import { type ColumnRules, inside, listOf, type TablesItem } from './rules.js'
import { nameOf, type Run } from './run.js'
import { missingColumn, noSuchFile, openAt, select, type Tested, workOn } from './tested.js'
import { checkFresh, checkReference, checkUnique } from './whole-column.js'

export async function* checkTables(run: Run, item: TablesItem, rule: string): AsyncGenerator<Outcome> {
  const about = (key: string, path?: string): About => {
    const name = key === '' ? rule : key.startsWith('[') ? `${rule}${key}` : `${rule}.${key}`
    const line = run.rules.placeOf(name).line
    return { rule: name, name: nameOf(item), ...(path !== undefined && { path }), line }
  }
  let found = 0
  for await (const batch of run.subject.files({ patterns: listOf(item.path) })) {
    for (const file of batch) {
      found++
      if (run.only && !run.only(file.path)) continue
      run.signal?.throwIfAborted()
      yield* checkTable(run, item, { file, about: (key) => about(key, file.path) })
    }
  }
  if (found === 0) yield errored(about(''), await noSuchFile(run, listOf(item.path)))
}

async function* checkTable(
  run: Run,
  item: TablesItem,
  { file, about }: Pick<Tested, 'file' | 'about'>,
): AsyncGenerator<Outcome> {
  let tested: Tested
  let counts: Counts
  try {
    const table = await openAt(run, file)
    tested = { run, item, file, table, about }
    counts = await countBroken(tested)
  } catch (error) {
    return yield errored(about(''), error)
  }
  const { rows } = counts
  if (item.rows !== undefined) {
    const message = `There are ${rows} rows, where ${rangeText(item.rows)} were wanted`
    yield isIn(rows, item.rows)
      ? passed(about('rows'))
      : failed(about('rows'), { message, count: 1, findings: [] })
  }
  for (const [name, rules] of Object.entries(item.columns ?? {}))
    yield* checkColumn(tested, counts, { name, rules: rules ?? {} })
  if (item.others === false) yield otherColumns(tested)
  for (const [i, names] of (item.unique ?? []).entries())
    yield await checkUnique(tested, names, `unique[${i}]`)
  for (const [i, reference] of (item.references ?? []).entries())
    yield await checkReference(tested, reference, `references[${i}]`)
  if (item.drift && counts.typed) yield* checkDrift(tested, item.drift, counts.typed)
}

interface Counts {
  rows: number
  /** Each rule of rows with how many break it, by column. */
  broken: Map<string, { rule: RowRule; count: number }[]>
  /** Its columns, where drift is asked for. */
  typed?: TypedTable
}

/** In one pass over the file. */
async function countBroken({ run, item, table, file }: Tested): Promise<Counts> {
  const { from, path, cells } = table
  const wanted = new Map(Object.entries(item.columns ?? {}))
  const rules = cells.flatMap((cell) => rowRules(cell, wanted.get(cell.name) ?? {}))
  try {
    const types = item.drift ? await typeMeasures(run.db, table) : []
    const measures = [ROWS, ...rules.map(({ count }) => count), ...types]
    const found = await measureAll<number | TypedColumn>(run.db, { from, measures }, workOn(run, file))
    const [rows, ...counts] = found.slice(0, 1 + rules.length) as [number, ...number[]]
    const columns = found.slice(1 + rules.length) as TypedColumn[]
    return {
      rows,
      broken: byColumn(rules, counts),
      ...(item.drift && { typed: { path, from, rows, columns } }),
    }
  } catch (error) {
    throw await explain(error, [table.file])
  }
}

function byColumn(rules: readonly RowRule[], counts: readonly number[]): Counts['broken'] {
  const found: Counts['broken'] = new Map()
  for (const [i, rule] of rules.entries()) {
    const { name } = rule.cell
    found.set(name, [...(found.get(name) ?? []), { rule, count: counts[i]! }])
  }
  return found
}

async function* checkColumn(
  tested: Tested,
  { rows, broken }: Counts,
  { name, rules }: { name: string; rules: ColumnRules },
): AsyncGenerator<Outcome> {
  const { table, about } = tested
  const key = inside('columns', name)
  const cell = table.cells.find((one) => one.name === name)
  if (!cell) {
    if (rules.required === false) yield passed(about(key))
    else yield errored(about(key), missingColumn(table, name))
    return
  }
  if (Object.keys(rules).every((rule) => rule === 'required')) yield passed(about(key))
  const wrong = wrongType(cell, rules)
  if (wrong !== undefined) yield failed(about(`${key}.type`), { message: wrong, count: rows, findings: [] })
  else if (rules.type !== undefined && !broken.get(name)?.some(({ rule }) => rule.key === 'type'))
    yield passed(about(`${key}.type`))
  for (const { rule, count } of broken.get(name) ?? [])
    yield await rowOutcome(tested, { rule, count, rows, about: about(`${key}.${rule.key}`) })
  if (rules.unique) yield await checkUnique(tested, [name], `${key}.unique`)
  if (rules.fresh !== undefined)
    yield await checkFresh(tested, { cell, fresh: rules.fresh, key: `${key}.fresh` })
}

async function rowOutcome(
  tested: Tested,
  { rule, count, rows, about }: { rule: RowRule; count: number; rows: number; about: About },
): Promise<Outcome> {
  if (count <= rule.allowed(rows)) return passed(about)
  const { run, table } = tested
  const { text, name } = rule.cell
  const found = await select(
    tested,
    `SELECT r, ${text} FROM ${table.numbered} WHERE ${rule.broken} LIMIT ${run.limit}`,
  )
  const findings = found.map(([row, value]) => ({
    row: Number(row),
    column: name,
    ...(value !== undefined && { value: String(value) }),
  }))
  findings.sort((a, b) => a.row - b.row)
  return failed(about, { message: rule.message(count, rows), count, findings })
}

function otherColumns({ item, table, about }: Tested): Outcome {
  const named = Object.keys(item.columns ?? {})
  const others = table.cells.flatMap(({ name }) => (named.includes(name) ? [] : [name]))
  if (others.length === 0) return passed(about('others'))
  const findings = others.map((column) => ({ column }))
  const message = `There ${others.length === 1 ? 'is 1 column' : `are ${others.length} columns`} that no rule names`
  return failed(about('others'), { message, count: others.length, findings })
}
