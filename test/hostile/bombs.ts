// Zstd frames that give far more than they take, written byte by byte (RFC 8878).

/** The most that a frame in a pack may state. */
export const RAW_MAX = 16 * 1024 * 1024
const BLOCK_BYTES = 128 * 1024
const BLOCKS = 8192
/** What each of these frames expands to. */
export const BOMBS_BYTES = BLOCK_BYTES * BLOCKS

/** A single segment that states `size`, of blocks that are a run of one byte, or compressed ones whose literals are. */
export function frameOf(kind: 'runs' | 'literals', size: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32LE(0xfd2fb528, 0)
  header[4] = 0xe0
  header.writeBigUInt64LE(BigInt(size), 5)
  const block = kind === 'runs' ? Buffer.alloc(4, 65) : Buffer.alloc(8, 0)
  block.writeUIntLE(kind === 'runs' ? (1 << 1) | (BLOCK_BYTES << 3) : (2 << 1) | (5 << 3), 0, 3)
  // Literals: a run of so many, then no sequences.
  if (kind === 'literals') block.writeUIntLE(1 | (3 << 2) | (BLOCK_BYTES << 4), 3, 3)
  const blocks = Array.from({ length: BLOCKS }, () => Buffer.from(block))
  blocks.at(-1)![0]! |= 1
  return Buffer.concat([header, ...blocks])
}
