// How cost grows with the number of files, as a picture: two panels, both axes logarithmic. It has its own background,
// light or dark as the reader's system is, so that it can be read on any page.
import { median, type Row, values } from './measure.js'

const PANEL = { width: 330, height: 320, top: 56, left: 56, labels: 200 }
const WIDTH = 2 * (PANEL.left + PANEL.width + PANEL.labels)
const HEIGHT = PANEL.top + PANEL.height + 52
const LABEL_HEIGHT = 14
const COLORS = [
  ...['#2f81f7', '#d1600a', '#2da44e', '#a259e6', '#d03592'],
  ...['#128a8a', '#b58900', '#7d8590', '#8a5a3c', '#e5534b'],
]
const STYLE = `
  .back { fill: #ffffff } text { fill: #1f2328; font: 12px system-ui, sans-serif } .title { font-weight: 600 }
  .grid { stroke: #d1d9e0 } .line { fill: none; stroke-width: 2 }
  @media (prefers-color-scheme: dark) { .back { fill: #0d1117 } text { fill: #f0f6fc } .grid { stroke: #3d444d } }
`

export interface Range {
  from: number
  to: number
}

/** Maps values of a range of whole decades to pixels, logarithmically. */
export function logScale(domain: Range, pixels: Range): (value: number) => number {
  const [low, high] = [Math.log10(domain.from), Math.log10(domain.to)]
  return (value) => pixels.from + ((Math.log10(value) - low) / (high - low)) * (pixels.to - pixels.from)
}

/** The whole decades around all values; at least one. */
export function decadesAround(list: readonly number[]): Range {
  const from = Math.floor(Math.log10(Math.min(...list)) + 1e-9)
  const to = Math.ceil(Math.log10(Math.max(...list)) - 1e-9)
  return { from: 10 ** from, to: 10 ** Math.max(to, from + 1) }
}

/** Moves heights as little as it takes for neighbours to be at least `gap` from each other; in the order given. */
export function spread(heights: readonly number[], gap: number): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a]! - heights[b]!)
  const groups: number[][] = []
  const centre = (group: number[]) => group.reduce((sum, i) => sum + heights[i]!, 0) / group.length
  for (const i of order) {
    let group = [i]
    // Those that would overlap share one centre.
    for (let above = groups.at(-1); above; above = groups.at(-1)) {
      if (centre(group) - centre(above) >= ((group.length + above.length) * gap) / 2) break
      group = [...groups.pop()!, ...group]
    }
    groups.push(group)
  }
  const placed = [...heights]
  for (const group of groups) {
    const top = centre(group) - ((group.length - 1) * gap) / 2
    for (const [k, i] of group.entries()) placed[i] = top + k * gap
  }
  return placed
}

export function plot(rows: readonly Row[]): string {
  const panels = [
    panel(rows.filter(isIn('tree')), 'A working directory: seconds by files', 0),
    panel(rows.filter(isIn('manifest')), 'A manifest: seconds by entries', WIDTH / 2),
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    '<title>How the cost of dv grows with the number of files</title>',
    `<style>${STYLE}</style>`,
    `<rect class="back" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    ...panels,
    '</svg>\n',
  ].join('\n')
}

const isIn = (group: Row['group']) => (row: Row) => row.group === group && row.size !== undefined

interface Point {
  size: number
  seconds: number
}

function panel(rows: readonly Row[], title: string, x: number): string {
  if (rows.length === 0) return ''
  const lines = linesOf(rows)
  const points = [...lines.values()].flat()
  const sizes = decadesAround(points.map(({ size }) => size))
  const seconds = decadesAround(points.map((point) => point.seconds))
  const { left, top, width, height } = PANEL
  const toX = logScale(sizes, { from: left, to: left + width })
  const toY = logScale(seconds, { from: top + height, to: top })
  const ends = spread(
    [...lines.values()].map((line) => toY(line.at(-1)!.seconds)),
    LABEL_HEIGHT,
  )
  return [
    `<g transform="translate(${x} 0)">`,
    text({ x: left, y: 28, anchor: 'start' }, title, 'title'),
    ...decades(sizes).flatMap((size) => [
      `<path class="grid" d="M${px(toX(size))} ${top}v${height}"/>`,
      text({ x: toX(size), y: top + height + 20, anchor: 'middle' }, size.toLocaleString('en')),
    ]),
    ...decades(seconds).flatMap((value) => [
      `<path class="grid" d="M${left} ${px(toY(value))}h${width}"/>`,
      text({ x: left - 8, y: toY(value) + 4, anchor: 'end' }, `${value} s`),
    ]),
    ...[...lines].map(([what, line], i) => {
      const at = line.map((point) => `${px(toX(point.size))},${px(toY(point.seconds))}`)
      const [lastX, lastY] = at.at(-1)!.split(',')
      // What dv is measured beside is dashed.
      const dash = isYardstick(what) ? ' stroke-dasharray="4 4"' : ''
      const color = COLORS[i % COLORS.length]!
      return [
        `<polyline class="line" stroke="${color}"${dash} points="${at.join(' ')}"/>`,
        `<circle fill="${color}" cx="${lastX}" cy="${lastY}" r="3"/>`,
        `<path class="line" stroke="${color}" stroke-opacity="0.5" style="stroke-width:1" ` +
          `d="M${lastX} ${lastY}L${left + width + 12} ${px(ends[i]!)}"/>`,
        text({ x: left + width + 16, y: ends[i]! + 4, anchor: 'start' }, what),
      ].join('\n')
    }),
    '</g>',
  ].join('\n')
}

/** The medians of each thing done, by size. */
function linesOf(rows: readonly Row[]): Map<string, Point[]> {
  const lines = new Map<string, Point[]>()
  for (const row of [...rows].sort((a, b) => a.size! - b.size!)) {
    const point = { size: row.size!, seconds: median(values(row)) }
    const line = lines.get(row.what)
    if (line) line.push(point)
    else lines.set(row.what, [point])
  }
  return lines
}

function isYardstick(what: string): boolean {
  return /^(cp|find|node|going)\b/.test(what)
}

function decades({ from, to }: Range): number[] {
  const first = Math.round(Math.log10(from))
  const count = Math.round(Math.log10(to)) - first + 1
  return Array.from({ length: count }, (_, i) => Number(`1e${first + i}`))
}

function text({ x, y, anchor }: { x: number; y: number; anchor: string }, words: string, kind = ''): string {
  const escaped = words.replace(/&/g, '&amp;').replace(/</g, '&lt;')
  const named = kind === '' ? '' : ` class="${kind}"`
  return `<text${named} x="${px(x)}" y="${px(y)}" text-anchor="${anchor}">${escaped}</text>`
}

function px(value: number): string {
  return value.toFixed(1)
}
