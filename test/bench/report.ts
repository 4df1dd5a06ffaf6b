// The figures as Markdown, aligned, so that they can be read in a terminal and pasted as they are.
import type { Circumstances } from './machine.js'
import { besideOf, type Group, GROUPS, median, ratio, type Row, values, worst } from './measure.js'

const TITLES: Record<Group, string> = {
  kernels: 'Kernels: one core, data in memory, GB/s',
  start: 'Start, seconds',
  tree: 'A working directory of files of 1 KB, seconds',
  manifest: 'A manifest of so many entries, without the files, seconds',
  metadata: 'Ten keys of metadata for so many paths, from tables, seconds',
  query: 'SQL over so many files with ten keys of metadata, seconds',
  search: 'Words of so many texts of 1 KB, seconds',
  profile: 'Profiles and checks of a table, rows as the size says',
  tables:
    'Two versions of tables, rows as the size says, and of a stack of 2 MB for each 20,000 rows, seconds',
  checks: 'Checks of a table by rules of all kinds, rows as the size says',
  remote: 'A bucket on a server on loopback, seconds',
}
const NOT_MEASURED = '-'

export interface Report {
  circumstances: Circumstances
  rounds: number
  rows: readonly Row[]
}

export function markdown({ circumstances, rounds, rows }: Report): string {
  const { machine, system, node, commit, date } = circumstances
  const head = [
    `- Machine: ${machine}; ${system}; Node ${node}`,
    `- dv: commit ${commit}; measured on ${date}, in ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`,
    '- Cells are `median (worst)`; `-` is what was not measured. Files are in the page cache; dv and what it stands',
    '  beside take turns; what dv made is compared with what it was made from.',
  ]
  const parts = GROUPS.map((group) => groupTables(rows, group)).filter((part) => part !== '')
  return `${[head.join('\n'), ...parts].join('\n\n')}\n`
}

function groupTables(rows: readonly Row[], group: Group): string {
  const own = rows.filter((row) => row.group === group)
  if (own.length === 0) return ''
  const tables = own.some(({ size }) => size !== undefined) ? bySize(own) : oneTable(own)
  return [`## ${TITLES[group]}`, ...tables].join('\n\n')
}

/** Where the cost does not depend on a size, all that is known of a row stands beside it. */
function oneTable(rows: readonly Row[]): string[] {
  const header = ['', 'median (worst)', 'beside', 'times that']
  const cells = rows.map((row) => {
    const beside = besideOf(rows, row)
    const what = row.unit === 'MB' ? `${row.what}, MB` : row.what
    return [what, times(row), beside?.what ?? '', beside ? figure(ratio(row, beside)) : '']
  })
  const used = rows.filter(({ samples }) => samples.some(hasUsage))
  const usages = used.map((row) => [row.what, usage(row)])
  return [
    table([header, ...cells]),
    ...(used.length > 0 ? [table([['', 'CPU seconds; peak MB'], ...usages])] : []),
  ]
}

/** One column a size, so that growth is seen: the times, what they are of the yardsticks', and what else was used. */
function bySize(rows: readonly Row[]): string[] {
  const compared = (row: Row) => {
    const beside = besideOf(rows, row)
    return beside && figure(ratio(row, beside))
  }
  return [
    pivot(rows, '', ({ what }) => what, times),
    pivot(
      rows.filter(({ beside }) => beside !== undefined),
      'times as long as',
      ({ what, beside }) => `${what} ÷ ${beside}`,
      compared,
    ),
    pivot(
      rows.filter(({ samples }) => samples.some(hasUsage)),
      'CPU seconds; peak MB',
      ({ what }) => what,
      usage,
    ),
  ]
}

function pivot(
  rows: readonly Row[],
  corner: string,
  label: (row: Row) => string,
  cell: (row: Row) => string | undefined,
): string {
  const sizes = [...new Set(rows.map(({ size }) => size!))].sort((a, b) => a - b)
  const labels = [...new Set(rows.map(label))]
  const cells = labels.map((one) => {
    const found = sizes.map((size) => rows.find((row) => row.size === size && label(row) === one))
    return [one, ...found.map((row) => (row && cell(row)) ?? NOT_MEASURED)]
  })
  return table([[corner, ...sizes.map((size) => size.toLocaleString('en'))], ...cells])
}

function times(row: Row): string {
  const all = values(row)
  return `${figure(median(all))} (${figure(worst(row, all))})`
}

function hasUsage({ cpu, peak }: { cpu?: number; peak?: number }): boolean {
  return cpu !== undefined || peak !== undefined
}

/** The median of the processor's time, and the most memory of all rounds. */
function usage({ samples }: Row): string {
  const cpu = samples.flatMap((sample) => sample.cpu ?? [])
  const peak = samples.flatMap((sample) => sample.peak ?? [])
  return [
    cpu.length > 0 ? figure(median(cpu)) : NOT_MEASURED,
    peak.length > 0 ? `${Math.round(Math.max(...peak) / 1e6)}` : NOT_MEASURED,
  ].join('; ')
}

/** Three digits that count, and no more than three after the point. */
export function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return value.toFixed(value >= 10 ? 1 : value >= 1 ? 2 : 3)
}

/** A Markdown table as prettier lays it out: text to the left in the first column, figures to the right. */
export function table([header = [], ...body]: readonly (readonly string[])[]): string {
  const widths = header.map((_, i) => Math.max(3, ...[header, ...body].map((row) => row[i]!.length)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(header), line(rule), ...body.map(line)].join('\n')
}
