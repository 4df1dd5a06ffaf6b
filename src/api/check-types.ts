// What `dv check` takes.
import type { Work } from './types.js'

export interface CheckOptions extends Work {
  /** A commit, here or elsewhere: '[REPO@]REV'. Default: the working directory. */
  at?: string
  /** What drift is measured against, in the place of what the rules say: a revision of the same store. */
  against?: string
  /** A rule file on disk, in the place of the tree's. */
  rules?: string
  /** Only files at these paths, and no queries. */
  paths: readonly string[]
  /** Findings of each rule; default 10. */
  limit?: number
}
