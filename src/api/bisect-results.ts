// What `dv bisect run` answers.
import type { DiffRecord } from './diff-results.js'
import type { CommitInfo } from './results.js'

/** `skip`: nothing can be said of this commit. */
export type Verdict = 'good' | 'bad' | 'skip'

export type BisectRecord =
  /** It is checked out and about to be judged. */
  | { type: 'try'; commit: string; short: string; subject: string; left?: number }
  | { type: 'judged'; commit: string; short: string; verdict: Verdict; left?: number }
  /** The first bad commit; what it changed follows, as of `dv diff`. */
  | { type: 'found'; commit: CommitInfo; tried: number }
  | DiffRecord
