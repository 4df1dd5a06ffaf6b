import type {
  ChangeSums,
  CheckoutSums,
  DiffChange,
  MetaChange,
  StatusConflict,
  TransferSums,
  PurgedFiles,
} from '../api-types.js'
import { count, number, signedSize, size } from './amounts.js'
import { safe, safeTabs } from './escape.js'
import { metaText } from './metadata.js'
import type { Screen } from './screen.js'

const LETTERS = { added: 'A', modified: 'M', deleted: 'D', renamed: 'R' } as const
export const COLORS = { added: 'green', modified: 'yellow', deleted: 'red', renamed: 'cyan' } as const
/** Byte ranges of a change that are listed one by one. */
const RANGES_SHOWN = 10

/** '3 added, 1 modified (+1.2 MB, -300 B)', or 'no changes'. */
export function changeSummary(sums: ChangeSums): string {
  const kinds = (['added', 'modified', 'deleted', 'renamed'] as const).filter((kind) => sums[kind] > 0)
  if (kinds.length === 0) return 'no changes'
  const counts = kinds.map((kind) => `${number(sums[kind])} ${kind}`).join(', ')
  const bytes = [
    ...(sums.bytesAdded > 0 ? [`+${size(sums.bytesAdded)}`] : []),
    ...(sums.bytesRemoved > 0 ? [`-${size(sums.bytesRemoved)}`] : []),
  ]
  return bytes.length === 0 ? counts : `${counts} (${bytes.join(', ')})`
}

/** '12 files written (3.4 MB), 1 removed', or 'nothing to write'. */
export function checkoutSummary(sums: CheckoutSums): string {
  const parts = [
    ...(sums.written > 0 ? [`${count(sums.written, 'file')} written (${size(sums.bytes)})`] : []),
    ...(sums.removed > 0 ? [`${number(sums.removed)} removed`] : []),
  ]
  const holes = sums.purged && `; ${purgedSummary(sums.purged)}`
  return `${parts.length === 0 ? 'no file had to change' : parts.join(', ')}${holes ?? ''}`
}

/** '2 files are not there: a/b was purged on 2026-11-22: consent withdrawn; and 1 more'. */
export function purgedSummary({ count: all, items }: PurgedFiles): string {
  const [first] = items
  const what = first ? `: '${safe(first.path)}' was ${purgedOn(first)}` : ''
  return `${count(all, 'file')} ${all === 1 ? 'is' : 'are'} not there${what}${all > 1 ? `; and ${number(all - 1)} more` : ''}`
}

/** 'purged on 2026-11-22: consent withdrawn'. */
export function purgedOn({ time, reason }: { time: number; reason: string }): string {
  return `purged on ${new Date(time).toISOString().slice(0, 10)}: ${safe(reason)}`
}

/** '34 objects, 1.2 MB'. */
export function transferSummary(sums: TransferSums): string {
  const reused = sums.reusedBytes ? `; ${size(sums.reusedBytes)} were there already` : ''
  return `${count(sums.objects, 'object')}, ${size(sums.bytes)}${reused}`
}

/** `M  a/b.csv`, as `--name-status` prints it. */
export function nameStatusLine(change: DiffChange, screen: Screen): string {
  const letter = screen.style[COLORS[change.status]](LETTERS[change.status])
  return `${letter}  ${changePath(change, screen)}`
}

export function changePath(change: { path: string; from?: string }, screen: Screen): string {
  const path = screen.path(change.path)
  return change.from === undefined ? path : `${screen.path(change.from)} -> ${path}`
}

/** '1.2 MB -> 1.3 MB (+100 kB)', '+3.4 MB' for what is new. */
export function changeAmount(change: DiffChange): string {
  if (change.status === 'added') return `+${size(change.after)}`
  if (change.status === 'deleted') return `-${size(change.before)}`
  if (change.before === change.after) return size(change.after)
  return `${size(change.before)} -> ${size(change.after)} (${signedSize(change.after - change.before)})`
}

/** A change with all that is known of its content. */
export function renderChange(change: DiffChange, screen: Screen): void {
  const { style } = screen
  const paint = style[COLORS[change.status]]
  screen.line(
    style.bold(`${paint(change.status.padEnd(8))}  ${changePath(change, screen)}  ${changeAmount(change)}`),
  )
  if (change.kindBefore) screen.line(`  kind: ${change.kindBefore} -> ${change.kind}`)
  for (const one of change.metadata ?? []) renderMetaChange(one, screen)
  const { content } = change
  if (content?.type === 'text') renderHunks(content.hunks, screen)
  else if (content?.type === 'bytes') renderRanges(content, screen)
  else if (content?.type === 'purged') screen.line(`  ${purgedOn(content)}`)
  else if (content?.type === 'link') {
    if (content.before !== undefined) screen.line(style.red(`- points to ${safe(content.before)}`))
    if (content.after !== undefined) screen.line(style.green(`+ points to ${safe(content.after)}`))
  }
}

function renderMetaChange({ key, before, after }: MetaChange, screen: Screen): void {
  const { style } = screen
  if (before !== undefined) screen.line(style.red(`- ${safe(key)} = ${metaText(before)}`))
  if (after !== undefined) screen.line(style.green(`+ ${safe(key)} = ${metaText(after)}`))
}

type TextContent = Extract<NonNullable<DiffChange['content']>, { type: 'text' }>
type BytesContent = Extract<NonNullable<DiffChange['content']>, { type: 'bytes' }>

export function renderHunks(hunks: TextContent['hunks'], screen: Screen): void {
  const { red, green, cyan } = screen.style
  for (const hunk of hunks) {
    const { beforeStart, beforeLines, afterStart, afterLines } = hunk
    screen.line(cyan(`@@ -${beforeStart},${beforeLines} +${afterStart},${afterLines} @@`))
    for (const raw of hunk.lines) {
      const line = safeTabs(raw)
      screen.line(raw.startsWith('+') ? green(line) : raw.startsWith('-') ? red(line) : line)
    }
  }
}

function renderRanges(content: BytesContent, screen: Screen): void {
  const places = count(content.ranges.length, 'place')
  screen.line(`  ${size(content.changedBytes)} changed in ${places}`)
  for (const range of content.ranges.slice(0, RANGES_SHOWN)) {
    const { beforeStart, beforeLength, afterStart, afterLength } = range
    screen.line(
      `  at ${number(beforeStart)}: ${size(beforeLength)} -> at ${number(afterStart)}: ${size(afterLength)}`,
    )
  }
  const more = content.ranges.length - RANGES_SHOWN
  if (more > 0) screen.line(`  … and ${number(more)} more`)
}

const CONFLICT_WORDS: Record<StatusConflict['kind'], string> = {
  'both-modified': 'modified on both sides',
  'both-added': 'added on both sides',
  'deleted-by-us': 'deleted here, modified there',
  'deleted-by-them': 'modified here, deleted there',
  kind: 'of different kinds',
  metadata: 'metadata set differently',
}

/** A conflict and where its sides are; of a table, its cells in lines below. */
export function conflictLines(conflict: StatusConflict, screen: Screen): string[] {
  const sides = [
    ...(conflict.markers ? ['markers inside'] : []),
    ...(conflict.ours === undefined ? [] : [`ours: ${screen.path(conflict.ours)}`]),
    ...(conflict.theirs === undefined ? [] : [`theirs: ${screen.path(conflict.theirs)}`]),
    ...(conflict.metadataKeys ?? []).map(safe),
  ]
  const where = sides.length === 0 ? '' : ` (${sides.join(', ')})`
  const line = `${screen.style.red(screen.path(conflict.path))}  ${CONFLICT_WORDS[conflict.kind]}${where}`
  return [line, ...cellLines(conflict)]
}

const CELLS_SHOWN = 10

function cellLines({ cells = [], cellCount = 0 }: StatusConflict): string[] {
  const lines = cells.slice(0, CELLS_SHOWN).map(({ key, column, ours, theirs }) => {
    const row = Object.entries(key).map(([name, value]) => `${safe(name)}=${safe(value)}`)
    const what = column === undefined ? '' : ` ${safe(column)}`
    const [mine, other] = [ours, theirs].map((value) => (value === undefined ? '(none)' : safe(value)))
    return `  ${row.join(' ')}${what}: ours ${mine}, theirs ${other}`
  })
  const more = cellCount - lines.length
  return more > 0 ? [...lines, `  … and ${number(more)} more`] : lines
}

/** Conflicts and how to go on. */
export function renderConflicts(conflicts: readonly StatusConflict[], screen: Screen): void {
  for (const line of conflicts.flatMap((conflict) => conflictLines(conflict, screen)))
    screen.line(`  ${line}`)
  screen.hint("edit the files, or take one side with 'dv merge --ours PATH' or '--theirs PATH'")
  screen.hint("then 'dv merge --continue'; 'dv merge --abort' goes back")
}
