import type { CheckoutSums, RemoteInfo } from './results.js'

export interface DropResult {
  /** That holds what went. */
  remote: RemoteInfo
  dryRun: boolean
  packs: number
  /** Of disk that is free now, or would be. */
  bytes: number
  /** Packs of chunks that stay, because the remote does not hold them or they are not meant. */
  kept: { packs: number; bytes: number }
  /** With `files`. */
  files?: CheckoutSums
}
