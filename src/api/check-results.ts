// What `dv check` says. Format: spec/25-checks.md
import type { NotedRule, NoteSums, Outcome } from '../checks/index.js'

export type { NotedRule } from '../checks/index.js'
export type { Finding as CheckFinding, Outcome as CheckOutcome } from '../checks/index.js'

export type CheckRecord =
  | {
      type: 'check'
      /** Absent: the working directory, where it differs from the last commit. */
      commit?: string
      /** Content id of the rule file. */
      rules: string
    }
  | ({ type: 'rule' } & Outcome)
  | ({ type: 'summary' } & CheckSums)

export type CheckSums = NoteSums

/** What is remembered of a commit that was held against its rules. */
export interface CommitChecks extends NoteSums {
  /** Content id of the rule file. */
  rules: string
  time: number
  /** Rules that did not hold, with places and without values. */
  found: NotedRule[]
}
