// What `dv bisect run` takes.
import type { Verdict } from './bisect-results.js'
import type { Work } from './types.js'

export interface BisectOptions extends Work {
  /** Ancestors of `bad`. None: one is looked for among first parents, 1, 2, 4, 8, … commits back. */
  good: readonly string[]
  bad: string
  /** Commits that are not to be tried. */
  skip: readonly string[]
  /** Asked once of each commit that is tried. What it throws ends the search. */
  judge(tried: { commit: string; directory: string }): Promise<Verdict>
}
