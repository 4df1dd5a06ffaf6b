// The SQL of the table `files`: what is kept in Parquet files, with the columns a user sees.
import { quoteName, quoteText, SQL_TYPES } from '../sql/index.js'
import type { StoredColumn } from './file-rows.js'
import type { FileTable, Part } from './file-table.js'

/** Columns that every file has, in order. Metadata keys of these names are reached as "meta.KEY". */
export const FILE_COLUMNS = ['path', 'directory', 'name', 'extension', 'kind', 'size', 'id'] as const
/** Columns that are there when they are named. */
export const NAMED_COLUMNS = ['commit', 'meta'] as const

/** A key of metadata, and where among the stored columns its values of each type are. */
interface Key {
  key: string
  stored: { type: string; name: string }[]
}

export interface FileViewOptions {
  /** Lower-case names of columns that the query names. */
  named: ReadonlySet<string>
  /** A table of `path` and `commit`, when `commit` is named; `otherwise`: of all other paths. */
  changed?: { table: string; otherwise: string }
  /** More names, in lower case, that no key is called by alone. */
  reserved?: readonly string[]
}

/** A SELECT of the table of files, in the order of its columns. */
export function fileSelect(table: FileTable, { named, changed, reserved = [] }: FileViewOptions): string {
  const keys = byKey(table.keys)
  const columns = [
    'path',
    `CASE WHEN contains(path, '/') THEN left(path, length(path) - length(${NAME}) - 1) ELSE '' END AS directory`,
    `${NAME} AS name`,
    `lower(regexp_extract(${NAME}, '(?s)^.+\\.([^.]*)$', 1)) AS extension`,
    ...['kind', 'size', 'lower(hex(id)) AS id'],
    ...(changed ? [`coalesce(changed."commit", ${quoteText(changed.otherwise)}) AS "commit"`] : []),
    ...aliased(columnNames(keys, reserved), keys.map(valueOf)),
    ...(named.has('meta') ? [`${structOf(keys)} AS meta`] : []),
  ]
  const join = changed ? ` LEFT JOIN ${changed.table} AS changed USING (path)` : ''
  return `SELECT ${columns.join(', ')} FROM (${storedSelect(table)})${join}`
}

const NAME = "regexp_extract(path, '[^/]*$')"

/** All stored columns under the names `k0`, `k1`, … of the table's keys. */
function storedSelect({ base, delta, keys }: FileTable): string {
  const select = ({ columns }: Part) => {
    const stored = keys.map((key, i) => `${storedName(columns, key)} AS k${i}`)
    return `SELECT ${['path', 'kind', 'size', 'id', ...stored].join(', ')} FROM`
  }
  const file = quoteText(base.file)
  if (!delta) return `${select(base)} ${file}`
  const newer = quoteText(delta.file)
  return `${select(base)} ${file} ANTI JOIN (SELECT path FROM ${newer}) USING (path)
    UNION ALL ${select(delta)} ${newer} WHERE gone IS NULL`
}

function storedName(columns: readonly StoredColumn[], { key, type }: { key: string; type: string }): string {
  const found = columns.find((column) => column.key === key && column.type === type)
  return found?.name ?? `CAST(NULL AS ${SQL_TYPES[type] ?? 'VARCHAR'})`
}

function byKey(keys: FileTable['keys']): Key[] {
  const found = new Map<string, Key>()
  for (const [i, { key, type }] of keys.entries()) {
    const known = found.get(key) ?? { key, stored: [] }
    known.stored.push({ type, name: `k${i}` })
    found.set(key, known)
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** A key's value: of its type where all values have one, else as JSON text. */
function valueOf({ stored }: Key): string {
  const types = stored.map(({ type }) => type)
  if (types.every((type) => type.startsWith('list('))) return listOf(stored)
  const type = commonType(types)
  if (type === undefined) return coalesce(stored.map(jsonOf))
  return coalesce(
    stored.map(({ name, type: own }) => (SQL_TYPES[own] === type ? name : `CAST(${name} AS ${type})`)),
  )
}

function listOf(stored: Key['stored']): string {
  const items = stored
    .flatMap(({ type }) => type.slice('list('.length, -1).split(','))
    .filter((type) => type !== '')
  const type = items.length === 0 ? 'VARCHAR' : (commonType([...new Set(items)]) ?? 'JSON')
  return `CAST(CAST(${coalesce(stored.map(({ name }) => name))} AS JSON) AS ${type}[])`
}

function commonType(types: readonly string[]): string | undefined {
  if (types.length === 1) return SQL_TYPES[types[0]!]
  return types.every((type) => type === 'int64' || type === 'float64') ? 'DOUBLE' : undefined
}

function jsonOf({ name, type }: { name: string; type: string }): string {
  if (type.startsWith('list(')) return name
  if (type === 'date') return `strftime(${name}, '"%Y-%m-%dT%H:%M:%S.%gZ"')`
  return `CAST(to_json(${name}) AS VARCHAR)`
}

function coalesce(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : `coalesce(${values.join(', ')})`
}

/** One value of all metadata: `meta.plate`, `meta."cell line"`. */
function structOf(keys: readonly Key[]): string {
  if (keys.length === 0) return 'NULL'
  const names = distinct(keys.map(({ key }) => key))
  return `struct_pack(${keys.map((key, i) => `${quoteName(names[i]!)} := ${valueOf(key)}`).join(', ')})`
}

/** A key that is called as a column is shows itself as 'meta.KEY'. */
function columnNames(keys: readonly Key[], reserved: readonly string[]): string[] {
  const taken: readonly string[] = [...FILE_COLUMNS, ...NAMED_COLUMNS, ...reserved]
  return distinct(keys.map(({ key }) => (taken.includes(key.toLowerCase()) ? `meta.${key}` : key)))
}

/** SQL does not tell names apart by case: of names that differ in nothing else all but the first get a number. */
function distinct(names: readonly string[]): string[] {
  const used = new Set<string>()
  return names.map((name) => {
    const plain = name.replaceAll('\0', '\u2400')
    let free = plain
    for (let i = 2; used.has(free.toLowerCase()); i++) free = `${plain}_${i}`
    used.add(free.toLowerCase())
    return free
  })
}

function aliased(names: readonly string[], values: readonly string[]): string[] {
  return values.map((value, i) => `${value} AS ${quoteName(names[i]!)}`)
}
