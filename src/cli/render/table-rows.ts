// Rows of a table that differ, for people.
import type { TableCell, TableRecord } from '../api-types.js'
import { count, number } from './amounts.js'
import { safe } from './escape.js'
import type { Screen } from './screen.js'

type Head = Extract<TableRecord, { type: 'table' }>
type Row = Extract<TableRecord, { type: 'row' }>
type Counts = Extract<TableRecord, { type: 'rows' }>

const SOURCES = {
  given: '',
  attributes: ' (.dvattributes)',
  automatic: ' (found: never empty, never twice, in both versions)',
  none: '',
}

export function renderTableHead({ key, keySource, columns }: Head, screen: Screen): void {
  const { green, red, yellow, dim } = screen.style
  const names = key.map(safe).join(', ')
  screen.line(
    dim(key.length > 0 ? `  key: ${names}${SOURCES[keySource]}` : '  no key: rows are counted, not matched'),
  )
  for (const { name, before, after } of columns) {
    if (before === undefined) screen.line(green(`  + column ${safe(name)} ${after}`))
    else if (after === undefined) screen.line(red(`  - column ${safe(name)} ${before}`))
    else if (before !== after) screen.line(yellow(`  ~ column ${safe(name)} ${before} -> ${after}`))
  }
}

export function renderRow(row: Row, screen: Screen): void {
  const { green, red, yellow, dim } = screen.style
  if (row.change === 'changed') {
    const cells = row.cells.map(
      ({ column, before, after }) => `${safe(column)}: ${red(cell(before))} -> ${green(cell(after))}`,
    )
    screen.line(`${yellow('~')} ${dim(`row ${number(row.after)}`)} ${fields(row.key)}  ${cells.join(', ')}`)
    return
  }
  const [sign, paint, at] =
    row.change === 'added' ? (['+', green, row.after] as const) : (['-', red, row.before] as const)
  const times = row.count > 1 ? ` (${number(row.count)} times)` : ''
  screen.line(`${paint(sign)} ${dim(`row ${number(at)}`)} ${paint(fields(row.values))}${times}`)
}

export function renderRowCounts({ added, removed, changed, unchanged, cells }: Counts, screen: Screen): void {
  const kinds = [`${number(added)} added`, `${number(removed)} removed`, `${number(changed)} changed`]
  const total = Object.values(cells).reduce((sum, one) => sum + one, 0)
  const within = total === 0 ? '' : ` (${count(total, 'cell')})`
  screen.line(screen.style.bold(`  rows: ${kinds.join(', ')}${within}, ${number(unchanged)} unchanged`))
  const byColumn = Object.entries(cells).map(([name, one]) => `${safe(name)} ${number(one)}`)
  if (byColumn.length > 0) screen.line(screen.style.dim(`  changed cells by column: ${byColumn.join(', ')}`))
}

function fields(values: Readonly<Record<string, TableCell>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${safe(name)}=${cell(value)}`)
    .join(' ')
}

const PLAIN = /^[^\s'",=]+$/u

/** A text stands in quotes where it could be taken for something else. */
function cell(value: TableCell): string {
  if (value === null) return '(none)'
  if (typeof value === 'string') return PLAIN.test(value) ? safe(value) : `'${safe(value)}'`
  return safe(typeof value === 'object' ? JSON.stringify(value) : String(value))
}
