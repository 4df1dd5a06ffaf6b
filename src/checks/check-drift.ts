// A table held against what it was: how many rows, and what the values of its columns are like. Statistics: spec/29-profile.md
import { DvError } from '../base/index.js'
import {
  type CategoryDrift,
  driftOf,
  isNumeric,
  type NumberDrift,
  type OnlyThere,
  typeColumns,
  type TypedTable,
} from '../profile/index.js'
import { unknownColumn } from '../tables/index.js'
import { counted, rounded } from './amounts.js'
import { type About, errored, failed, type Finding, type Outcome, passed, skipped } from './outcome.js'
import { type DriftColumn, type DriftRules, inside, type Limit, shareOf } from './rules.js'
import { type Tested, workOn } from './tested.js'

/** Both sides with the types of their columns. */
interface Sides {
  /** What it is held against, for messages. */
  name: string
  reference: TypedTable[]
  current: TypedTable
}

/** `current`: the table, whose columns were looked at. */
export async function* checkDrift(
  tested: Tested,
  rules: DriftRules,
  current: TypedTable,
): AsyncGenerator<Outcome> {
  let sides: Sides
  try {
    const found = await openReference(tested, rules)
    if (typeof found === 'string') return yield skipped(tested.about('drift'), found)
    sides = { ...found, current }
  } catch (error) {
    return yield errored(tested.about('drift'), error)
  }
  if (rules.rows !== undefined) yield rowsOutcome(sides, rules.rows, tested.about('drift.rows'))
  for (const [name, column] of Object.entries(rules.columns ?? {})) {
    const key = inside('drift.columns', name)
    if (name !== '*') yield* checkColumn(tested, sides, { name, rules: column, key })
    else
      for (const one of othersOf(sides, rules))
        yield* checkColumn(tested, sides, { name: one, rules: fitting(sides, one, column), key })
  }
}

/** Or why there is nothing to hold it against. */
async function openReference(
  { run, file }: Tested,
  { against }: DriftRules,
): Promise<Omit<Sides, 'current'> | string> {
  const { subject, db, rules } = run
  const meant = run.against ?? against ?? rules.file.against ?? 'parent'
  const { name, tables } = await subject.otherVersion(meant, file.path)
  if (tables.length === 0) return `There is no '${file.path}' in ${name}`
  const reference: TypedTable[] = []
  for (const table of tables) reference.push(await typeColumns(db, await table(), workOn(run, file)))
  return { name, reference }
}

function rowsOutcome({ name, reference, current }: Sides, limit: string, about: About): Outcome {
  const mean = reference.reduce((sum, { rows }) => sum + rows, 0) / reference.length
  const change = mean === 0 ? (current.rows === 0 ? 0 : Infinity) : Math.abs(current.rows / mean - 1)
  if (change <= shareOf(limit)) return passed(about)
  const message = `There are ${current.rows} rows, where ${name} has ${rounded(mean)}: ${limit} is the limit`
  return failed(about, { message, count: 1, findings: [] })
}

/** Columns that both sides have and no rule names. */
function othersOf({ reference, current }: Sides, { columns = {} }: DriftRules): string[] {
  return current.columns
    .map(({ name }) => name)
    .filter((name) => !Object.hasOwn(columns, name) && reference.some((table) => columnIn(table, name)))
}

/** Of rules for any column those that mean something for this one. */
function fitting(
  sides: Sides,
  name: string,
  { psi, ks, quantiles, nulls, categories }: DriftColumn,
): DriftColumn {
  const types = [...sides.reference, sides.current].flatMap((table) => columnIn(table, name)?.type ?? [])
  const areNumbers = types.every(isNumeric)
  const areTexts = types.every((type) => type === 'string' || type === 'boolean')
  return {
    ...(nulls !== undefined && { nulls }),
    ...(psi !== undefined && (areNumbers || areTexts) && { psi }),
    ...(ks !== undefined && areNumbers && { ks }),
    ...(quantiles && areNumbers && { quantiles }),
    ...(categories !== undefined && areTexts && { categories }),
  }
}

function columnIn({ columns }: TypedTable, name: string) {
  return columns.find((column) => column.name === name)
}

interface Column {
  name: string
  rules: DriftColumn
  key: string
}

async function* checkColumn(
  tested: Tested,
  sides: Sides,
  { name, rules, key }: Column,
): AsyncGenerator<Outcome> {
  const { about } = tested
  const { current } = sides
  if (!columnIn(current, name)) {
    const known = current.columns.map((column) => column.name)
    return yield errored(about(key), unknownColumn(name, { known, path: current.path }))
  }
  const reference = sides.reference.filter((table) => columnIn(table, name))
  if (reference.length === 0)
    return yield skipped(about(key), `The '${current.path}' of ${sides.name} has no column '${name}'`)
  const held: Held = { ...sides, reference, column: name, about: (rule) => about(`${key}.${rule}`) }
  if (rules.nulls !== undefined) yield nullsOutcome(held, rules.nulls)
  yield* checkValues(tested, held, rules)
}

/** A column of both sides that rules are about. */
interface Held extends Sides {
  column: string
  about(rule: string): About
}

async function* checkValues(
  tested: Tested,
  held: Held,
  { psi, ks, quantiles, categories }: DriftColumn,
): AsyncGenerator<Outcome> {
  const { run, file } = tested
  const { reference, current, column } = held
  const probabilities = quantiles && { probabilities: Object.keys(quantiles).map(Number) }
  const request = { reference, current: [current], column, ...workOn(run, file), ...probabilities }
  const isOfValues = psi !== undefined || ks !== undefined || quantiles !== undefined
  const drift = isOfValues ? await driftOf(run.db, request) : undefined
  const numbers = drift?.as === 'numbers' ? drift : undefined
  if (psi !== undefined) yield measured(held, 'psi', { value: drift?.psi?.value, limit: psi })
  if (ks !== undefined) {
    const value = numbers?.ks?.statistic
    yield numbers ? measured(held, 'ks', { value, limit: ks }) : noNumbers(held, 'ks')
  }
  if (quantiles) yield numbers ? quantilesOutcome(held, quantiles, numbers) : noNumbers(held, 'quantiles')
  if (categories === undefined) return
  const found = drift?.as === 'categories' ? drift : await driftOf(run.db, { ...request, asCategories: true })
  yield categoriesOutcome(held, categories, { ...(found as CategoryDrift).added, shown: run.limit })
}

function categoriesOutcome(
  { column, name, about }: Held,
  limit: number,
  { count, named, shown }: OnlyThere & { shown: number },
): Outcome {
  if (count <= limit) return passed(about('categories'))
  const findings = named
    .slice(0, shown)
    .map((one): Finding => ({ column, value: one.category, times: one.count }))
  const message = `${counted(count, 'value')} of '${column}' ${count === 1 ? 'is' : 'are'} not in ${name}`
  return failed(about('categories'), { message, count, findings })
}

function nullsOutcome({ name, reference, current, column, about }: Held, limit: string): Outcome {
  const rate = (tables: readonly TypedTable[]) => {
    const rows = tables.reduce((sum, table) => sum + table.rows, 0)
    const missing = tables.reduce((sum, table) => sum + columnIn(table, column)!.missing, 0)
    return rows === 0 ? 0 : missing / rows
  }
  const [before, now] = [rate(reference), rate([current])]
  if (now - before <= shareOf(limit) + SLACK) return passed(about('nulls'))
  const percent = (share: number) => `${rounded(share * 100)}%`
  const message = `${percent(now)} of '${column}' have no value, where ${name} has ${percent(before)}: ${limit} more may`
  return failed(about('nulls'), { message, count: 1, findings: [] })
}

/** Differences of floating-point numbers, which must not decide. */
const SLACK = 1e-12

const NAMES = { psi: 'PSI', ks: 'Kolmogorov-Smirnov statistic' }

function measured(
  { name, column, about }: Held,
  rule: keyof typeof NAMES,
  { value, limit }: { value: number | undefined; limit: number },
): Outcome {
  if (value === undefined) return skipped(about(rule), `'${column}' has no values on one side`)
  if (value <= limit + SLACK) return passed(about(rule))
  const message = `The ${NAMES[rule]} of '${column}' against ${name} is ${rounded(value)}, where ${limit} is the limit`
  return failed(about(rule), { message, count: 1, findings: [] })
}

function noNumbers({ current, column, about }: Held, rule: string): Outcome {
  const type = columnIn(current, column)!.type
  const error = new DvError(
    'DV_NOT_NUMBERS',
    `'${column}' has values that are no numbers (${type}), which '${rule}' is about`,
    {
      data: { column, type },
      hint: "of texts 'psi' and 'categories' are told",
    },
  )
  return errored(about(rule), error)
}

function quantilesOutcome(
  { name, column, about }: Held,
  limits: Readonly<Record<string, Limit>>,
  { quantiles }: NumberDrift,
): Outcome {
  const moved = Object.entries(limits).flatMap(([at, limit]): string[] => {
    const { reference, current } = quantiles.find(({ p }) => p === Number(at)) ?? {}
    if (reference === undefined || current === undefined) return []
    const far = typeof limit === 'number' ? limit : shareOf(limit) * Math.abs(reference)
    if (Math.abs(current - reference) <= far + SLACK) return []
    return [
      `quantile ${at} of '${column}' is ${rounded(current)}, where ${name} has ${rounded(reference)} (${limit} is the limit)`,
    ]
  })
  if (moved.length === 0) return passed(about('quantiles'))
  const text = moved.join('; ')
  const message = text[0]!.toUpperCase() + text.slice(1)
  return failed(about('quantiles'), { message, count: moved.length, findings: [] })
}
