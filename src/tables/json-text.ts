import type { Cell, Row, RowText } from './row-text.js'

/** The rows of JSON Lines: an object each. Values are compared as they are written. */
export function jsonRows(text: string): RowText | undefined {
  const rows = [...text.matchAll(/([^\r\n]+)([\r\n]*)/g)].map(([, line, end]) => ({ text: line!, end: end! }))
  const first = rows[0]
  if (!first || rows.some((row) => membersOf(row.text) === undefined)) return undefined
  return {
    head: /^[\r\n]*/.exec(text)![0],
    rows,
    cellsOf: (row) => new Map(membersOf(row.text)!.map(({ name, cell }) => [name, cell])),
    withCells: (row, cells) => replaced(row, cells),
  }
}

interface Member {
  name: string
  /** From the name to the colon and the blanks behind it. */
  label: string
  cell: Cell
  /** The blanks before the name. */
  lead: string
  trail: string
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/gy
const BLANK = /\s*/y

/** Undefined for what is no object, or has a name twice. */
function membersOf(line: string): Member[] | undefined {
  try {
    const parsed: unknown = JSON.parse(line)
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined
    const members = scan(line)
    return new Set(members.map(({ name }) => name)).size === members.length ? members : undefined
  } catch {
    return undefined
  }
}

/** The members of an object that is known to be JSON. */
function scan(line: string): Member[] {
  const members: Member[] = []
  let at = line.indexOf('{') + 1
  for (;;) {
    const lead = blank(line, at)
    at += lead.length
    if (line[at] === '}') return members
    const quoted = token(line, at)
    const colon = at + quoted.length + blank(line, at + quoted.length).length + 1
    const start = colon + blank(line, colon).length
    const end = valueEnd(line, start)
    const trail = blank(line, end)
    const text = line.slice(start, end)
    members.push({
      ...{ name: JSON.parse(quoted) as string, label: line.slice(at, start), lead, trail },
      cell: { text, value: text },
    })
    at = end + trail.length
    if (line[at] === '}') return members
    at++
  }
}

function blank(line: string, at: number): string {
  BLANK.lastIndex = at
  return BLANK.exec(line)![0]
}

function token(line: string, at: number): string {
  TOKEN.lastIndex = at
  return TOKEN.exec(line)![0]
}

function valueEnd(line: string, start: number): number {
  let depth = 0
  let at = start
  do {
    at += blank(line, at).length
    const found = token(line, at)
    if (found === '{' || found === '[') depth++
    else if (found === '}' || found === ']') depth--
    at += found.length
  } while (depth > 0)
  return at
}

function replaced(row: Row, cells: ReadonlyMap<string, Cell | undefined>): string {
  const members = membersOf(row.text)!
  const kept = members.filter(({ name }) => !cells.has(name) || cells.get(name) !== undefined)
  const [like] = members
  const added = [...cells].flatMap(([name, cell]) =>
    cell && !members.some((member) => member.name === name) ? [{ name, cell }] : [],
  )
  const written = [
    ...kept.map(
      ({ name, label, lead, trail, cell }) => `${lead}${label}${(cells.get(name) ?? cell).text}${trail}`,
    ),
    ...added.map(({ name, cell }, i) => {
      const isFirst = kept.length + i === 0
      const label = `${JSON.stringify(name)}:${/:(\s*)$/.exec(like?.label ?? ':')![1]}`
      return `${isFirst ? (like?.lead ?? '') : (members[1]?.lead ?? '')}${label}${cell.text}`
    }),
  ]
  const open = row.text.slice(0, row.text.indexOf('{') + 1)
  return `${open}${written.join(',')}${row.text.slice(row.text.lastIndexOf('}'))}`
}
