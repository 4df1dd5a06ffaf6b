// Whether the buffers of an Arrow batch hold what its lengths say: what `apache-arrow` reads beyond them is nothing, row after row.
import type * as Arrow from 'apache-arrow'

/** Values within others that no byte stands for, as nulls in a list. */
const EMPTY_MAX = 1024 * 1024

/** Whether the batch's length is bounded by its bytes. Throws RangeError where a column holds less than it says. */
export function checkBatch(arrow: typeof Arrow, { data }: Arrow.RecordBatch): boolean {
  return data.children.map((column) => isHeld(arrow, column)).includes(true)
}

function isHeld(arrow: typeof Arrow, data: Arrow.Data): boolean {
  const { DataType } = arrow
  const { type, length, nullBitmap, children } = data
  if (nullBitmap && nullBitmap.length > 0) enough(nullBitmap.length * 8, length)
  if (DataType.isDictionary(type)) {
    for (const values of data.dictionary?.data ?? []) checkDictionary(arrow, values)
    return holds(data)
  }
  if (DataType.isBool(type)) return enough((data.values as Uint8Array).length * 8, length)
  if (DataType.isStruct(type)) {
    const held = children.map((child) => enough(child.length, length) && isHeld(arrow, child))
    return held.includes(true)
  }
  if (DataType.isUnion(type)) {
    for (const child of children) checkNested(arrow, child)
    return enough(data.typeIds.length, length)
  }
  if (DataType.isFixedSizeList(type)) {
    enough(children[0]!.length, length * type.listSize)
    return isHeld(arrow, children[0]!) && type.listSize > 0
  }
  if (DataType.isList(type) || DataType.isLargeList(type) || DataType.isMap(type)) {
    checkNested(arrow, children[0]!)
    return checkOffsets(data, children[0]!.length)
  }
  if (hasOffsets(arrow, type)) return checkOffsets(data, (data.values as Uint8Array).length)
  return DataType.isNull(type) ? length === 0 : holds(data)
}

function hasOffsets({ DataType }: typeof Arrow, type: Arrow.DataType): boolean {
  return (
    DataType.isUtf8(type) ||
    DataType.isLargeUtf8(type) ||
    DataType.isBinary(type) ||
    DataType.isLargeBinary(type)
  )
}

/** All batches share one. */
const checked = new WeakSet<Arrow.Data>()

function checkDictionary(arrow: typeof Arrow, values: Arrow.Data): void {
  if (checked.has(values)) return
  checkNested(arrow, values)
  checked.add(values)
}

function checkNested(arrow: typeof Arrow, data: Arrow.Data): void {
  if (!isHeld(arrow, data) && data.length > EMPTY_MAX)
    throw new RangeError(`it says ${data.length} values, and holds none`)
}

/** Of values of one width. */
function holds({ values, length, stride }: Arrow.Data): boolean {
  enough((values as ArrayLike<unknown> | undefined)?.length ?? 0, length * stride)
  return stride > 0
}

/** Each begins where the one before it ends. */
function checkOffsets({ valueOffsets, length }: Arrow.Data, end: number): boolean {
  if (length === 0) return true
  enough(valueOffsets.length, length + 1)
  for (let i = 0; i < length; i++)
    if (valueOffsets[i]! > valueOffsets[i + 1]!) throw new RangeError('a value ends before it begins')
  if (Number(valueOffsets[0]) < 0) throw new RangeError('a value begins before its column')
  return enough(end, Number(valueOffsets[length]))
}

function enough(there: number, wanted: number): true {
  if (there < wanted) throw new RangeError(`a column says ${wanted} values, and holds ${there}`)
  return true
}
