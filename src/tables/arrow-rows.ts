// The rows of an Arrow file as `apache-arrow` reads them. What a file says of itself is looked through first, and each batch before its
// values are read: nothing is made, or gone through, for what is not there.
import type fs from 'node:fs'
import type * as Arrow from 'apache-arrow'
import { isDvError, load } from '../base/index.js'
import type { SqlRow } from '../sql/index.js'
import { checkBatch } from './arrow-check.js'
import { checkArrowMetadata } from './arrow-metadata.js'
import { arrowColumn, type ArrowColumn } from './arrow-values.js'
import { badTable } from './errors.js'
import { lz4Frame } from './lz4.js'
import { unpacked, withRoom } from './unpack-room.js'
import { zstdFrame } from './zstd-frame.js'

export interface ArrowRows {
  columns: { name: string; type: string }[]
  /** To be read once. */
  rows: AsyncGenerator<SqlRow[]>
}

export type ArrowHandle = Pick<fs.promises.FileHandle, 'fd' | 'read' | 'stat'>

/** Throws DV_BAD_TABLE, as its rows do. */
export async function openArrow(path: string, handle: ArrowHandle): Promise<ArrowRows> {
  const arrow = loadArrow()
  const reader = await readable(path, async () => {
    const read = async (offset: number, length: number) => {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, (await handle.read(bytes, 0, length, offset)).bytesRead)
    }
    const size = await checkArrowMetadata(read, (await handle.stat()).size)
    const opened = await arrow.RecordBatchReader.from(upTo(size, handle))
    await opened.open()
    if (!opened.schema) throw new Error('there is no schema in it')
    return opened
  })
  const found = await readable(path, async () =>
    reader.schema.fields.map((field) => ({ name: field.name, ...arrowColumn(arrow, field.type) })),
  )
  if (found.length === 0) throw badTable(path, 'it has no columns')
  return {
    columns: found.map(({ name, type }) => ({ name, type })),
    rows: rowsOf(path, { arrow, reader, columns: found }),
  }
}

/** The file as if it ended there: the package reads on behind the end of a stream. */
function upTo(size: number, handle: ArrowHandle): fs.promises.FileHandle {
  const { fd } = handle
  const read = handle.read.bind(handle)
  return {
    fd,
    read,
    stat: async () => ({ size }),
    close: async () => undefined,
  } as unknown as fs.promises.FileHandle
}

function loadArrow(): typeof Arrow {
  const arrow = load<typeof Arrow>('apache-arrow')
  const { compressionRegistry: registry, CompressionType: type } = arrow
  if (!registry.get(type.LZ4_FRAME))
    registry.set(type.LZ4_FRAME, { decode: (frame) => unpacked(frame, lz4Frame) })
  if (!registry.get(type.ZSTD)) registry.set(type.ZSTD, { decode: (frame) => unpacked(frame, zstdFrame) })
  return arrow
}

/** What is unpacked at one step: of a batch, with the dictionaries before it. */
const UNPACKED_BYTES_MAX = 1024 * 1024 * 1024

/** Whatever the package stumbles over in a file is the file's fault. */
async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await withRoom(UNPACKED_BYTES_MAX, read)
  } catch (error) {
    if (isDvError(error)) throw error
    throw badTable(path, `it is no Arrow file, or a damaged one: ${(error as Error).message}`)
  }
}

interface Opened {
  arrow: typeof Arrow
  reader: Arrow.RecordBatchReader | Arrow.AsyncRecordBatchStreamReader
  columns: readonly ArrowColumn[]
}

/** Rows of a file that no byte stands for, as those of columns of nulls. */
const EMPTY_ROWS_MAX = 16 * 1024 * 1024
/** Rows that are put in at once. */
const ROWS = 2048

async function* rowsOf(path: string, { arrow, reader, columns }: Opened): AsyncGenerator<SqlRow[]> {
  const batches = reader[Symbol.asyncIterator]() as AsyncIterator<Arrow.RecordBatch>
  let empty = 0
  for (;;) {
    const { done, value: batch } = await readable(path, () => batches.next())
    if (done) return
    const cells = await readable(path, async () => {
      if (!checkBatch(arrow, batch)) empty += batch.numRows
      return columns.map(({ read }, i) => read(batch.getChildAt(i)!))
    })
    if (empty > EMPTY_ROWS_MAX)
      throw badTable(path, `it says ${empty} rows and more, and holds no value of any`)
    for (let from = 0; from < batch.numRows; from += ROWS) {
      const count = Math.min(ROWS, batch.numRows - from)
      yield readable(path, async () =>
        Array.from({ length: count }, (_, i) => cells.map((cell) => cell(from + i))),
      )
    }
  }
}
