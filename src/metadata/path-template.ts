// Paths of the rows of a table: a column that has them, or a text with the names of columns in braces.
import { DvError } from '../base/index.js'
import { badTable } from '../tables/index.js'
import { columnsNamed, type MetadataTable, type TableRow } from './table.js'

export type PathRule = { column: string } | { template: string }

/** What gives each row its path, and the columns that are nothing but paths. Throws DV_UNKNOWN_COLUMN, DV_USAGE. */
export function pathsBy<Cell>(
  table: MetadataTable<Cell>,
  rule: PathRule,
): { pathOf: (row: TableRow<Cell>) => string; isPathOnly: (column: number) => boolean } {
  const { path, columns, textOf } = table
  if ('column' in rule) {
    const at = columnsNamed(table, [rule.column])[0]!
    return { pathOf: (row) => cellText(row, at), isPathOnly: (column) => column === at }
  }
  const parts = partsOf(rule.template)
  const places = columnsNamed(
    table,
    parts.filter((_, i) => i % 2 === 1),
  )
  const pathOf = (row: TableRow<Cell>) =>
    parts.map((part, i) => (i % 2 === 0 ? part : cellText(row, places[(i - 1) / 2]!))).join('')
  return { pathOf, isPathOnly: () => false }

  function cellText({ line, cells }: TableRow<Cell>, at: number): string {
    const cell = cells[at]
    const text = cell === undefined ? '' : textOf(cell)
    if (text === '')
      throw badTable(path, `the row has no '${columns[at]!.name}', so that it names no path`, { line })
    return text
  }
}

/** Text, column, text, column, …, text. Two braces are one of the text. */
function partsOf(template: string): string[] {
  const parts: string[] = ['']
  for (const [token] of template.matchAll(/\{\{|\}\}|\{[^{}]*\}|[^{}]+|[{}]/g)) {
    if (token === '{{' || token === '}}') addTo(parts, token.slice(0, 1))
    else if (/^\{.+\}$/.test(token)) parts.push(token.slice(1, -1), '')
    else if (/[{}]/.test(token)) throw badTemplate(template)
    else addTo(parts, token)
  }
  if (parts.length === 1) throw badTemplate(template)
  return parts
}

function addTo(parts: string[], text: string): void {
  parts.push(parts.pop()! + text)
}

function badTemplate(template: string): DvError {
  return new DvError('DV_USAGE', `'${template}' does not say where the path of a row is`, {
    hint: "it takes names of columns in braces: --path 'images/{plate}/{well}.tif'; '{{' is a brace",
  })
}
