// How far the blocks of each pack reach, read from a segment's tables.
import { PACK_NAME_BYTES } from '../pack/index.js'
import { blockFields, blockWindows } from './row-windows.js'
import type { SegmentReader } from './segment-reader.js'

export async function blockEnds(segment: SegmentReader): Promise<Map<string, number>> {
  const { packs, packsAt, blockBytes } = segment.shape
  const names = (await segment.section(packsAt, packs * PACK_NAME_BYTES)).toString('hex')
  const ends = new Float64Array(packs)
  const fields = blockFields(segment)
  for await (const { count, bytes } of blockWindows(segment)) {
    for (let i = 0; i < count; i++) {
      const at = i * blockBytes
      const pack = fields.pack(bytes, at)
      if (pack < packs) ends[pack] = Math.max(ends[pack]!, fields.at(bytes, at) + fields.size(bytes, at))
    }
  }
  const digits = PACK_NAME_BYTES * 2
  return new Map(Array.from(ends, (end, i) => [names.slice(i * digits, (i + 1) * digits), end]))
}
