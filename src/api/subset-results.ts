// What the verbs about subsets tell.
import type { ChangeSums, Sum } from './results.js'

/** A branch that holds what an expression means in another tree. */
export interface SubsetInfo {
  name: string
  current: boolean
  where: string
  /** The branch whose tip a refresh takes. */
  from?: string
  /** The commit it was taken from. */
  source: { id: string; short: string }
  /** Whether `from` has moved on; absent where it is not known. */
  behind?: boolean
  commit: { id: string; short: string; subject: string; time: number }
  total: Sum
}

export interface SubsetDetails extends SubsetInfo {
  /** Made on it since it was taken or refreshed. */
  changes: ChangeSums
}
