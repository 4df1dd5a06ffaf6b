// What is to be known of the rows of a segment by the pack they lie in: a byte for each of its blocks.
import { blockFields, blockWindows, type SegmentReader } from '../../index/index.js'
import { PACK_NAME_BYTES } from '../../pack/index.js'

/** The packs that a segment names, by their numbers. */
export async function packNames(reader: SegmentReader): Promise<string[]> {
  const { packs, packsAt } = reader.shape
  const names = (await reader.section(packsAt, packs * PACK_NAME_BYTES)).toString('hex')
  const digits = PACK_NAME_BYTES * 2
  return Array.from({ length: packs }, (_, i) => names.slice(i * digits, (i + 1) * digits))
}

/** By the number of a block, what `classOf` says of its pack, 0 to 255; undefined when it says 0 of all. */
export async function blockClasses(
  reader: SegmentReader,
  classOf: (pack: string) => number,
): Promise<Uint8Array | undefined> {
  const classes = (await packNames(reader)).map(classOf)
  if (classes.every((one) => one === 0)) return undefined
  const ofBlocks = new Uint8Array(reader.shape.blocks)
  const packOf = blockFields(reader).pack
  for await (const { first, count, bytes } of blockWindows(reader))
    for (let i = 0; i < count; i++) ofBlocks[first + i] = classes[packOf(bytes, i * reader.shape.blockBytes)]!
  return ofBlocks
}
