// Entries of a manifest as rows of a table: a column for each key of metadata and type that its values have.
import { DvError } from '../base/index.js'
import {
  type Entry,
  entrySize,
  isFile,
  type Metadata,
  type MetadataScalar,
  type MetadataValue,
  StoredMetadata,
} from '../objects/index.js'
import { valueJson } from './metadata-text.js'
import { StoredValues } from './stored-values.js'
import { type ParquetColumn, type ParquetType, ParquetWriter } from './parquet.js'

/** A column of metadata as it is stored. */
export interface StoredColumn {
  key: string
  /** 'string', 'int64', …; of lists with the types of their items: 'list(float64,int64)'. */
  type: string
  /** Its name in the file. */
  name: string
  /** Rows that have a value in it. */
  count: number
}

/** More would be a table that nobody can read, and memory that grows with them. */
const KEYS_MAX = 4096

/** Lists are JSON texts. */
const STORED_AS: Record<string, ParquetType> = {
  string: 'text',
  int64: 'int64',
  float64: 'float64',
  boolean: 'boolean',
  date: 'time',
}

export class FileRows {
  readonly #writer: ParquetWriter
  readonly #path: ParquetColumn
  readonly #kind: ParquetColumn
  readonly #size: ParquetColumn
  readonly #id: ParquetColumn
  readonly #gone: ParquetColumn
  /** By key, then by type. */
  readonly #metadata = new Map<string, Map<string, ParquetColumn>>()
  readonly #stored = new StoredValues({
    columnOf: (key, type) => this.#columnOf(key, type),
    put: (key, value) => put(this.#column(key, value), value),
  })
  #columns = 0
  rows = 0

  /** `file`: a descriptor, which the caller closes. */
  constructor(file: number) {
    const writer = new ParquetWriter(file)
    this.#writer = writer
    this.#path = writer.column('path', 'text')
    this.#kind = writer.column('kind', 'text')
    this.#size = writer.column('size', 'int64')
    this.#id = writer.column('id', 'id')
    this.#gone = writer.column('gone', 'boolean')
  }

  /** `metadata`: the effective. */
  add(path: string, entry: Entry, metadata: Metadata): void {
    this.#addEntry(path, entry)
    for (const [key, value] of metadata) put(this.#column(key, value), value)
    this.#endRow()
  }

  /** The same of metadata that is all the entry's own and was not decoded: most of what there is. */
  addStored(path: string, entry: Entry): void {
    this.#addEntry(path, entry)
    if (entry.metadata instanceof StoredMetadata) this.#stored.put(entry.metadata)
    this.#endRow()
  }

  #addEntry(path: string, entry: Entry): void {
    this.#path.text(path)
    this.#kind.text(entry.kind)
    this.#size.whole(entrySize(entry))
    if (isFile(entry)) this.#id.bytes(entry.content)
  }

  #endRow(): void {
    this.#writer.endRow()
    this.rows++
  }

  /** A path of the base that is not there any more. */
  remove(path: string): void {
    this.#path.text(path)
    this.#gone.boolean(true)
    this.#writer.endRow()
  }

  /** Writes the rest; the columns of metadata. */
  finish(): StoredColumn[] {
    this.#writer.finish()
    return [...this.#metadata].flatMap(([key, types]) =>
      [...types].map(([type, { name, count }]) => ({ key, type, name, count })),
    )
  }

  #column(key: string, value: MetadataValue): ParquetColumn {
    return this.#columnOf(key, value.type === 'list' ? listType(value.value) : value.type)
  }

  #columnOf(key: string, type: string): ParquetColumn {
    const types = this.#metadata.get(key) ?? this.#newKey(key)
    let column = types.get(type)
    if (!column) {
      column = this.#writer.column(`m${this.#columns++}`, STORED_AS[type] ?? 'text')
      types.set(type, column)
    }
    return column
  }

  #newKey(key: string): Map<string, ParquetColumn> {
    if (this.#metadata.size === KEYS_MAX) {
      throw new DvError('DV_UNSUPPORTED', `The files have more than ${KEYS_MAX} different keys of metadata`, {
        hint: 'a table of so many columns cannot be queried; use values for what distinguishes files, and few keys',
      })
    }
    const types = new Map<string, ParquetColumn>()
    this.#metadata.set(key, types)
    return types
  }
}

function listType(items: readonly MetadataScalar[]): string {
  return `list(${[...new Set(items.map(({ type }) => type))].sort().join(',')})`
}

function put(column: ParquetColumn, value: MetadataValue): void {
  if (value.type === 'string') column.text(value.value)
  else if (value.type === 'int64') column.int64(value.value)
  else if (value.type === 'float64') column.float64(value.value)
  else if (value.type === 'boolean') column.boolean(value.value)
  else if (value.type === 'date') column.whole(value.value)
  else column.text(valueJson(value))
}
