// What `dv check` says. Format: spec/25-checks.md
import type { Outcome } from '../checks/index.js'

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

export interface CheckSums {
  outcome: 'passed' | 'failed'
  passed: number
  failed: number
  /** Rules that could not be looked at. */
  errors: number
  skipped: number
}
