// What differs in a notebook, for people.
import type { CellRecord, CellsRecord, NotebookRecord, OutputSummary } from '../api-types.js'
import { count, number, size } from './amounts.js'
import { renderHunks } from './changes.js'
import { safe } from './escape.js'
import type { Screen } from './screen.js'

export function renderNotebook({ kernel }: NotebookRecord, screen: Screen): void {
  if (kernel) screen.line(`  kernel: ${safe(kernel.before ?? '(none)')} -> ${safe(kernel.after ?? '(none)')}`)
}

const SIGNS = { added: '+', removed: '-', changed: '~', moved: '~' } as const
const COLORS = { added: 'green', removed: 'red', changed: 'yellow', moved: 'cyan' } as const

export function renderCell(cell: CellRecord, screen: Screen): void {
  const { change, kind, id, before, after, source, outputs } = cell
  const paint = screen.style[COLORS[change]]
  const place = change === 'moved' ? `${before} -> ${after}, moved` : `${after ?? before}`
  const name = id === undefined ? '' : ` ${safe(id)}`
  screen.line(
    `${paint(SIGNS[change])} ${screen.style.dim(`cell ${place}`)} ${safe(kind)}${screen.style.dim(name)}`,
  )
  if (source) renderHunks(source, screen)
  const isBoth = before !== undefined && after !== undefined
  if (outputs && isBoth) for (const line of outputLines(outputs)) screen.line(`  output: ${line}`)
}

export function renderCells(
  { added, removed, changed, moved, unchanged }: CellsRecord,
  screen: Screen,
): void {
  if (added + removed + changed + moved === 0) {
    screen.line('  the same cells; execution counts or other metadata differ')
    return
  }
  const parts = [`${number(added)} added`, `${number(removed)} removed`, `${number(changed)} changed`]
  if (moved > 0) parts.push(`${number(moved)} moved`)
  screen.line(screen.style.bold(`  cells: ${parts.join(', ')}, ${number(unchanged)} unchanged`))
}

/** 'image/png 12 kB -> 13 kB', 'stdout 3 lines -> 4 lines', 'text/html 20 lines -> nothing'. */
function outputLines({ before, after }: NonNullable<CellRecord['outputs']>): string[] {
  const lines: string[] = []
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    const [a, b] = [before[i], after[i]]
    if (a?.same) continue
    const isAlike = a && b && a.kind === b.kind
    if (isAlike)
      lines.push(
        `${safe(a.kind)} ${amount(a) === amount(b) ? `${amount(b)}, changed` : `${amount(a)} -> ${amount(b)}`}`,
      )
    else lines.push(`${whole(a)} -> ${whole(b)}`)
  }
  return lines
}

function whole(output: OutputSummary | undefined): string {
  return output ? `${safe(output.kind)} ${amount(output)}`.trim() : 'nothing'
}

function amount({ lines, bytes, name }: OutputSummary): string {
  if (lines !== undefined) return count(lines, 'line')
  return bytes === undefined ? safe(name ?? '') : size(bytes)
}
