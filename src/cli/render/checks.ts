// What is remembered of checks of a commit.
import type { CommitChecks, NotedRule } from '../api-types.js'
import { count, number } from './amounts.js'
import { safe } from './escape.js'
import type { Screen } from './screen.js'
import { relativeTime } from './times.js'

/** 'Checks: failed, 2 of 24 rules, 3 days ago (rules 1a2b3c4d)'. */
export function checksLine(checks: CommitChecks, screen: Screen): string {
  const { outcome, passed, failed, errors, skipped, time, rules } = checks
  const { style, now } = screen
  const all = passed + failed + errors + skipped
  const paint = outcome === 'passed' ? style.green : style.red
  const what =
    outcome === 'passed' ? count(all, 'rule') : `${number(failed + errors)} of ${count(all, 'rule')}`
  const when = style.dim(`(${relativeTime(time, now)}, by ${safe(rules.slice(0, 8))})`)
  return `Checks: ${paint(outcome)}, ${what} ${when}`
}

/** The same with the rules that did not hold. */
export function checksLines(checks: CommitChecks, screen: Screen): string[] {
  return [checksLine(checks, screen), ...checks.found.flatMap((rule) => ruleLine(rule))]
}

function ruleLine({ rule, name, path, outcome, count: times, findings = [], error }: NotedRule): string[] {
  if (outcome === 'skipped') return []
  const what = path === undefined || path === name ? name : `${name}: ${path}`
  const rows = findings.flatMap(({ row }) => (row === undefined ? [] : [number(row)]))
  const more = times !== undefined && times > rows.length && rows.length > 0 ? ', …' : ''
  const where = rows.length > 0 ? `, ${rows.length === 1 ? 'row' : 'rows'} ${rows.join(', ')}${more}` : ''
  const often = error === undefined ? count(times ?? 1, 'time') : error
  return [
    `    ${outcome === 'error' ? 'ERROR' : 'FAILED'} ${safe(what)}: ${safe(rule)}, ${safe(often)}${where}`,
  ]
}
