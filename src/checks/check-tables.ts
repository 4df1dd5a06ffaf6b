// Rules about table files. What rows tell by themselves is counted in one pass; where it is wrong is looked for only when it is.
import { explain } from '../tables/index.js'
import { isIn, rangeText } from './amounts.js'
import { checkDrift } from './check-drift.js'
import { type About, errored, failed, type Outcome, passed } from './outcome.js'
import { type RowRule, rowRules, wrongType } from './row-rules.js'
import { type ColumnRules, inside, listOf, type TablesItem } from './rules.js'
import { nameOf, type Run } from './run.js'
import { missingColumn, noSuchFile, openAt, select, type Tested } from './tested.js'
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
  if (item.drift) yield* checkDrift(tested, item.drift)
}

interface Counts {
  rows: number
  /** Each rule of rows with how many break it, by column. */
  broken: Map<string, { rule: RowRule; count: number }[]>
}

async function countBroken({ run, item, table, file }: Tested): Promise<Counts> {
  const planned = Object.entries(item.columns ?? {}).flatMap(([name, rules]) => {
    const cell = table.cells.find((one) => one.name === name)
    return cell && rules ? [{ name, rules: rowRules(cell, rules) }] : []
  })
  const all = planned.flatMap(({ rules }) => rules)
  const sums = all.map(({ broken }) => `count(*) FILTER (${broken})`)
  const sql = `SELECT ${['count(*)', ...sums].join(', ')} FROM ${table.from}`
  try {
    const [row] = await select(run, sql)
    const [rows, ...counts] = row!.map(Number) as [number, ...number[]]
    const broken = planned.map(
      ({ name, rules }) => [name, rules.map((rule) => ({ rule, count: counts.shift()! }))] as const,
    )
    return { rows, broken: new Map(broken) }
  } catch (error) {
    throw await explain(error, [await run.subject.table(file)])
  }
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
  else if (rules.type !== undefined && !broken.get(name)!.some(({ rule }) => rule.key === 'type'))
    yield passed(about(`${key}.type`))
  for (const { rule, count } of broken.get(name) ?? [])
    yield await rowOutcome(tested, { rule, count, rows, about: about(`${key}.${rule.key}`) })
  if (rules.unique) yield await checkUnique(tested, [name], `${key}.unique`)
  if (rules.fresh !== undefined)
    yield await checkFresh(tested, { cell, fresh: rules.fresh, key: `${key}.fresh` })
}

async function rowOutcome(
  { run, table }: Tested,
  { rule, count, rows, about }: { rule: RowRule; count: number; rows: number; about: About },
): Promise<Outcome> {
  if (count <= rule.allowed(rows)) return passed(about)
  const { text, name } = rule.cell
  const found = await select(
    run,
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
