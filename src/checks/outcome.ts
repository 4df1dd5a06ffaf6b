// What was found of a rule. Format: spec/25-checks.md, "Outcomes"
import { DvError, isDvError } from '../base/index.js'

export interface Finding {
  /** Of a file, where the rule is about files. */
  path?: string
  /** From 1, the head not among them. */
  row?: number
  column?: string
  value?: string
  /** How many rows have the value. */
  times?: number
  /** A row of a query, as JSON holds it. */
  values?: Record<string, unknown>
}

export interface Failure {
  code: string
  message: string
  hint?: string
  data: Record<string, unknown>
}

export interface Outcome {
  /** The place in the rule file: 'tables[0].columns.age.max'. */
  rule: string
  /** What the user calls it. */
  name: string
  path?: string
  /** In the rule file, from 1. */
  line: number
  outcome: 'passed' | 'failed' | 'error' | 'skipped'
  message?: string
  /** How often it does not hold: exact. */
  count?: number
  findings?: Finding[]
  error?: Failure
}

/** Of a rule, before anything is known of it. */
export type About = Pick<Outcome, 'rule' | 'name' | 'path' | 'line'>

export function passed(about: About): Outcome {
  return { ...about, outcome: 'passed' }
}

export function failed(
  about: About,
  { message, count, findings }: { message: string; count: number; findings: Finding[] },
): Outcome {
  return { ...about, outcome: 'failed', message, count, findings }
}

export function skipped(about: About, message: string): Outcome {
  return { ...about, outcome: 'skipped', message }
}

/** A failure that is one of the data or of the rule; any other is thrown. */
export function errored(about: About, error: unknown): Outcome {
  if (!isDvError(error) || !OF_THE_CHECK.has(error.code)) throw error
  const { code, message, hint, data } = error
  return {
    ...about,
    outcome: 'error',
    message,
    error: { code, message, ...(hint !== undefined && { hint }), data },
  }
}

const OF_THE_CHECK: ReadonlySet<DvError['code']> = new Set([
  ...(['DV_BAD_EXPRESSION', 'DV_BAD_SQL', 'DV_BAD_TABLE', 'DV_BAD_ENCODING', 'DV_BAD_IMAGE'] as const),
  ...([
    'DV_BAD_ATTRIBUTES',
    'DV_NOT_A_TABLE',
    'DV_NOT_NUMBERS',
    'DV_UNKNOWN_COLUMN',
    'DV_UNKNOWN_PATH',
  ] as const),
  ...(['DV_UNKNOWN_REVISION', 'DV_BAD_REVISION', 'DV_QUERY_FAILED', 'DV_PURGED', 'DV_UNSUPPORTED'] as const),
])
