// What is remembered of a run, as metadata of an entry: spec/25-checks.md, "What is remembered". Values of the data are not in it.
import type { Metadata, MetadataValue } from '../objects/index.js'
import type { Finding, Outcome } from './outcome.js'

/** A rule that did not hold, without what was found in the data. */
export interface NotedRule {
  rule: string
  name: string
  path?: string
  outcome: 'failed' | 'error' | 'skipped'
  count?: number
  /** Where: at most ten. */
  findings?: Pick<Finding, 'path' | 'row' | 'column' | 'times'>[]
  /** The code of an error. */
  error?: string
}

export interface NoteSums {
  outcome: 'passed' | 'failed'
  passed: number
  failed: number
  errors: number
  skipped: number
}

export interface Note extends NoteSums {
  /** When it was run, in milliseconds since 1970. */
  time: number
  found: NotedRule[]
}

const FINDINGS = 10
/** Of the text of rules that did not hold; beyond it the last of them are left out. */
const FOUND_BYTES_MAX = 256 * 1024
const COUNTS = ['passed', 'failed', 'errors', 'skipped'] as const

/** What of an outcome is remembered; undefined for what holds. */
export function noted({
  rule,
  name,
  path,
  outcome,
  count,
  findings = [],
  error,
}: Outcome): NotedRule | undefined {
  if (outcome === 'passed') return undefined
  const places = findings.slice(0, FINDINGS).map((one) => ({
    ...(one.path !== undefined && { path: one.path }),
    ...(one.row !== undefined && { row: one.row }),
    ...(one.column !== undefined && { column: one.column }),
    ...(one.times !== undefined && { times: one.times }),
  }))
  const isSomewhere = places.some((place) => Object.keys(place).length > 0)
  return {
    ...{ rule, name, outcome },
    ...(path !== undefined && { path }),
    ...(count !== undefined && { count }),
    ...(isSomewhere && { findings: places }),
    ...(error && { error: error.code }),
  }
}

export function encodeNote(note: Note): Metadata {
  const counts = COUNTS.map((name) => [name, { type: 'int64', value: BigInt(note[name]) }] as const)
  return new Map<string, MetadataValue>([
    ['outcome', { type: 'string', value: note.outcome }],
    ...counts,
    ['time', { type: 'date', value: note.time }],
    ['found', { type: 'string', value: foundText(note.found) }],
  ])
}

function foundText(found: readonly NotedRule[]): string {
  for (let kept = found.length; ; kept = Math.floor(kept / 2)) {
    const text = JSON.stringify(found.slice(0, kept))
    if (Buffer.byteLength(text) <= FOUND_BYTES_MAX) return text
  }
}

/** Undefined for what no dv has written. */
export function decodeNote(metadata: Metadata): Note | undefined {
  const outcome = metadata.get('outcome')?.value
  const time = metadata.get('time')
  const counts = COUNTS.map((name) => metadata.get(name)?.value)
  const found = foundIn(metadata.get('found')?.value)
  if ((outcome !== 'passed' && outcome !== 'failed') || time?.type !== 'date' || !found) return undefined
  if (!counts.every((value) => typeof value === 'bigint')) return undefined
  const [passed, failed, errors, skipped] = counts.map(Number) as [number, number, number, number]
  return { outcome, passed, failed, errors, skipped, time: time.value, found }
}

const OUTCOMES = ['failed', 'error', 'skipped']

function foundIn(text: unknown): NotedRule[] | undefined {
  if (typeof text !== 'string' || text.length > FOUND_BYTES_MAX) return undefined
  try {
    const all = JSON.parse(text) as unknown
    return Array.isArray(all) && all.every(isNoted) ? all : undefined
  } catch {
    return undefined
  }
}

function isNoted(value: unknown): value is NotedRule {
  if (typeof value !== 'object' || value === null) return false
  const {
    rule,
    name,
    path = '',
    outcome,
    count = 0,
    error = '',
    findings = [],
  } = value as Record<string, unknown>
  const areTexts = [rule, name, path, error].every((one) => typeof one === 'string')
  return (
    areTexts &&
    OUTCOMES.includes(outcome as string) &&
    Number.isSafeInteger(count) &&
    Array.isArray(findings) &&
    findings.every(isPlace)
  )
}

function isPlace(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { path = '', row = 0, column = '', times = 0 } = value as Record<string, unknown>
  return [path, column].every((one) => typeof one === 'string') && [row, times].every(Number.isSafeInteger)
}
