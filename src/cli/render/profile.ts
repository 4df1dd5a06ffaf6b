// What dv profile found, as a person reads it.
import type { ColumnProfile, FolderProfile, ImagesProfile, ProfileRecord, TableRead } from '../api-types.js'
import { count, number, size, sum } from './amounts.js'
import { safe } from './escape.js'
import type { Screen } from './screen.js'
import { type Align, table } from './table.js'

export async function renderProfile(records: AsyncIterable<ProfileRecord>, screen: Screen): Promise<void> {
  for await (const record of records) {
    if (record.type === 'folder') folderLines(record, screen)
    else if (record.type === 'table') tableLines(record, screen)
    else if (record.type === 'summary' && record.unread > 0)
      screen.warn(`${count(record.unread, 'table')} could not be read`)
    await screen.breathe()
  }
}

const ENDINGS = 5
const KINDS = 3

function folderLines(folder: FolderProfile, screen: Screen): void {
  const endings = folder.formats.slice(0, ENDINGS).map(({ extension, files }) => {
    const name = extension === '' ? 'no ending' : safe(extension)
    return `${name} ${number(files)}`
  })
  if (folder.formats.length > ENDINGS) endings.push('…')
  const path = screen.style.bold(safe(folder.path === '' ? '.' : folder.path))
  screen.line(`${path}  ${sum(folder)}: ${endings.join(', ')}`)
  if (folder.images) for (const line of imageLines(folder.images)) screen.line(`  ${line}`)
}

function imageLines({ files, looked, unreadable, kinds }: ImagesProfile): string[] {
  const lines = kinds.slice(0, KINDS).map((kind) => {
    const axes = kind.axes === undefined ? '' : ` ${safe(kind.axes)}`
    return `${count(kind.files, 'image')}: ${kind.format} ${kind.shape.join('×')}${axes} ${safe(kind.type)}`
  })
  if (kinds.length > KINDS) lines.push(`and ${count(kinds.length - KINDS, 'more kind')}`)
  if (unreadable > 0) lines.push(`${count(unreadable, 'image')} cannot be read`)
  if (looked < files) lines.push(`${number(looked)} of ${count(files, 'image')} were looked at`)
  return lines
}

function tableLines(record: ProfileRecord & { type: 'table' }, screen: Screen): void {
  const path = screen.style.bold(safe(record.path))
  if ('error' in record) {
    screen.line(`${path}  ${screen.style.red(safe(record.error.message))}`)
    return
  }
  const { rows, columns, bytes } = record
  screen.line(`${path}  ${count(rows, 'row')}, ${count(columns.length, 'column')}, ${size(bytes)}`)
  const align: Align[] = ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'left']
  const cells = columns.map((column) => columnCells(column, record))
  const paint = (cell: string, _: number, row: number) => (row === 0 ? screen.style.dim(cell) : cell)
  for (const line of table([HEAD, ...cells], align, paint)) screen.line(`  ${line}`)
}

const HEAD = ['column', 'type', 'missing', 'distinct', 'min', 'median', 'mean', 'max', 'values']

function columnCells(column: ColumnProfile, { rows }: TableRead): string[] {
  const { name, type, missing, distinct, min, max, mean, quantiles, exact } = column
  const median = quantiles?.find(({ p }) => p === 0.5)?.value
  return [
    shortened(name),
    type,
    missing === 0 ? '' : percent(missing, rows),
    distinct === undefined ? '' : `${distinct.exact ? '' : '~'}${number(distinct.count)}`,
    valueCell(min),
    median === undefined ? '' : `${exact ? '' : '~'}${valueCell(median)}`,
    valueCell(mean),
    valueCell(max),
    valuesCell(column, rows),
  ]
}

const CELL_CHARS = 24
const TOP = 3
/** Fewer different values than this are better told than drawn. */
const DRAWN_FROM = 4

function valuesCell({ histogram, top = [], distinct }: ColumnProfile, rows: number): string {
  if (histogram && (distinct?.count ?? 0) >= DRAWN_FROM) return bars(histogram.counts)
  const named = top.filter(({ count: times }) => times > 1 || top.length <= TOP).slice(0, TOP)
  return named.map(({ value, count: times }) => `${shortened(value)} ${percent(times, rows)}`).join(', ')
}

const BARS = [...' ▁▂▃▄▅▆▇█']

/** What is there at all is not drawn as nothing. */
function bars(counts: readonly number[]): string {
  const most = Math.max(...counts)
  return counts.map((times) => BARS[Math.ceil((times / most) * (BARS.length - 1))]).join('')
}

function percent(part: number, whole: number): string {
  const share = (100 * part) / whole
  return share > 0 && share < 0.1 ? '<0.1%' : `${Number(share.toFixed(1))}%`
}

const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\.\d{3}Z$/

function valueCell(value: number | string | undefined): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return shortened(value.replace(TIME, '$1 $2').replace(/ 00:00$/, ''))
  return Number.isInteger(value) && Math.abs(value) < 1e15
    ? String(value)
    : String(Number(value.toPrecision(5)))
}

function shortened(text: string): string {
  const line = safe(text)
  return line.length > CELL_CHARS ? `${line.slice(0, CELL_CHARS - 1)}…` : line
}
