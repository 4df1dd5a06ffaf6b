// What a statement of a user is made of, as DuckDB's own parser tells it: one SELECT, which tables it names, which
// table functions it calls. Nothing here looks at the text itself.
import { badSql } from './errors.js'
import type { SqlRow } from './values.js'

export interface TableName {
  /** As written, without quotes. */
  name: string
  /** What stands before it with a dot, '' when nothing does. */
  schema: string
  /** Bytes of the statement before it. */
  position: number
}

export interface FunctionCall {
  name: string
  /** Arguments that are texts; undefined for others. */
  texts: (string | undefined)[]
  position: number
}

export interface Select {
  /** Tables that are no common table expressions, each time one is named. */
  tables: TableName[]
  tableFunctions: FunctionCall[]
  /** Names that columns are called by anywhere in it, those of tables before a dot too; in lower case. */
  columns: Set<string>
  /** Whether it asks for all columns of something. */
  star: boolean
}

/** A node of the tree that `json_serialize_sql` gives. */
type Node = Record<string, unknown>

/** Throws DV_BAD_SQL for what is not one SELECT. */
export async function parseSelect(
  run: (sql: string, values: readonly string[]) => Promise<SqlRow[]>,
  sql: string,
): Promise<Select> {
  const [row] = await run('SELECT json_serialize_sql($1::VARCHAR)', [sql])
  const tree = JSON.parse(row![0] as string) as Node
  if (tree['error'] === true) throw refused(sql, tree)
  const statements = tree['statements'] as Node[]
  if (statements.length === 0) throw badSql(sql, 'There is no statement in it, where a query was wanted')
  if (statements.length > 1)
    throw badSql(sql, `${statements.length} statements were given, where one query was wanted`)
  const select: Select = { tables: [], tableFunctions: [], columns: new Set(), star: false }
  visit(statements[0], new Set(), select)
  return select
}

function refused(sql: string, { error_type: type, error_message: message, position }: Node): Error {
  if (type === 'not implemented') {
    return badSql(sql, 'This is no query: a SELECT was wanted', {
      hint: 'a query only looks: WITH, SELECT, FROM, VALUES, DESCRIBE and SUMMARIZE are allowed',
    })
  }
  return badSql(sql, String(message), position === undefined ? {} : { position: Number(position) })
}

function visit(value: unknown, scope: ReadonlySet<string>, select: Select): void {
  if (Array.isArray(value)) for (const item of value) visit(item, scope, select)
  else if (typeof value === 'object' && value !== null) visitNode(value as Node, scope, select)
}

function visitNode(node: Node, scope: ReadonlySet<string>, select: Select): void {
  note(node, scope, select)
  const { cte_map: ctes, ...rest } = node
  const inner = ctes === undefined ? scope : visitCtes(ctes as Node, scope, select)
  for (const child of Object.values(rest)) visit(child, inner, select)
}

/** Common table expressions see those before them, and themselves when they are recursive. */
function visitCtes({ map }: Node, scope: ReadonlySet<string>, select: Select): Set<string> {
  const inner = new Set(scope)
  for (const { key, value } of map as { key: string; value: Node }[]) {
    const isRecursive = JSON.stringify(value).includes('"RECURSIVE_CTE_NODE"')
    visit(value, isRecursive ? new Set([...inner, key.toLowerCase()]) : inner, select)
    inner.add(key.toLowerCase())
  }
  return inner
}

function note(node: Node, scope: ReadonlySet<string>, select: Select): void {
  const position = Number(node['query_location'])
  switch (node['type']) {
    case 'BASE_TABLE': {
      const [name, schema] = [String(node['table_name']), String(node['schema_name'])]
      if (schema !== '' || !scope.has(name.toLowerCase())) select.tables.push({ name, schema, position })
      break
    }
    case 'SHOW_REF': {
      const name = unquoted(String(node['table_name']))
      if (name !== '' && !scope.has(name.toLowerCase())) select.tables.push({ name, schema: '', position })
      break
    }
    case 'TABLE_FUNCTION':
      select.tableFunctions.push({ ...callOf(node['function'] as Node), position })
      break
    case 'STAR':
      select.star = true
      break
    case 'COLUMN_REF':
      for (const part of node['column_names'] as string[]) select.columns.add(part.toLowerCase())
  }
}

function callOf({ function_name: name, children }: Node): Pick<FunctionCall, 'name' | 'texts'> {
  const texts = (children as Node[]).map((child) => {
    const value = (child['value'] as Node | undefined)?.['value']
    return child['type'] === 'VALUE_CONSTANT' && typeof value === 'string' ? value : undefined
  })
  return { name: String(name), texts }
}

function unquoted(name: string): string {
  return /^".*"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name
}
