// The names of the columns of binary tables: Parquet has them at its end, Arrow at its beginning.
import type * as Arrow from 'apache-arrow'
import { asBuffer, load } from '../base/index.js'
import { THRIFT, ThriftReader } from '../codec/index.js'

/** How such files begin. */
export const TABLE_MAGIC = /^(PAR1|ARROW1)/

/** A longer footer is that of no table a person made. */
const FOOTER_BYTES_MAX = 4 * 1024 * 1024

export interface TableBytes {
  size: number
  read: (offset: number, length: number) => Promise<Uint8Array>
}

/** Names of columns, a line each; '' when they cannot be told. */
export async function columnNames({ size, read }: TableBytes): Promise<string> {
  const start = asBuffer(await read(0, Math.min(size, FOOTER_BYTES_MAX)))
  try {
    const names = start[0] === 0x50 ? await parquetNames({ size, read }) : arrowNames(start)
    return names.join('\n')
  } catch (error) {
    // Whoever wrote it, it is no such table.
    if (error instanceof Error) return ''
    throw error
  }
}

function arrowNames(start: Buffer): string[] {
  const { MessageReader } = load<typeof Arrow>('apache-arrow')
  const schema = new MessageReader(start.subarray(8)).readSchema()
  return schema ? fieldNames(schema.fields) : []
}

function fieldNames(fields: readonly Arrow.Field[]): string[] {
  return fields.flatMap(({ name, type }) => [
    name,
    ...fieldNames((type as { children?: Arrow.Field[] }).children ?? []),
  ])
}

async function parquetNames({ size, read }: TableBytes): Promise<string[]> {
  const end = asBuffer(await read(size - 8, 8))
  const length = end.readUInt32LE(0)
  if (end.toString('latin1', 4) !== 'PAR1' || length > FOOTER_BYTES_MAX || length + 8 > size) return []
  return schemaNames(new ThriftReader(asBuffer(await read(size - 8 - length, length))))
}

/** FileMetaData.schema, and SchemaElement.name. */
const SCHEMA = 2
const NAME = 4

function schemaNames(reader: ThriftReader): string[] {
  const names: string[] = []
  reader.fields((id, type) => {
    if (id !== SCHEMA || type !== THRIFT.list) return reader.skip(type)
    for (let left = reader.listHeader().count; left > 0; left--) {
      reader.fields((field, kind) => {
        if (field === NAME && kind === THRIFT.text) names.push(reader.binary().toString('utf8'))
        else reader.skip(kind)
      })
    }
  })
  // The first element is the table itself.
  return names.slice(1)
}
