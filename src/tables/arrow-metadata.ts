// What an Arrow file says of itself, looked through before `apache-arrow` believes it: that package makes what lengths and counts ask
// for. Throws RangeError. Format: arrow.apache.org/docs/format/Columnar.html, "Serialization and Interprocess Communication"
import { FlatBuffer } from './flatbuffer.js'

/** Reads so many bytes of the file, fewer at its end. */
export type ReadPart = (offset: number, length: number) => Promise<Buffer>

/** Arrow's own advice for the rows of a batch. */
const ROWS_MAX = 2 ** 31 - 1
/** Larger is no description of a table. */
const METADATA_BYTES_MAX = 64 * 1024 * 1024

const MAGIC = 'ARROW1'
const HEADER = { schema: 1, dictionary: 2, batch: 3 } as const
const TYPE = { timestamp: 10, union: 14 } as const

/** Returns where the table ends: behind a stream there may be anything. */
export async function checkArrowMetadata(read: ReadPart, size: number): Promise<number> {
  const start = await read(0, 8)
  const isFile = start.toString('latin1', 0, MAGIC.length) === MAGIC
  const checked = { read, size, nodes: [] as number[] }
  if (isFile) {
    await checkFooter(checked)
    return size
  }
  let end = 0
  while (end < size) {
    const next = await checkMessage(checked, end)
    if (next === undefined) break
    end = next
  }
  return end
}

interface Checked {
  read: ReadPart
  size: number
  /** How many nodes of a batch each column has: itself, and what is nested in it. */
  nodes: number[]
}

async function checkFooter(checked: Checked): Promise<void> {
  const { read, size } = checked
  const [length] = words(await read(size - 10, 4))
  const bytes = await part(read, size - 10 - length!, length!)
  const flat = new FlatBuffer(bytes)
  flat.table(flat.root(), 1, (schema) => (checked.nodes = checkSchema(flat, schema)))
  for (const [index, kind] of [
    [2, HEADER.dictionary],
    [3, HEADER.batch],
  ] as const) {
    const { at, count } = flat.items(flat.root(), index, 24)
    let end = 0
    for (let i = 0; i < count; i++) {
      const block = Number(bytes.readBigInt64LE(at + 24 * i))
      if (block < end) throw new RangeError('a batch begins before the end of the one before it')
      end = (await checkMessage(checked, block, kind)) ?? block
    }
  }
}

/** Returns where the next begins; undefined behind the last. */
async function checkMessage(checked: Checked, at: number, wanted?: number): Promise<number | undefined> {
  const { read, size } = checked
  const [first, second] = words(await read(at, 8))
  // Older writers have no mark before the length.
  const isMarked = first === -1
  const length = isMarked ? second : first
  if ((length === undefined || length === 0) && wanted === undefined) return undefined
  if (length === undefined) throw new RangeError('it ends early')
  const from = at + (isMarked ? 8 : 4)
  const flat = new FlatBuffer(await part(read, from, length))
  const { kind, body } = checkHeader(checked, flat)
  if (wanted !== undefined && kind !== wanted) throw new RangeError('a batch is none')
  const end = from + length + body
  if (body < 0 || end > size) throw new RangeError(`a message has ${body} bytes, which are not there`)
  return end
}

function checkHeader(checked: Checked, flat: FlatBuffer): { kind: number; body: number } {
  const message = flat.root()
  const { bytes } = flat
  const [type, body] = [flat.field(message, 1), flat.field(message, 3)]
  const length = body === undefined ? 0 : Number(bytes.readBigInt64LE(body))
  const kind = type === undefined ? 0 : bytes.readUInt8(type)
  flat.tables(message, 4, (pair) => checkPair(flat, pair))
  flat.table(message, 2, (header) => {
    switch (kind) {
      case HEADER.schema:
        checked.nodes = checkSchema(flat, header)
        break
      case HEADER.dictionary:
        flat.table(header, 1, (batch) => checkBatch(flat, batch, { body: length, nodes: [1] }))
        break
      case HEADER.batch:
        checkBatch(flat, header, { body: length, nodes: checked.nodes })
    }
  })
  return { kind, body: length }
}

function checkSchema(flat: FlatBuffer, schema: number): number[] {
  const nodes: number[] = []
  flat.tables(schema, 1, (field) => void nodes.push(checkField(flat, field)))
  flat.tables(schema, 2, (pair) => checkPair(flat, pair))
  return nodes
}

/** Returns how many nodes of a batch it has. */
function checkField(flat: FlatBuffer, field: number): number {
  let nodes = 1
  flat.items(field, 0, 1)
  const kind = flat.field(field, 2)
  const type = kind === undefined ? 0 : flat.bytes.readUInt8(kind)
  flat.table(field, 3, (named) => {
    if (type === TYPE.timestamp) flat.items(named, 1, 1)
    else if (type === TYPE.union) flat.items(named, 1, 4)
  })
  flat.tables(field, 5, (child) => void (nodes += checkField(flat, child)))
  flat.tables(field, 6, (pair) => checkPair(flat, pair))
  // Of a dictionary's values only the places stand in a batch.
  return flat.field(field, 4) === undefined ? nodes : 1
}

function checkPair(flat: FlatBuffer, pair: number): void {
  for (const index of [0, 1]) flat.items(pair, index, 1)
}

/** `nodes`: those of each column. All columns have as many rows as the batch. */
function checkBatch(
  flat: FlatBuffer,
  batch: number,
  { body, nodes }: { body: number; nodes: readonly number[] },
): void {
  const { bytes } = flat
  const length = flat.field(batch, 0)
  const rows = length === undefined ? 0 : amount(bytes, length)
  const { at, count } = flat.items(batch, 1, 16)
  for (let i = 0; i < count; i++) amount(bytes, at + 16 * i)
  let column = 0
  for (const own of nodes) {
    if (column >= count || amount(bytes, at + 16 * column) !== rows)
      throw new RangeError(`a batch of ${rows} rows has a column of others`)
    column += own
  }
  const buffers = flat.items(batch, 2, 16)
  for (let i = 0; i < buffers.count; i++) {
    const [offset, size] = [0, 8].map((to) => Number(bytes.readBigInt64LE(buffers.at + 16 * i + to)))
    if (offset! < 0 || size! < 0 || offset! + size! > body)
      throw new RangeError(`a column has ${size} bytes, which are not in its batch`)
  }
  flat.items(batch, 4, 8)
}

function amount(bytes: Buffer, at: number): number {
  const rows = Number(bytes.readBigInt64LE(at))
  if (rows < 0 || rows > ROWS_MAX) throw new RangeError(`it says that a batch has ${rows} rows`)
  return rows
}

function words(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length >> 2 }, (_, i) => bytes.readInt32LE(4 * i))
}

async function part(read: ReadPart, offset: number, length: number): Promise<Buffer> {
  if (!(length >= 0 && length <= METADATA_BYTES_MAX))
    throw new RangeError(`it is described by ${length} bytes`)
  const bytes = offset < 0 ? undefined : await read(offset, length)
  if (bytes?.length !== length) throw new RangeError('it ends early')
  return bytes
}
