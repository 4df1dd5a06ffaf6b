// Salvage: a pack's blocks without its index. Format: spec/05-packs.md, "Salvage".
import { asBuffer } from '../base/index.js'
import { BLOCK_MAGIC, type BlockHeader, blockLengthOf, decodeBlockHeader } from './block.js'
import { PACK_HEADER_BYTES } from './pack-file.js'

export interface ScannedBlock {
  /** Bytes from the beginning of the pack. */
  offset: number
  header: BlockHeader
}

/** How many bytes are looked at twice and more, for each byte of a pack. Blocks in blocks as people store them take 1 or 2. */
const AGAIN_MAX = 16

/** Finds the blocks of a pack, or of what is left of one, by a forward scan: a damaged header is passed over. Payloads
 * are not decoded. Behind the first gap nothing is skipped: a stored file may itself hold blocks, and one of those, cut
 * off, must not hide a block of this pack. So such blocks within blocks are reported too, until AGAIN_MAX is spent: a pack
 * that somebody filled with beginnings of blocks would take hours. */
export function* scanBlocks(pack: Uint8Array): Generator<ScannedBlock> {
  const bytes = asBuffer(pack)
  const magic = Buffer.alloc(4)
  magic.writeUInt32LE(BLOCK_MAGIC)
  let end: number | undefined = PACK_HEADER_BYTES
  let left = AGAIN_MAX * bytes.length
  for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at)) {
    if (at !== end) end = undefined
    const header = wholeBlock(bytes, at)
    const covered: number = header ? blockLengthOf(header) : claimedHeaderLength(bytes, at)
    if (header) yield { offset: at, header }
    end = header && end !== undefined ? end + covered : undefined
    if (end === undefined) left -= covered
    at = end ?? at + (left > 0 ? 1 : covered)
  }
}

/** What was looked at of bytes that begin as a block does, at most. */
function claimedHeaderLength(bytes: Buffer, at: number): number {
  if (at + 8 > bytes.length) return 1
  // One that claims more than there is must not use up what is allowed to the rest.
  return Math.max(1, Math.min(bytes.readUInt16LE(at + 6), bytes.length - at))
}

/** The header of the block that begins at `at`, when its payload is there too. */
function wholeBlock(bytes: Buffer, at: number): BlockHeader | undefined {
  try {
    const header = decodeBlockHeader(bytes.subarray(at))
    return at + blockLengthOf(header) <= bytes.length ? header : undefined
  } catch {
    return undefined
  }
}
