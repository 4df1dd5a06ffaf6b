// How far the blocks of each pack reach, read from a segment's tables.
import { PACK_NAME_BYTES } from '../pack/index.js'
import { readNumbers } from './segment-probe.js'
import type { SegmentReader } from './segment-reader.js'

export async function blockEnds(segment: SegmentReader): Promise<Map<string, number>> {
  const { packs, packsAt, blocks, blocksAt, blockBytes, width } = segment.shape
  const names = (await segment.section(packsAt, packs * PACK_NAME_BYTES)).toString('hex')
  const ends = new Float64Array(packs)
  const widths = [width.pack, width.at, width.size]
  const step = Math.max(1, Math.floor(segment.stride / Math.max(1, blockBytes)))
  for (let block = 0; block < blocks; block += step) {
    const count = Math.min(step, blocks - block)
    const bytes = await segment.section(blocksAt + block * blockBytes, count * blockBytes)
    for (let i = 0; i < count; i++) {
      const [pack, at, size] = readNumbers(bytes, i * blockBytes, widths)
      if (pack! < packs) ends[pack!] = Math.max(ends[pack!]!, at! + size!)
    }
  }
  const digits = PACK_NAME_BYTES * 2
  return new Map(Array.from(ends, (end, i) => [names.slice(i * digits, (i + 1) * digits), end]))
}
