// Salvage: a pack's blocks without its index. Format: spec/05-packs.md, "Salvage".
import { asBuffer } from '../base/index.js'
import { BLOCK_MAGIC, type BlockHeader, blockLengthOf, decodeBlockHeader } from './block.js'
import { PACK_HEADER_BYTES } from './pack-file.js'

export interface ScannedBlock {
  /** Bytes from the beginning of the pack. */
  offset: number
  header: BlockHeader
}

/** Finds the blocks of a pack, or of what is left of one, by a forward scan: a damaged header is passed over. Payloads
 * are not decoded. Behind the first gap nothing is skipped: a stored file may itself hold blocks, and one of those, cut
 * off, must not hide a block of this pack. So such blocks within blocks are reported too. */
export function* scanBlocks(pack: Uint8Array): Generator<ScannedBlock> {
  const bytes = asBuffer(pack)
  const magic = Buffer.alloc(4)
  magic.writeUInt32LE(BLOCK_MAGIC)
  let end: number | undefined = PACK_HEADER_BYTES
  for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at)) {
    if (at !== end) end = undefined
    const header = tryHeader(bytes.subarray(at))
    if (header && at + blockLengthOf(header) <= bytes.length) {
      yield { offset: at, header }
      if (end !== undefined) end += blockLengthOf(header)
    } else end = undefined
    at = end ?? at + 1
  }
}

function tryHeader(bytes: Uint8Array): BlockHeader | undefined {
  try {
    return decodeBlockHeader(bytes)
  } catch {
    return undefined
  }
}
