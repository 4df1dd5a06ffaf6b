// The table of docs/fuzzing.md, from the figures of any number of runs.
import type { Run } from './run-target.js'

/** What one run of a target came to, as a line of JSON. */
export interface Figures {
  target: string
  executions: number
  seconds: number
  ways: number
  kept: number
  findings: number
  date: string
  commit: string
}

export function figuresOf(run: Run, made: { date: string; commit: string }): Figures {
  const { target, executions, seconds, ways, kept, findings } = run
  return { target, executions, seconds, ways, kept: kept.length, findings: findings.length, ...made }
}

/** Markdown: a line for each target in the order in which they come first, and their sum. */
export function tableOf(all: readonly Figures[]): string {
  const byTarget = new Map<string, Figures[]>()
  for (const run of all) byTarget.set(run.target, [...(byTarget.get(run.target) ?? []), run])
  const rows = [...byTarget].map(([target, runs]) => rowOf(`\`${target}\``, runs))
  const dates = [...new Set(all.map(({ date }) => date))].sort()
  const commits = [...new Set(all.map(({ commit }) => commit))]
  return [
    `${dates.join(' to ')}, commits ${commits.join(', ')}.`,
    '',
    '| target | executions | seconds | ways | inputs kept | findings |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    rowOf('**all**', all),
    '',
  ].join('\n')
}

function rowOf(name: string, runs: readonly Figures[]): string {
  const seconds = Math.round(sum(runs.map((run) => run.seconds)))
  const executions = sum(runs.map((run) => run.executions))
  const findings = sum(runs.map((run) => run.findings))
  const cells = [executions, seconds, sumOfHighest(runs, 'ways'), sumOfHighest(runs, 'kept'), findings]
  return `| ${name} | ${cells.map((cell) => cell.toLocaleString('en')).join(' | ')} |`
}

/** Of each target the run that got furthest: the next one begins with what it kept. */
function sumOfHighest(runs: readonly Figures[], field: 'ways' | 'kept'): number {
  const best = new Map<string, number>()
  for (const run of runs) best.set(run.target, Math.max(best.get(run.target) ?? 0, run[field]))
  return sum([...best.values()])
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
