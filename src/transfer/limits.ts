/** For all bytes in flight of one transfer. */
export const BUDGET_BYTES = 192 * 1024 * 1024

/** What bounds memory, and the size of what is written. Only tests give others than the default. */
export interface TransferLimits {
  /** Chunks that are gathered before they are moved. */
  batchChunks: number
  /** Bytes of a pack that is written on the way. */
  packBytes: number
  /** Packs of which less is wanted are taken apart and gathered into larger ones. Stored bytes. */
  wholePackBytes: number
  /** How much more than what is wanted may be read, as a share of it; absent: few requests count more than bytes. */
  spare?: number
  /** Nothing comes along that was not asked for: no pack as a whole, no block with other items. */
  onlyWanted?: boolean
}

export const DEFAULT_LIMITS: TransferLimits = {
  batchChunks: 256 * 1024,
  packBytes: 48 * 1024 * 1024,
  wholePackBytes: 8 * 1024 * 1024,
}
